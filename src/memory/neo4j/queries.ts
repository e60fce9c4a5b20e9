import { LINK_KINDS, type LinkKind } from '../links.ts';

/** All Cypher of the store; a test lints every statement. Written in Cypher 5, which every supported server speaks. */

export const COMPONENTS = 'CALL dbms.components() YIELD name, versions RETURN name, versions';

export const SCHEMA_VERSIONS =
  'MATCH (s:SchemaVersion) RETURN s.version AS version, s.checksum AS checksum ORDER BY version';
export const RECORD_SCHEMA = 'MERGE (s:SchemaVersion {version: $version}) SET s.checksum = $checksum, s.at = $at';
export const AWAIT_INDEXES = 'CALL db.awaitIndexes(300)';

export const REVISION = "OPTIONAL MATCH (m:Meta {key: 'revision'}) RETURN coalesce(m.value, 0) AS revision";

/** Setting a property of the one Meta node takes its lock: saves come one after another, in every process. */
export const SAVE_LESSON = `
MERGE (m:Meta {key: 'revision'}) ON CREATE SET m.value = 0
SET m.touched = $at
WITH m
OPTIONAL MATCH (old:Lesson {id: $id})
WITH m, old, (old IS NULL OR old.hash <> $hash) AS changed, coalesce(old.recordedAt, $at) AS recordedAt
FOREACH (_ IN CASE WHEN changed THEN [1] ELSE [] END |
  SET m.value = m.value + 1
  MERGE (l:Entity {node: $node})
  SET l:Lesson, l.id = $id, l.title = $title, l.status = $status, l.content = $content, l.tokens = $tokens, l.hash = $hash,
      l.revision = m.value, l.recordedAt = recordedAt, l.savedAt = $at, l.by = $by
  CREATE (:LessonVersion {id: $id, revision: m.value, content: $content, by: $by, at: $at}))
RETURN changed, m.value AS revision`;

const LESSON = `RETURN l.content AS content, l.hash AS hash, l.revision AS revision, l.recordedAt AS recordedAt,
  l.savedAt AS savedAt, l.by AS by, coalesce(l.shown, 0) AS shown, coalesce(l.acknowledged, 0) AS acknowledged,
  coalesce(l.prevented, 0) AS prevented, coalesce(l.recurred, 0) AS recurred`;

export const GET_LESSON = `MATCH (l:Lesson {id: $id}) ${LESSON}`;
export const LIST_LESSONS = `
MATCH (l:Lesson) WHERE l.id > $after AND ($status IS NULL OR l.status = $status) ${LESSON} ORDER BY l.id LIMIT toInteger($limit)`;
export const MANY_LESSONS = `MATCH (l:Lesson) WHERE l.id IN $ids ${LESSON}`;

/** The version of each lesson that was known then; whether it was true then is told by what it says. */
export const LESSONS_THEN = `
MATCH (l:Lesson) WHERE l.id > $after AND ($id IS NULL OR l.id = $id)
MATCH (v:LessonVersion {id: l.id}) WHERE $known IS NULL OR v.at <= $known
WITH l, v ORDER BY v.revision DESC
WITH l, head(collect(v)) AS v ORDER BY l.id LIMIT toInteger($limit)
RETURN v.content AS content, v.revision AS revision, l.recordedAt AS recordedAt, v.at AS savedAt, v.by AS by,
  coalesce(l.shown, 0) AS shown, coalesce(l.acknowledged, 0) AS acknowledged, coalesce(l.prevented, 0) AS prevented,
  coalesce(l.recurred, 0) AS recurred ORDER BY l.id`;

export const CHANGED_LESSONS = `
MATCH (l:Lesson) WHERE l.revision > $revision ${LESSON} ORDER BY l.revision LIMIT toInteger($limit)`;
export const VERSIONS = `
MATCH (v:LessonVersion {id: $id}) RETURN v.content AS content, v.revision AS revision, v.by AS by, v.at AS at ORDER BY v.revision`;

export const COUNT = {
  shown: 'MATCH (l:Lesson) WHERE l.id IN $ids SET l.shown = coalesce(l.shown, 0) + $times',
  acknowledged: 'MATCH (l:Lesson) WHERE l.id IN $ids SET l.acknowledged = coalesce(l.acknowledged, 0) + $times',
  prevented: 'MATCH (l:Lesson) WHERE l.id IN $ids SET l.prevented = coalesce(l.prevented, 0) + $times',
  recurred: 'MATCH (l:Lesson) WHERE l.id IN $ids SET l.recurred = coalesce(l.recurred, 0) + $times',
} as const;
export const COUNTERS = `
MATCH (l:Lesson) WHERE l.id IN $ids RETURN l.id AS id, coalesce(l.shown, 0) AS shown,
  coalesce(l.acknowledged, 0) AS acknowledged, coalesce(l.prevented, 0) AS prevented, coalesce(l.recurred, 0) AS recurred`;

/** Setting a property of the one Meta node takes its lock, as saving does. */
export const NEXT_REVISION = `
MERGE (m:Meta {key: 'revision'}) ON CREATE SET m.value = 0
SET m.value = m.value + 1
RETURN m.value AS revision`;

/** A link with other facts retires the former one; equal facts change nothing. */
const saveLinks = (type: string): string => `
UNWIND $rows AS row
MERGE (a:Entity {node: row.from})
MERGE (b:Entity {node: row.to})
WITH row, a, b
OPTIONAL MATCH (a)-[old:${type} {declared: row.declared}]->(b) WHERE old.retiredAt IS NULL
WITH row, a, b, old, (old IS NULL OR old.facts <> row.facts) AS changed
FOREACH (_ IN CASE WHEN changed AND old IS NOT NULL THEN [1] ELSE [] END |
  SET old.retiredAt = row.at, old.revision = $revision)
FOREACH (_ IN CASE WHEN changed THEN [1] ELSE [] END |
  CREATE (a)-[:${type} {declared: row.declared, weight: row.weight, data: row.data, validFrom: row.validFrom,
    validTo: row.validTo, recordedAt: row.at, facts: row.facts, revision: $revision}]->(b))`;

/** Relationship types cannot be parameters; the kinds are ours, so each has its statement. */
export const SAVE_LINKS = Object.fromEntries(
  LINK_KINDS.map((kind) => [kind, saveLinks(kind.toUpperCase())]),
) as Readonly<Record<LinkKind, string>>; // one entry for each kind
export const RETIRE_DECLARED = `
MATCH (:Entity {node: $node})-[r {declared: true}]->(b:Entity)
WHERE r.retiredAt IS NULL AND NOT (toLower(type(r)) + ' ' + b.node) IN $stated
SET r.retiredAt = $at, r.revision = $revision`;
export const RETIRE_FOUND = `
UNWIND $rows AS row
MATCH (:Entity {node: row.from})-[r {declared: false}]->(:Entity {node: row.to})
WHERE r.retiredAt IS NULL AND toLower(type(r)) = row.kind
SET r.retiredAt = $at, r.revision = $revision`;

const LINK = `startNode(r).node AS from, toLower(type(r)) AS kind, endNode(r).node AS to, r.weight AS weight,
  r.data AS data, r.validFrom AS validFrom, r.validTo AS validTo, r.recordedAt AS recordedAt, r.retiredAt AS retiredAt,
  r.declared AS declared, r.revision AS revision`;
export const LINKS_OF = `
UNWIND $nodes AS node
MATCH (a:Entity {node: node})-[r]-(:Entity)
RETURN node, ${LINK}`;
export const FOUND_LINKS = `
MATCH (:Entity)-[r {declared: false}]->(:Entity) WHERE r.revision > $revision
RETURN ${LINK} ORDER BY r.revision, from, kind, to`;

/** The node's own lock first, so that two writers make one version after the other. */
export const SAVE_NODES = `
UNWIND $rows AS row
MERGE (e:Entity {node: row.id})
SET e.kind = row.kind, e.touched = row.at
WITH row, e
OPTIONAL MATCH (old:NodeVersion {id: row.id}) WHERE old.retiredAt IS NULL
WITH row, old, (old IS NULL OR old.facts <> row.facts) AS changed
FOREACH (_ IN CASE WHEN changed AND old IS NOT NULL THEN [1] ELSE [] END | SET old.retiredAt = row.at)
FOREACH (_ IN CASE WHEN changed THEN [1] ELSE [] END |
  CREATE (:NodeVersion {id: row.id, kind: row.kind, data: row.data, validFrom: row.validFrom, validTo: row.validTo,
    recordedAt: row.at, by: row.by, facts: row.facts, seq: coalesce(old.seq, 0) + 1}))`;
const NODE = `n.id AS id, n.kind AS kind, n.data AS data, n.validFrom AS validFrom, n.validTo AS validTo,
  n.recordedAt AS recordedAt, n.retiredAt AS retiredAt, n.by AS by`;
export const NODE_VERSIONS = `MATCH (n:NodeVersion {id: $id}) RETURN ${NODE} ORDER BY n.seq`;
export const LIST_NODES = `
MATCH (n:NodeVersion {kind: $kind}) WHERE n.id > $after
  AND (($known IS NULL AND n.retiredAt IS NULL)
    OR (n.recordedAt <= $known AND (n.retiredAt IS NULL OR $known < n.retiredAt)))
  AND ($day IS NULL OR ((n.validFrom IS NULL OR left(n.validFrom, 10) <= $day)
    AND (n.validTo IS NULL OR $day <= left(n.validTo, 10))))
WITH n ORDER BY n.seq DESC
WITH n.id AS key, head(collect(n)) AS n ORDER BY key LIMIT toInteger($limit)
RETURN ${NODE} ORDER BY n.id`;

export const GIVE_FEEDBACK = `
MERGE (f:Feedback {key: $key})
SET f.lesson = $lesson, f.by = $by, f.verdict = $verdict, f.at = $at, f.receipt = $receipt
CREATE (:FeedbackVersion {lesson: $lesson, by: $by, verdict: $verdict, at: $at, receipt: $receipt})`;
export const VOICES = `
MATCH (f:FeedbackVersion) RETURN f.lesson AS lesson, f.verdict AS verdict, f.by AS by, f.at AS at, f.receipt AS receipt
ORDER BY f.at, f.lesson, f.by`;
export const FEEDBACK = `
MATCH (f:Feedback) WHERE f.lesson IN $ids RETURN f.lesson AS lesson, f.verdict AS verdict, count(f) AS voices`;

/** Labels and names of indexes cannot be parameters: see `vectorNames`. */
export const createVectorIndex = (label: string, index: string, dimension: number): string =>
  `CREATE VECTOR INDEX ${index} IF NOT EXISTS FOR (v:${label}) ON (v.values)
OPTIONS {indexConfig: {\`vector.dimensions\`: ${Math.trunc(dimension)}, \`vector.similarity_function\`: 'cosine'}}`;
export const saveVectors = (label: string): string => `
UNWIND $rows AS row
MERGE (v:LessonVector {key: $model + ' ' + row.lesson})
SET v:${label}, v.model = $model, v.lesson = row.lesson, v.hash = row.hash, v.values = [x IN row.values | toFloat(x)]`;
export const VECTORS = `
MATCH (v:LessonVector) WHERE v.key > $after AND v.model = $model
RETURN v.key AS key, v.lesson AS lesson, v.hash AS hash, v.values AS values ORDER BY v.key LIMIT toInteger($limit)`;

export const LOG_CONSULT = `
MERGE (m:Meta {key: 'consults'}) ON CREATE SET m.value = 0
SET m.value = m.value + 1
CREATE (:Consult {id: $id, seq: m.value, at: $at, record: $record})`;
export const CONSULTS = 'MATCH (c:Consult) RETURN c.record AS record ORDER BY c.seq DESC LIMIT toInteger($limit)';
