/** Numbered and append-only: a released migration is never edited. The number is kept in `user_version`. */
export const MIGRATIONS: readonly { readonly version: number; readonly sql: string }[] = [
  {
    version: 1,
    // `event` and `plan` are read out of the hashed body, so that no column beside the chain can be altered unseen.
    sql: `
      CREATE TABLE entries (
        seq INTEGER PRIMARY KEY,
        body TEXT NOT NULL,
        hash TEXT NOT NULL,
        event TEXT GENERATED ALWAYS AS (json_extract(body, '$.event')) VIRTUAL,
        plan TEXT GENERATED ALWAYS AS (json_extract(body, '$.plan')) VIRTUAL
      ) STRICT;
      CREATE INDEX entries_event ON entries(event, seq);
      CREATE INDEX entries_plan ON entries(plan, seq);
      CREATE UNIQUE INDEX entries_one_intent ON entries(plan) WHERE event = 'intent';
      CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
      CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
      CREATE TABLE head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        seq INTEGER NOT NULL,
        hash TEXT NOT NULL
      ) STRICT;
      CREATE TABLE plans (
        id TEXT PRIMARY KEY,
        body TEXT NOT NULL,
        beside TEXT NOT NULL,
        session TEXT GENERATED ALWAYS AS (json_extract(body, '$.session')) VIRTUAL
      ) STRICT;
      CREATE INDEX plans_session ON plans(session);
      CREATE TABLE leases (
        key TEXT PRIMARY KEY,
        token INTEGER NOT NULL,
        plan TEXT NOT NULL,
        owner TEXT NOT NULL,
        beat_ms INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX leases_plan ON leases(plan);
      CREATE TABLE fencing (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        last INTEGER NOT NULL
      ) STRICT;
      INSERT INTO fencing (id, last) VALUES (1, 0);
    `,
  },
];

export const NEWEST_VERSION = MIGRATIONS.at(-1)?.version ?? 0;
