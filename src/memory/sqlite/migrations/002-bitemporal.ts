/** Links and nodes with both times, nothing deleted; feedback on lessons; vectors by model. */
export const bitemporal = `
ALTER TABLE link RENAME TO link_before;
DROP INDEX link_back;
CREATE TABLE link (
  seq INTEGER PRIMARY KEY,
  src TEXT NOT NULL,
  kind TEXT NOT NULL,
  dst TEXT NOT NULL,
  declared INTEGER NOT NULL,
  weight REAL NOT NULL,
  data TEXT,
  valid_from TEXT,
  valid_to TEXT,
  recorded_at TEXT NOT NULL,
  retired_at TEXT,
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO link (src, kind, dst, declared, weight, recorded_at, revision)
  SELECT src, kind, dst, declared, weight, at, (SELECT value FROM meta WHERE key = 'revision') FROM link_before;
DROP TABLE link_before;
CREATE UNIQUE INDEX link_live ON link (src, kind, dst, declared) WHERE retired_at IS NULL;
CREATE INDEX link_from ON link (src);
CREATE INDEX link_to ON link (dst);
CREATE INDEX link_found ON link (revision) WHERE declared = 0;

CREATE TABLE node (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  valid_from TEXT,
  valid_to TEXT,
  recorded_at TEXT NOT NULL,
  retired_at TEXT,
  by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX node_live ON node (id) WHERE retired_at IS NULL;
CREATE INDEX node_versions ON node (kind, id, seq);

CREATE TABLE feedback (
  seq INTEGER PRIMARY KEY,
  lesson TEXT NOT NULL,
  verdict TEXT NOT NULL,
  by TEXT NOT NULL,
  at TEXT NOT NULL,
  receipt TEXT
) STRICT;
CREATE INDEX feedback_voice ON feedback (lesson, by, seq);

CREATE TABLE vector (
  lesson TEXT NOT NULL,
  model TEXT NOT NULL,
  hash TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (model, lesson)
) WITHOUT ROWID, STRICT;

CREATE INDEX lesson_version_at ON lesson_version (id, at);
`;
