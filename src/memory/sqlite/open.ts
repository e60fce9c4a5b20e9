import Database from 'better-sqlite3';
import { StewardError } from '../../core/errors.ts';
import { moveAside, storeError } from './errors.ts';
import { migrations } from './migrations/index.ts';

/** `stew` in ASCII: marks a file as ours, so that a database of somebody else is never migrated. */
const APPLICATION_ID = 0x73746577;
const BUSY_TIMEOUT_MS = 5_000;
/** Reading every page of a file takes about 1 ms a megabyte: past this size damage is found when a page is read. */
const QUICK_CHECK_LIMIT_BYTES = 64 * 1024 * 1024;

/** Opens and, unless read-only, migrates. A file that is damaged, newer or not ours is left exactly as it is. */
export function openDatabase(path: string, readonly: boolean): Database.Database {
  let db: Database.Database;
  try {
    db = new Database(path, { readonly, fileMustExist: readonly, timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw storeError('open', path, error);
  }
  try {
    refuseForeign(db, path);
    refuseDamaged(db, path);
    if (!readonly) prepare(db, path);
    refuseOlder(db, path);
    return db;
  } catch (error) {
    db.close();
    throw storeError('open', path, error);
  }
}

const pragma = (db: Database.Database, name: string): number => Number(db.pragma(name, { simple: true }));

function refuse(code: string, path: string, reason: string, hint: string): StewardError {
  return new StewardError(`Unable to open the lesson store ${path}: ${reason}.`, { kind: 'target', code, hint });
}

/** First of all, and only by reading: nothing has touched the file yet. */
function refuseForeign(db: Database.Database, path: string): void {
  const version = pragma(db, 'user_version');
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (tables !== 0 && pragma(db, 'application_id') !== APPLICATION_ID)
    throw refuse(
      'lesson_store_foreign',
      path,
      'it is a database of another program',
      'Nothing was changed. Choose another file for the lessons.',
    );
  if (version > migrations.length)
    throw refuse(
      'lesson_store_newer',
      path,
      `it has schema ${version}, this steward knows up to ${migrations.length}`,
      'Nothing was changed. Start the newer steward that wrote it, or choose another file.',
    );
}

function refuseDamaged(db: Database.Database, path: string): void {
  if (pragma(db, 'page_count') * pragma(db, 'page_size') > QUICK_CHECK_LIMIT_BYTES) return;
  const verdict = db.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok')
    throw refuse('lesson_store_corrupt', path, `it is damaged (${String(verdict)})`, moveAside(path));
}

function refuseOlder(db: Database.Database, path: string): void {
  if (pragma(db, 'user_version') < migrations.length)
    throw refuse(
      'lesson_store_older',
      path,
      'it has an older schema and was opened read-only',
      'Start steward once without read-only, so that it can migrate the file.',
    );
}

function prepare(db: Database.Database, path: string): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL'); // a power cut may lose the last counters, never the file
  db.pragma('foreign_keys = ON');
  const migrate = db.transaction(() => {
    const version = pragma(db, 'user_version'); // read again under the lock: another process may have been first
    if (version === migrations.length) return;
    db.pragma(`application_id = ${APPLICATION_ID}`);
    for (const sql of migrations.slice(version)) db.exec(sql);
    db.pragma(`user_version = ${migrations.length}`);
  });
  try {
    migrate.immediate();
  } catch (error) {
    throw storeError('migrate', path, error);
  }
}
