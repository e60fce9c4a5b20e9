import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { fileAnchor, noAnchor } from './anchor.ts';
import { MIGRATIONS, NEWEST_VERSION } from './migrations.ts';
import { SqliteJournal } from './sqlite-journal.ts';

export interface OpenedJournal {
  readonly journal: SqliteJournal;
  /** False: the server serves reads, and every change is refused with `journal_not_writable`. */
  readonly writable: boolean;
  readonly problem?: string;
}

/** How long a write waits for another process, in milliseconds. */
const BUSY_MS = 5_000;

/**
 * Opens or makes the journal at `path` (`:memory:` keeps nothing).
 * Never throws for a bad file: what is corrupt, newer than this program, not writable or no longer a whole chain
 * is opened for reading as far as it can be, and `problem` says why. Needs a local file system that honours fsync.
 */
export function openJournal({ path, clock }: { readonly path: string; readonly clock: Clock }): OpenedJournal {
  const anchor = path === ':memory:' ? noAnchor : fileAnchor(`${path}.head`);
  let db: Database.Database | undefined;
  try {
    db = openForWriting(path);
    const journal = new SqliteJournal(db, { anchor, clock });
    const { broken } = journal.verifyNow();
    if (broken === undefined) return { journal, writable: true };
    const problem = `the journal is broken at entry ${broken.seq}: ${broken.reason}`;
    return { journal: new SqliteJournal(db, { anchor, clock, problem }), writable: false, problem };
  } catch (error) {
    db?.close();
    const problem = `the journal at ${path} cannot be used: ${messageOf(error)}`;
    return { journal: openForReading(path, clock, problem), writable: false, problem };
  }
}

function openForWriting(path: string): Database.Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new Database(path, { timeout: BUSY_MS });
  try {
    refuseNewer(db);
    // Plans hold their input as it was given: nobody else on this machine reads it.
    if (path !== ':memory:') chmodSync(path, 0o600);
    db.pragma('journal_mode = WAL');
    // NORMAL may lose the intent of a change in a power cut; FULL may not.
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    const check: unknown = db.pragma('quick_check(1)', { simple: true });
    if (check !== 'ok') throw new Error(`it is damaged (${String(check)})`);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

const versionOf = (db: Database.Database): number => Number(db.pragma('user_version', { simple: true }));

function refuseNewer(db: Database.Database): void {
  const version = versionOf(db);
  if (version > NEWEST_VERSION)
    throw new Error(`it was written by a newer version (${version}, this one knows ${NEWEST_VERSION})`);
}

function migrate(db: Database.Database): void {
  if (versionOf(db) === NEWEST_VERSION) return;
  db.transaction(() => {
    // Read again inside: another process may have been faster.
    const version = versionOf(db);
    for (const migration of MIGRATIONS) {
      if (migration.version <= version) continue;
      db.exec(migration.sql);
      db.pragma(`user_version = ${migration.version}`);
    }
  }).immediate();
}

/** The file read-only when it still has our tables, else an empty journal: reads of the cluster must go on either way. */
function openForReading(path: string, clock: Clock, problem: string): SqliteJournal {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_MS });
    const journal = new SqliteJournal(db, { anchor: fileAnchor(`${path}.head`), clock, problem });
    journal.verifyNow();
    return journal;
  } catch {
    const db = new Database(':memory:');
    migrate(db);
    // The anchor of the broken file stays in force, so that an empty log is not taken for a whole one.
    return new SqliteJournal(db, { anchor: fileAnchor(`${path}.head`), clock, problem });
  }
}
