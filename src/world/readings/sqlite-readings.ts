import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { type ReadingStore, type Run, readingKey } from './contract.ts';

const BUSY_MS = 2_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A value that changes with every look is kept this often. */
const APART_MS = 6 * HOUR;
const KEPT_MS = 30 * DAY;
/** Scrubs are weeks apart. */
const SCRUBS_KEPT_MS = 400 * DAY;

interface Row {
  readonly resource: string;
  readonly metric: string;
  readonly value: number;
  readonly seen_from: number;
  readonly seen_to: number;
}

/**
 * Opens or makes the file. Throws when it cannot be opened: whoever calls goes on without a past.
 * Losing it costs a week of comparison and nothing else, so there is nothing to migrate: another schema is made anew.
 */
export function openReadings(path: string): ReadingStore {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new Database(path, { timeout: BUSY_MS });
  try {
    if (path !== ':memory:') chmodSync(path, 0o600);
    db.pragma('journal_mode = WAL');
    db.exec(
      'CREATE TABLE IF NOT EXISTS runs (resource TEXT, metric TEXT, seen_from INTEGER, seen_to INTEGER, value REAL, PRIMARY KEY (resource, metric, seen_from)) WITHOUT ROWID',
    );
    return storeOn(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

function storeOn(db: Database.Database): ReadingStore {
  const all = db.prepare<[], Row>('SELECT * FROM runs ORDER BY resource, metric, seen_from');
  const last = db.prepare<[string, string], Row>(
    'SELECT * FROM runs WHERE resource = ? AND metric = ? ORDER BY seen_from DESC LIMIT 1',
  );
  const begin = db.prepare(
    'INSERT OR IGNORE INTO runs (resource, metric, seen_from, seen_to, value) VALUES (?, ?, ?, ?, ?)',
  );
  const extend = db.prepare('UPDATE runs SET seen_to = ? WHERE resource = ? AND metric = ? AND seen_from = ?');
  const forget = db.prepare("DELETE FROM runs WHERE seen_to < CASE metric WHEN 'scrubMinutes' THEN ? ELSE ? END");
  const keep = db.transaction((readings: Parameters<ReadingStore['keep']>[0], at: number) => {
    for (const { resource, metric, value } of readings) {
      const before = last.get(resource, metric);
      if (before?.value === value) {
        if (at - before.seen_to >= APART_MS) extend.run(at, resource, metric, before.seen_from);
      } else if (before === undefined || at - before.seen_from >= APART_MS) begin.run(resource, metric, at, at, value);
    }
    forget.run(at - SCRUBS_KEPT_MS, at - KEPT_MS);
  });
  return {
    past: () => {
      const found = new Map<string, Run[]>();
      for (const { resource, metric, value, seen_from, seen_to } of all.iterate()) {
        const key = readingKey({ resource, metric });
        const run = { value, from: new Date(seen_from).toISOString(), to: new Date(seen_to).toISOString() };
        const runs = found.get(key);
        if (runs === undefined) found.set(key, [run]);
        else runs.push(run);
      }
      return found;
    },
    keep: (readings, at) => keep.immediate(readings, +at),
    close: () => void db.close(),
  };
}
