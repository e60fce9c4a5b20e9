import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { canonicalJson } from '../core/canonical.ts';
import type { Plan } from '../core/plan.ts';
import { planHash } from './journal/plan-state.ts';
import { callOf, openHouse, seedHomelab } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'plans-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open() {
  const path = join(folder, `${Math.random()}.db`);
  const house = openHouse({ path });
  seedHomelab(house.cluster);
  const call = { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas: 3 }, reason: '' };
  const plan = await house.gate.propose(call, callOf());
  const db = new Database(path);
  const store = (body: string): unknown => db.prepare('UPDATE plans SET body = ? WHERE id = ?').run(body, plan.id);
  const apply = () => house.gate.apply({ planId: plan.id, acknowledge: [] }, callOf());
  return { house, plan, db, store, apply };
}

test('any other value in any field of a stored plan is refused, with and without a new hash', {
  timeout: 60_000,
}, async () => {
  const { house, plan, store, apply } = await open();
  const fields = Object.keys(plan) as (keyof Plan)[];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...fields), fc.jsonValue(), fc.boolean(), async (field, value, rehash) => {
      fc.pre(canonicalJson(plan[field]) !== canonicalJson(value) && !(field === 'hash' && rehash));
      // The test writes what no type allows.
      const forged = { ...plan, [field]: value } as Plan;
      store(canonicalJson(rehash ? { ...forged, hash: planHash(forged) } : forged));
      const result = await apply();
      expect(result).toMatchObject({ kind: 'not_executed', code: 'plan_tampered' });
    }),
    { numRuns: 400 },
  );
  expect(house.cluster.effects).toEqual([]);
  store(canonicalJson(plan));
  expect(await apply()).toMatchObject({ kind: 'ran', outcome: { state: 'done' } });
});

test('a row that is no plan, that belongs to another plan, or whose other half was changed', async () => {
  const { house, plan, db, store, apply } = await open();
  store('[]');
  expect(await apply()).toMatchObject({ code: 'plan_tampered' });
  const other = await house.gate.propose(
    { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas: 4 }, reason: '' },
    callOf(),
  );
  store(canonicalJson(other));
  expect(await apply()).toMatchObject({ code: 'plan_tampered' });
  store(canonicalJson(plan));
  db.prepare(`UPDATE plans SET beside = replace(beside, '"domains":[]', '"domains":["x"]') WHERE id = ?`).run(plan.id);
  expect(await apply()).toMatchObject({ code: 'plan_tampered' });
  await expect(house.gate.show(plan.id, callOf().session)).rejects.toMatchObject({ code: 'plan_tampered' });
  expect(house.cluster.effects).toEqual([]);
});

test('an approval that was forged into the journal does not count', async () => {
  const { house, db } = await open();
  const plan = await house.gate.propose(
    { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas: 6 }, reason: '' },
    callOf(),
  );
  const last = db.prepare('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get() as {
    seq: number;
    hash: string;
  };
  const body = canonicalJson({
    event: 'approval_given',
    plan: plan.id,
    principal: 'alice/terminal',
    targets: [],
    summary: 'yes',
    at: plan.createdAt,
    seq: last.seq + 1,
    prev: 'f'.repeat(64),
    data: { approver: 'alice/terminal', method: 'cli', at: plan.createdAt },
  });
  db.prepare('INSERT INTO entries (seq, body, hash) VALUES (?, ?, ?)').run(last.seq + 1, body, 'f'.repeat(64));
  const result = await house.gate.apply({ planId: plan.id, acknowledge: [] }, callOf());
  // The log has run ahead of its head: nothing more can be written, and nothing runs.
  expect(result).toMatchObject({ kind: 'not_executed', code: 'journal_not_writable' });
  expect(house.cluster.effects).toEqual([]);
  expect(await house.journal.verify()).toMatchObject({ ok: false, broken: { seq: last.seq + 1 } });
});

test('an intent that was taken out of the journal does not make a plan run again', async () => {
  const { house, db, apply } = await open();
  expect(await apply()).toMatchObject({ kind: 'ran', repeated: false });
  db.exec("DROP TRIGGER entries_no_delete; DELETE FROM entries WHERE event IN ('intent', 'outcome')");
  expect(await apply()).not.toMatchObject({ kind: 'ran' });
  expect(house.cluster.effects).toHaveLength(1);
});
