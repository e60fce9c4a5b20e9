import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { callOf, openHouse, person, seedHomelab } from '../testing.ts';
import { openJournal } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const freshPath = (): string => join(folder, `${++count}`, 'journal.db');
const clock = new ManualClock('2026-11-21T08:00:00Z');

/** A journal of `entries` entries, closed again. */
function written(entries: number): string {
  const path = freshPath();
  const { journal } = openJournal({ path, clock });
  for (let n = 1; n <= entries; n++)
    journal.append({
      event: 'apply_refused',
      principal: 'alice/cli',
      targets: [`kubernetes:Node/n${n}`],
      summary: `entry ${n}`,
    });
  journal.close();
  return path;
}

/** Does what somebody with the file and a SQLite shell can do. */
function tamper(path: string, ...sql: readonly string[]): void {
  const db = new Database(path);
  db.exec('DROP TRIGGER entries_no_update; DROP TRIGGER entries_no_delete;');
  for (const statement of sql) db.exec(statement);
  db.close();
}

const SWAP = `
  UPDATE entries SET seq = 99 WHERE seq = 2; UPDATE entries SET seq = 2 WHERE seq = 3; UPDATE entries SET seq = 3 WHERE seq = 99;`;

test.each([
  ['altered', `UPDATE entries SET body = replace(body, 'entry 3', 'entry X') WHERE seq = 3`, 3, /^altered/],
  ['altered with a fitting hash', `UPDATE entries SET hash = '${'a'.repeat(64)}' WHERE seq = 3`, 3, /^altered/],
  ['taken out', 'DELETE FROM entries WHERE seq = 3', 3, /^missing/],
  ['reordered', SWAP, 2, /^(reordered|altered)/],
  ['cut off', 'DELETE FROM entries WHERE seq > 3', 4, /^chain longer than log/],
  [
    'cut off together with the head',
    'DELETE FROM entries WHERE seq > 3; UPDATE head SET seq = 3, hash = (SELECT hash FROM entries WHERE seq = 3)',
    4,
    /^chain longer than log/,
  ],
  ['emptied', 'DELETE FROM entries; DELETE FROM head', 1, /^chain longer than log/],
  [
    'appended by hand',
    `INSERT INTO entries (seq, body, hash) SELECT 6, body, hash FROM entries WHERE seq = 5`,
    6,
    /^(reordered|altered)/,
  ],
])('a chain that was %s is found, names the entry, and stops every change', async (_, sql, seq, reason) => {
  const path = written(5);
  tamper(path, sql);
  const { journal, writable, problem } = openJournal({ path, clock });
  expect(await journal.verify()).toMatchObject({ ok: false, broken: { seq, reason: expect.stringMatching(reason) } });
  expect(writable).toBe(false);
  expect(problem).toBeDefined();
  expect(() => journal.append({ event: 'frozen', principal: 'x', summary: '' })).toThrow(
    expect.objectContaining({ code: 'journal_not_writable' }),
  );
  journal.close();
});

test('a chain that was written anew does not fit its anchor', async () => {
  const path = written(5);
  const other = written(5);
  const anchor = readFileSync(`${path}.head`, 'utf8');
  const later = openJournal({ path: other, clock });
  later.journal.append({ event: 'thawed', principal: 'mallory', summary: 'another history' });
  later.journal.close();
  // The same length would need the same entry: the fifth of the other one has another text.
  writeFileSync(`${other}.head`, anchor.replace(/"hash":"[0-9a-f]{64}"/, `"hash":"${'b'.repeat(64)}"`));
  const { journal } = openJournal({ path: other, clock });
  expect(await journal.verify()).toMatchObject({
    ok: false,
    broken: { seq: 5, reason: expect.stringMatching(/^anchor mismatch/) },
  });
  journal.close();
});

test('entries cannot be changed through SQL without taking the triggers off first', () => {
  const path = written(2);
  const db = new Database(path);
  expect(() => db.exec("UPDATE entries SET hash = 'x'")).toThrow(/append-only/);
  expect(() => db.exec('DELETE FROM entries')).toThrow(/append-only/);
  db.close();
});

test('any change of one field of one entry is found', { timeout: 60_000 }, () => {
  const path = written(6);
  const db = new Database(path);
  db.exec('DROP TRIGGER entries_no_update');
  const rows = db.prepare('SELECT seq, body FROM entries').all() as { seq: number; body: string }[];
  const update = db.prepare('UPDATE entries SET body = ? WHERE seq = ?');
  const { journal } = openJournal({ path, clock });
  fc.assert(
    fc.property(
      fc.nat(5),
      fc.constantFrom('at', 'event', 'principal', 'summary', 'targets', 'prev', 'seq'),
      fc.json(),
      (index, field, value) => {
        const { seq, body } = rows[index] ?? expect.unreachable();
        const parsed = JSON.parse(body) as Record<string, unknown>;
        fc.pre(JSON.stringify(parsed[field]) !== value);
        update.run(JSON.stringify({ ...parsed, [field]: JSON.parse(value) as unknown }), seq);
        const { broken } = journal.verifyNow();
        update.run(body, seq);
        return broken?.seq === seq;
      },
    ),
    { numRuns: 500 },
  );
  expect(journal.verifyNow()).toEqual({ ok: true, entries: 6 });
  journal.close();
  db.close();
});

test('two processes may write: no entry is lost and the chain stays whole', async () => {
  const path = freshPath();
  const [a, b] = [openJournal({ path, clock }).journal, openJournal({ path, clock }).journal];
  for (let n = 0; n < 20; n++)
    (n % 3 === 0 ? a : b).append({ event: 'apply_refused', principal: 'x', summary: `${n}` });
  expect(await a.verify()).toEqual({ ok: true, entries: 20 });
  expect((await b.list({ limit: 3 })).map(({ summary }) => summary)).toEqual(['19', '18', '17']);
});

test('the list goes back page by page, by plan and by target', async () => {
  const { journal } = openJournal({ path: written(30), clock });
  const first = await journal.list({ limit: 10 });
  expect(first.map(({ seq }) => seq)).toEqual([30, 29, 28, 27, 26, 25, 24, 23, 22, 21]);
  expect(await journal.list({ limit: 2, before: 21 })).toMatchObject([{ seq: 20 }, { seq: 19 }]);
  expect(await journal.list({ limit: 5, target: 'Node/n7' })).toMatchObject([{ seq: 7 }]);
  expect(await journal.list({ limit: 5, plan: 'plan-none' })).toEqual([]);
});

test.each([
  [
    'newer than the program',
    (path: string) => {
      const db = new Database(path);
      db.pragma('user_version = 99');
      db.close();
    },
    /newer/,
  ],
  [
    'not a database',
    (path: string) => writeFileSync(path, 'this is no database, whatever it may say '.repeat(200)),
    /.*/,
  ],
  ['cut in half', (path: string) => truncateSync(path, 6_000), /.*/],
])('a file that is %s: reads go on, changes are refused', async (_, spoil, reason) => {
  const path = written(4);
  spoil(path);
  const house = openHouse({ path });
  seedHomelab(house.cluster);
  expect(house).toMatchObject({ writable: false, problem: expect.stringMatching(reason) });
  expect(await house.journal.list({ limit: 5 })).toBeInstanceOf(Array);
  expect(await house.gate.frozen()).toBeUndefined();
  const call = { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas: 3 }, reason: '' };
  await expect(house.gate.propose(call, callOf())).rejects.toMatchObject({
    kind: 'denied',
    code: 'journal_not_writable',
  });
  await expect(house.gate.freeze(person, 'x')).rejects.toMatchObject({ code: 'journal_not_writable' });
});

test('a beat after the end of the program is nothing', () => {
  const { journal } = openJournal({ path: written(1), clock });
  journal.close();
  expect(() => journal.beat('plan-1', 'owner')).not.toThrow();
});

test('a damaged file does not pass as a whole chain', async () => {
  const path = written(4);
  writeFileSync(path, 'x'.repeat(9_000));
  const { journal } = openJournal({ path, clock });
  expect(await journal.verify()).toMatchObject({ ok: false });
});

test('a newer file still shows its entries', async () => {
  const path = written(4);
  const db = new Database(path);
  db.pragma('user_version = 99');
  db.close();
  const { journal } = openJournal({ path, clock });
  expect(await journal.list({ limit: 9 })).toHaveLength(4);
});

test('a change is refused when its intent cannot be kept', async () => {
  const path = freshPath();
  const house = openHouse({ path });
  seedHomelab(house.cluster);
  const call = { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas: 3 }, reason: '' };
  const plan = await house.gate.propose(call, callOf());
  const db = new Database(path);
  db.exec("CREATE TRIGGER full BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
  db.close();
  expect(await house.gate.apply({ planId: plan.id, acknowledge: [] }, callOf())).toMatchObject({
    kind: 'not_executed',
    code: 'journal_not_writable',
  });
  expect(house.cluster.effects).toEqual([]);
  expect(existsSync(`${path}.head`)).toBe(true);
});

test('nobody else on the machine can read it', () => {
  const path = written(1);
  expect(statSync(path).mode & 0o077).toBe(0);
  expect(statSync(dirname(path)).mode & 0o077).toBe(0);
});

test('an entry that cannot be read shows as that and hides no other', async () => {
  const path = written(3);
  tamper(path, `UPDATE entries SET body = '{"event":"x"}' WHERE seq = 2`);
  const { journal } = openJournal({ path, clock });
  expect((await journal.list({ limit: 9 })).map(({ event }) => event)).toEqual([
    'apply_refused',
    'unreadable',
    'apply_refused',
  ]);
});

test('what looks like a secret does not enter a summary', async () => {
  const { journal } = openJournal({ path: ':memory:', clock });
  journal.append({ event: 'plan_rejected', principal: 'x', summary: 'No plan: password=hunter2hunter2 was refused' });
  expect((await journal.list({ limit: 1 }))[0]?.summary).not.toContain('hunter2');
});
