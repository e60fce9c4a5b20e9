import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { createGate } from './gate.ts';
import type { Instance } from './instance.ts';
import { agent, callOf, type House, nodeOf, openHouse, START, seedHomelab } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'recover-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const never = new Promise<never>(() => undefined);

/** A process that stopped for ever in the middle of its write, `before` or after it moved anything. */
async function interrupted(when: 'before' | 'after') {
  const path = join(folder, `${Math.random()}.db`);
  const clock = new ManualClock(START);
  const house = openHouse({ path, clock });
  seedHomelab(house.cluster);
  const [action] = house.deps.actions;
  if (action === undefined) return expect.unreachable();
  const stuck = {
    ...action,
    async run(...args: Parameters<typeof action.run>) {
      if (when === 'after') await action.run(...args);
      return never;
    },
  };
  const dying = createGate({ ...house.deps, actions: [stuck] });
  const call = { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas: 3 }, reason: '' };
  const plan = await dying.propose(call, callOf());
  void dying.apply({ planId: plan.id, acknowledge: [] }, callOf());
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { house, plan, clock, dying };
}

/** The next process on the same files: a new gate, with what it can tell about the one before. */
const restart = (house: House, liveness: ReturnType<Instance['liveness']>) =>
  createGate({
    ...house.deps,
    instance: { id: 'host/2/next', liveness: (owner) => (owner === 'host/2/next' ? 'alive' : liveness) },
  });

test.each([
  ['before', 'failed', 0],
  ['after', 'done', 1],
] as const)('a crash %s the write is closed as %s by looking, and never run again', async (when, state, effects) => {
  const { house, plan } = await interrupted(when);
  const next = restart(house, 'dead');
  expect(await next.recover(signal)).toMatchObject([{ planId: plan.id, state }]);
  expect(await next.recover(signal)).toEqual([]);
  expect(house.cluster.effects).toHaveLength(effects);
  expect(house.journal.leases.of(plan.id)).toEqual([]);
  expect(await next.apply({ planId: plan.id, acknowledge: [] }, callOf())).toMatchObject({
    kind: 'ran',
    repeated: true,
    outcome: { state },
  });
  expect(house.cluster.effects).toHaveLength(effects);
});

test('what cannot be seen stays in doubt, and is closed once it can be seen', async () => {
  const { house, plan } = await interrupted('after');
  const next = restart(house, 'dead');
  house.cluster.onGet = () => {
    throw new Error('unreachable');
  };
  expect(await next.recover(signal)).toMatchObject([{ state: 'in_doubt', verified: 'unknown' }]);
  expect(await next.recover(signal)).toMatchObject([{ state: 'in_doubt' }]);
  house.cluster.onGet = () => undefined;
  // The object itself is free: whoever wrote it is gone.
  const call = { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas: 4 }, reason: '' };
  const other = await next.propose(call, callOf());
  expect(await next.apply({ planId: other.id, acknowledge: [] }, callOf())).toMatchObject({ kind: 'ran' });
  expect(await next.recover(signal)).toMatchObject([{ planId: plan.id, state: 'failed' }]);
  const events = (await house.journal.list({ limit: 50, plan: plan.id })).map(({ event }) => event).reverse();
  expect(events).toEqual(['plan_proposed', 'intent', 'recovered', 'recovered']);
});

test('a failure domain stays taken until the end of its disruption was seen; the next plan looks by itself', async () => {
  const path = join(folder, 'domain.db');
  const house = openHouse({ path });
  seedHomelab(house.cluster);
  house.cluster.seed(nodeOf('worker-2'));
  house.cluster.seed({
    kind: 'Pod',
    metadata: { namespace: 'a', name: 'b' },
    spec: { nodeName: 'worker-2', containers: [] },
  });
  const drain = (node: string) => house.gate.propose({ action: 'fake_drain', input: { node }, reason: '' }, callOf());
  const yes = () => callOf(agent, { answer: 'accepted' });
  const [first, second] = [await drain('worker-1'), await drain('worker-2')];
  const drainAction = house.deps.actions.find(({ name }) => name === 'fake_drain');
  if (drainAction === undefined) return expect.unreachable();
  let canSee = false;
  const verify = async (...args: Parameters<typeof drainAction.verify>) =>
    canSee ? drainAction.verify(...args) : { ok: 'unknown' as const, evidence: [] };
  const gate = createGate({ ...house.deps, actions: [{ ...drainAction, verify }] });
  expect(await gate.apply({ planId: first.id, acknowledge: [] }, yes())).toMatchObject({
    outcome: { state: 'in_doubt' },
  });
  expect(await gate.apply({ planId: second.id, acknowledge: [] }, yes())).toMatchObject({ code: 'target_busy' });
  canSee = true;
  expect(await gate.apply({ planId: second.id, acknowledge: [] }, yes())).toMatchObject({ outcome: { state: 'done' } });
  expect(await gate.show(first.id, callOf().session)).toMatchObject({ state: 'done' });
});

test('another cluster under the same name closes nothing', async () => {
  const { house } = await interrupted('after');
  house.cluster.name = 'cluster-b';
  expect(await restart(house, 'dead').recover(signal)).toMatchObject([{ state: 'in_doubt' }]);
});

test('a process that lives is left alone, one on another machine until its heart has stopped', async () => {
  const { house, plan, clock, dying } = await interrupted('after');
  expect(await dying.recover(signal)).toEqual([]);
  const elsewhere = restart(house, 'unknown');
  expect(await elsewhere.recover(signal)).toEqual([]);
  clock.advance(31_000);
  house.journal.beat(plan.id, house.deps.instance.id);
  expect(await elsewhere.recover(signal)).toEqual([]);
  clock.advance(31_000);
  expect(await elsewhere.recover(signal)).toMatchObject([{ planId: plan.id, state: 'done' }]);
});

test('a repeated call finds a crashed one and answers what is seen', async () => {
  const { house, plan } = await interrupted('after');
  const result = await restart(house, 'dead').apply({ planId: plan.id, acknowledge: [] }, callOf());
  expect(result).toMatchObject({ kind: 'ran', repeated: true, outcome: { state: 'done' } });
  expect(house.cluster.effects).toHaveLength(1);
});

test('an action that is not there any more leaves its plan in doubt', async () => {
  const { house } = await interrupted('after');
  const next = createGate({ ...house.deps, actions: [], instance: { id: 'x', liveness: () => 'dead' } });
  expect(await next.recover(signal)).toMatchObject([{ state: 'in_doubt' }]);
});
