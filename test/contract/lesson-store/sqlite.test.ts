import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteLessonStore } from '../../../src/memory/sqlite/store.ts';
import { lessonOf } from './lesson-of.ts';
import { lessonStoreContract } from './suite.ts';

const AT = '2026-11-21T08:00:00.000Z';
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lesson-store-'));
  path = join(folder, 'lessons.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

lessonStoreContract('SQLite', () => SqliteLessonStore.open({ path }));

async function withLessons(count: number): Promise<void> {
  const store = await SqliteLessonStore.open({ path });
  for (let index = 0; index < count; index++)
    await store.save({ lesson: lessonOf(`lesson-${index}`), by: 'file', at: AT });
  await store.close();
}

/** Opening must fail with this code, and leave every byte as it was. */
async function refuses(code: string, readonly = false): Promise<void> {
  const before = await readFile(path);
  await expect(SqliteLessonStore.open({ path, readonly })).rejects.toMatchObject({ kind: 'target', code });
  expect(before.equals(await readFile(path))).toBe(true);
}

test('lessons survive closing and opening', async () => {
  await withLessons(3);
  const store = await SqliteLessonStore.open({ path });
  expect(await store.revision()).toBe(3);
  expect(await store.list({ limit: 10 })).toHaveLength(3);
  await store.close();
});

test('a file that is no database is refused and kept', async () => {
  await writeFile(path, 'these are my notes, not a database\n'.repeat(200));
  await refuses('lesson_store_corrupt');
});

test('a damaged file is refused and kept', async () => {
  await withLessons(200);
  const bytes = await readFile(path);
  bytes.fill(0xee, 8_192, bytes.length - 4_096);
  await writeFile(path, bytes);
  await refuses('lesson_store_corrupt');
});

test('a truncated file is refused and kept', async () => {
  await withLessons(200);
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length / 2));
  await refuses('lesson_store_corrupt');
});

test('a file of a newer steward is refused and kept', async () => {
  await withLessons(1);
  const db = new Database(path);
  db.pragma('user_version = 999');
  db.pragma('journal_mode = DELETE');
  db.close();
  await refuses('lesson_store_newer');
});

test('a database of another program is refused and kept', async () => {
  const db = new Database(path);
  db.exec('CREATE TABLE photos (id INTEGER PRIMARY KEY)');
  db.close();
  await refuses('lesson_store_foreign');
});

test('read-only needs a file that is there, and never writes', async () => {
  await expect(SqliteLessonStore.open({ path, readonly: true })).rejects.toMatchObject({
    code: 'lesson_store_missing',
  });
  await withLessons(1);
  const store = await SqliteLessonStore.open({ path, readonly: true });
  expect(await store.list({ limit: 10 })).toHaveLength(1);
  await expect(store.count(['lesson-0'], 'shown')).rejects.toMatchObject({ code: 'lesson_store_readonly' });
  await store.close();
});

test('a store sees at once what another connection saved', async () => {
  const mine = await SqliteLessonStore.open({ path });
  const other = await SqliteLessonStore.open({ path });
  await other.save({ lesson: lessonOf('from-another'), by: 'file', at: AT });
  expect(await mine.revision()).toBe(1);
  expect(await mine.get('from-another')).toBeDefined();
  await mine.close();
  await other.close();
});

test('two processes write the same new file at once and lose nothing', async () => {
  const writer = new URL('./writer.ts', import.meta.url).pathname;
  const run = (prefix: string) =>
    promisify(execFile)(process.execPath, [writer, path, prefix, '120'], { timeout: 20_000 });
  await Promise.all([run('left'), run('right')]);
  const store = await SqliteLessonStore.open({ path });
  expect(await store.list({ limit: 1_000 })).toHaveLength(240);
  expect(await store.revision()).toBe(240);
  await store.close();
});
