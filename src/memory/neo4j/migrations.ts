/**
 * Numbered, never changed once released: each is a list of statements, run one by one (schema and data cannot mix in a transaction).
 * Only what Community Edition has: uniqueness constraints, range, full-text and vector indexes.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    'CREATE CONSTRAINT entity_node IF NOT EXISTS FOR (e:Entity) REQUIRE e.node IS UNIQUE',
    'CREATE CONSTRAINT lesson_id IF NOT EXISTS FOR (l:Lesson) REQUIRE l.id IS UNIQUE',
    'CREATE CONSTRAINT meta_key IF NOT EXISTS FOR (m:Meta) REQUIRE m.key IS UNIQUE',
    'CREATE CONSTRAINT consult_id IF NOT EXISTS FOR (c:Consult) REQUIRE c.id IS UNIQUE',
    'CREATE INDEX lesson_revision IF NOT EXISTS FOR (l:Lesson) ON (l.revision)',
    'CREATE INDEX version_id IF NOT EXISTS FOR (v:LessonVersion) ON (v.id)',
    'CREATE INDEX consult_seq IF NOT EXISTS FOR (c:Consult) ON (c.seq)',
    "CREATE FULLTEXT INDEX lesson_text IF NOT EXISTS FOR (l:Lesson) ON EACH [l.title, l.tokens] OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}}",
  ],
  [
    // Links got both times: what there was has been true and known since it was written.
    "MATCH (:Entity)-[r]->(:Entity) WHERE r.recordedAt IS NULL SET r.recordedAt = r.at, r.facts = '', r.revision = 0",
    'CREATE CONSTRAINT feedback_key IF NOT EXISTS FOR (f:Feedback) REQUIRE f.key IS UNIQUE',
    'CREATE CONSTRAINT vector_key IF NOT EXISTS FOR (v:LessonVector) REQUIRE v.key IS UNIQUE',
    'CREATE INDEX feedback_lesson IF NOT EXISTS FOR (f:Feedback) ON (f.lesson)',
    'CREATE INDEX node_version_id IF NOT EXISTS FOR (n:NodeVersion) ON (n.id)',
    'CREATE INDEX node_version_kind IF NOT EXISTS FOR (n:NodeVersion) ON (n.kind, n.id)',
  ],
  [
    // Vectors were text that no index could hold; they are made again from the lessons.
    'MATCH (v:LessonVector) WHERE v.values IS NULL DELETE v',
  ],
];
