import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { createWorldReader } from '../create-reader.ts';
import { literalClusters, literalReader, threeNodes } from '../proxmox/testing.ts';
import { changeOf } from './change.ts';
import type { Readings } from './contract.ts';
import { openReadings } from './sqlite-readings.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const HOUR = 3_600_000;
const at = (hoursAgo: number): Date => new Date(+NOW - hoursAgo * HOUR);
const of = { resource: 'disk S1', metric: 'pending' };

/** A counter as it was looked at: hours ago -> value. */
const lookedAt = (...looks: readonly (readonly [hoursAgo: number, value: number])[]): Readings => {
  const store = openReadings(':memory:');
  for (const [hoursAgo, value] of looks) store.keep([{ ...of, value }], at(hoursAgo));
  const past = store.past();
  store.close();
  return past;
};
const change = (value: number, readings: Readings, days = 7) =>
  changeOf(readings, { ...of, value }, { now: NOW, days });

test('without a past there is no change to speak of', () => {
  expect(changeOf(undefined, { ...of, value: 8 }, { now: NOW, days: 7 })).toBeUndefined();
  expect(change(8, new Map())).toBeUndefined();
});

test('growth is counted over the days asked about, or over what is known', () => {
  expect(change(12, lookedAt([400, 2], [200, 5], [24, 8]))).toMatchObject({ grownBy: 7, days: 7, stillDays: 0 });
  expect(change(12, lookedAt([48, 8]))).toMatchObject({ grownBy: 4, days: 2 });
  expect(change(8, lookedAt([400, 8]))).toMatchObject({ grownBy: 0, days: 7, stillDays: 400 / 24 });
});

test('a counter that was cleared is counted from there', () => {
  expect(change(3, lookedAt([100, 40], [50, 0]))).toMatchObject({ grownBy: 3, days: 50 / 24 });
  expect(change(3, lookedAt([100, 40]))).toMatchObject({ grownBy: 3, stillDays: 0 });
  expect(change(0, lookedAt([100, 40]))).toMatchObject({ grownBy: 0 });
});

test('growth is never negative, and never more than the counter', () => {
  const looks = fc.array(fc.tuple(fc.integer({ min: 7, max: 600 }), fc.nat(50)), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(looks, fc.nat(50), (all, value) => {
      const sorted = all.toSorted(([a], [b]) => b - a);
      const found = change(value, lookedAt(...sorted));
      expect(found === undefined || (found.grownBy >= 0 && found.grownBy <= value)).toBe(true);
    }),
  );
});

test('a value that stays is one run, one that changes all the time is kept every six hours, and for a month', () => {
  const store = openReadings(':memory:');
  const still = { resource: 'disk S1', metric: 'pending', value: 0 };
  for (let hour = 24 * 60; hour >= 0; hour--)
    store.keep([still, { resource: 'arc h', metric: 'hits', value: hour }], at(hour));
  const past = store.past();
  expect(past.get('disk S1 pending')).toHaveLength(1);
  const hits = past.get('arc h hits') ?? [];
  expect(hits.length).toBeLessThanOrEqual(4 * 31);
  expect(Date.parse(hits[0]?.from ?? '')).toBeGreaterThanOrEqual(+at(31 * 24));
  store.close();
});

const disk = {
  node: 'pve1',
  device: '/dev/sda',
  byId: undefined,
  serial: 'S1',
  model: 'MX500',
  type: 'ssd',
  sizeBytes: 1,
  health: 'PASSED',
  wearout: undefined,
  used: '',
};

test('a look sees the looks before it, and none of itself; without a store there is no such part', async () => {
  const clock = new ManualClock(NOW.toISOString());
  let pending = 1;
  const proxmox = literalClusters(
    literalReader({
      clusterStatus: async () => ({
        name: 'home',
        quorum: 'quorate',
        nodes: threeNodes(['pve2', 'pve3']),
        expectedVotes: 2,
      }),
      disks: async () => [disk],
      smart: async () => ({ pending: pending++ }),
    }),
  );
  const readings = openReadings(':memory:');
  const reader = createWorldReader({ proxmox, clock, readings });
  const look = async () => {
    const part = (await reader.world({ maxAgeMs: 0, signal: AbortSignal.timeout(5_000) })).part('readings');
    return part.state === 'known' ? part.value.get('disk S1 pending')?.map(({ value }) => value) : part.state;
  };
  expect(await look()).toBeUndefined();
  clock.advance(7 * HOUR);
  expect(await look()).toEqual([1]);
  readings.close();
  clock.advance(7 * HOUR);
  expect(await look()).toBe('unknown');
  const bare = createWorldReader({ proxmox, clock });
  expect((await bare.world({ maxAgeMs: 0, signal: AbortSignal.timeout(5_000) })).part('readings').state).toBe('absent');
});
