import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { callOf, type House } from '../../../src/guard/testing.ts';
import { EFFECT, makeFiles, openHere, startWorker } from './support.ts';
import type { Work } from './worker.ts';

const POINTS: readonly (readonly [NonNullable<Work['dieAt']>, 'no plan' | 'not begun' | 'failed' | 'done'])[] = [
  ['propose:parsed', 'no plan'],
  ['propose:drafted', 'no plan'],
  ['propose:gathered', 'no plan'],
  ['propose:judged', 'no plan'],
  ['propose:consulted', 'no plan'],
  ['propose:decided', 'no plan'],
  ['propose:stored', 'not begun'],
  ['apply:approved', 'not begun'],
  ['apply:claimed', 'failed'],
  ['apply:rechecked', 'failed'],
  ['apply:minted', 'failed'],
  ['write:before', 'failed'],
  ['write:after', 'done'],
  ['apply:ran', 'done'],
  ['apply:verified', 'done'],
  ['apply:recorded', 'done'],
];

function files() {
  const made = makeFiles();
  onTestFinished(() => made.remove());
  return made;
}

/** What every crash must leave behind, wherever it was. */
async function demandSound(house: House): Promise<string[]> {
  const entries = await house.journal.list({ limit: 100 });
  expect(await house.journal.verify()).toMatchObject({ ok: true });
  expect(house.cluster.effects.length).toBeLessThanOrEqual(1);
  // No effect without an intent that was on the disk.
  if (house.cluster.effects.length > 0) expect(entries.map(({ event }) => event)).toContain('intent');
  return entries.map(({ event }) => event);
}

test.each(POINTS)('killed at %s: %s', async (dieAt, expected) => {
  const shared = files();
  const { signal, stderr } = await startWorker({ ...shared, dieAt }).ended;
  expect(signal, stderr).toBe('SIGKILL');
  const house = openHere(shared);
  expect(house.writable).toBe(true);
  await demandSound(house);
  const outcomes = await house.gate.recover(new AbortController().signal);
  const [planId] = house.journal.plansWith(['plan_proposed'], 1);
  if (expected === 'no plan') {
    expect(planId).toBeUndefined();
  } else if (expected === 'not begun') {
    expect(outcomes).toEqual([]);
    // Nothing was claimed: the plan may still be carried out, once.
    expect(await house.gate.apply({ planId: planId ?? '', acknowledge: [] }, callOf())).toMatchObject({
      kind: 'ran',
      repeated: false,
    });
    expect(house.cluster.effects).toEqual([EFFECT]);
  } else {
    const before = house.cluster.effects;
    const again = await house.gate.apply({ planId: planId ?? '', acknowledge: [] }, callOf());
    expect(again).toMatchObject({ kind: 'ran', repeated: true, outcome: { state: expected } });
    expect(house.cluster.effects).toEqual(before);
    expect(before).toEqual(expected === 'done' ? [EFFECT] : []);
    expect(house.journal.leases.of(planId ?? '')).toEqual([]);
  }
  await demandSound(house);
  house.journal.close();
});

test('killed at any moment: nothing is lost, nothing runs twice, and the target is free again', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 60 }), async (delayMs) => {
      const shared = makeFiles();
      const child = startWorker({ ...shared, writeMs: 15 });
      const planId = await child.planned;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      child.kill();
      await child.ended;
      const house = openHere(shared);
      await demandSound(house);
      await house.gate.recover(new AbortController().signal);
      const result = await house.gate.apply({ planId, acknowledge: [] }, callOf());
      expect(result).toMatchObject({ kind: 'ran' });
      expect(house.journal.openPlans()).toEqual([]);
      expect(house.journal.leases.of(planId)).toEqual([]);
      await demandSound(house);
      house.journal.close();
      shared.remove();
    }),
    { numRuns: 20 },
  );
});
