/** Lessons with their versions, counters and links, and the log of what was asked. */
export const lessons = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID, STRICT;
INSERT INTO meta (key, value) VALUES ('revision', 0);

CREATE TABLE lesson (
  id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  content TEXT NOT NULL,
  hash TEXT NOT NULL,
  revision INTEGER NOT NULL UNIQUE,
  recorded_at TEXT NOT NULL,
  saved_at TEXT NOT NULL,
  by TEXT NOT NULL,
  shown INTEGER NOT NULL DEFAULT 0,
  acknowledged INTEGER NOT NULL DEFAULT 0,
  prevented INTEGER NOT NULL DEFAULT 0,
  recurred INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID, STRICT;

CREATE TABLE lesson_version (
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  content TEXT NOT NULL,
  by TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (id, revision)
) WITHOUT ROWID, STRICT;

CREATE TABLE link (
  src TEXT NOT NULL,
  kind TEXT NOT NULL,
  dst TEXT NOT NULL,
  declared INTEGER NOT NULL,
  weight REAL NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (src, kind, dst, declared)
) WITHOUT ROWID, STRICT;
CREATE INDEX link_back ON link (dst, kind, src);

CREATE TABLE consult (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at TEXT NOT NULL,
  record TEXT NOT NULL
) STRICT;
`;
