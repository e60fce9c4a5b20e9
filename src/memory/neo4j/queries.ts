import type { LinkKind } from '../links.ts';

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
export const CHANGED_LESSONS = `
MATCH (l:Lesson) WHERE l.revision > $revision ${LESSON} ORDER BY l.revision LIMIT toInteger($limit)`;
export const VERSIONS = `
MATCH (v:LessonVersion {id: $id}) RETURN v.content AS content, v.revision AS revision, v.by AS by, v.at AS at ORDER BY v.revision`;

export const COUNT = {
  shown: 'MATCH (l:Lesson) WHERE l.id IN $ids SET l.shown = coalesce(l.shown, 0) + 1',
  acknowledged: 'MATCH (l:Lesson) WHERE l.id IN $ids SET l.acknowledged = coalesce(l.acknowledged, 0) + 1',
  prevented: 'MATCH (l:Lesson) WHERE l.id IN $ids SET l.prevented = coalesce(l.prevented, 0) + 1',
  recurred: 'MATCH (l:Lesson) WHERE l.id IN $ids SET l.recurred = coalesce(l.recurred, 0) + 1',
} as const;
export const COUNTERS = `
MATCH (l:Lesson) WHERE l.id IN $ids RETURN l.id AS id, coalesce(l.shown, 0) AS shown,
  coalesce(l.acknowledged, 0) AS acknowledged, coalesce(l.prevented, 0) AS prevented, coalesce(l.recurred, 0) AS recurred`;

/** Relationship types cannot be parameters; the kinds are ours, so each has its statement. */
const TYPES: Readonly<Record<LinkKind, string>> = {
  applies_to: 'APPLIES_TO',
  enforced_by: 'ENFORCED_BY',
  supersedes: 'SUPERSEDES',
  similar: 'SIMILAR',
  contradicts: 'CONTRADICTS',
  derived_from: 'DERIVED_FROM',
};
const saveLinks = (type: string): string => `
UNWIND $rows AS row
MERGE (a:Entity {node: row.from})
MERGE (b:Entity {node: row.to})
MERGE (a)-[r:${type} {declared: row.declared}]->(b)
SET r.weight = row.weight, r.at = row.at`;

export const SAVE_LINKS: Readonly<Record<LinkKind, string>> = {
  applies_to: saveLinks(TYPES.applies_to),
  enforced_by: saveLinks(TYPES.enforced_by),
  supersedes: saveLinks(TYPES.supersedes),
  similar: saveLinks(TYPES.similar),
  contradicts: saveLinks(TYPES.contradicts),
  derived_from: saveLinks(TYPES.derived_from),
};
export const DROP_DECLARED = 'MATCH (:Entity {node: $node})-[r {declared: true}]->(:Entity) DELETE r';
export const LINKS_OF = `
UNWIND $nodes AS node
MATCH (a:Entity {node: node})-[r]-(:Entity)
RETURN node, startNode(r).node AS from, toLower(type(r)) AS kind, endNode(r).node AS to, r.weight AS weight, r.at AS at`;

export const LOG_CONSULT = `
MERGE (m:Meta {key: 'consults'}) ON CREATE SET m.value = 0
SET m.value = m.value + 1
CREATE (:Consult {id: $id, seq: m.value, at: $at, record: $record})`;
export const CONSULTS = 'MATCH (c:Consult) RETURN c.record AS record ORDER BY c.seq DESC LIMIT toInteger($limit)';
