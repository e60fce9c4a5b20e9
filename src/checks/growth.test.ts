import { expect, test } from 'vitest';
import { metadataOf } from '../world/proxmox/objects.ts';
import { type Readings, readingKey } from '../world/readings/contract.ts';
import type { AnyCheck } from './define.ts';
import proxmoxDisks from './proxmox/disks.ts';
import { ago, run, type Things, worldOf } from './testing.ts';
import zfsMemory from './zfs/memory.ts';
import zfsPoolHealth from './zfs/pool-health.ts';
import zfsScrub from './zfs/scrub.ts';
import { disk, group, guidOf, host, pool } from './zfs/testing.ts';

/** What only its change tells about: each check with a past that grew, one that stood still, and none. */

const DAY = 1440;
type Look = readonly [minutesAgo: number, value: number];
const past = (resource: string, metric: string, ...looks: readonly Look[]): Readings =>
  new Map([
    [
      readingKey({ resource, metric }),
      looks.map(([minutes, value]) => ({ value, from: ago(minutes), to: ago(minutes) })),
    ],
  ]);
const found = (check: AnyCheck, things: Things): readonly string[] =>
  run(check, worldOf(things)).findings.map(({ severity, fingerprint }) => `${severity} ${fingerprint}`);

const smart = (own: object, readings?: Readings): Things => ({
  proxmoxDisks: [
    {
      metadata: metadataOf('home', 'pve1/sda', 'S1'),
      node: 'pve1',
      device: '/dev/sda',
      serial: 'S1',
      model: 'm',
      type: 'ssd',
      sizeBytes: 1,
      health: 'PASSED',
      used: 'LVM',
      smart: own,
    },
  ],
  ...(readings && { readings }),
});

test('P05: sectors that grow are worse than sectors, and those that stood still for a week are an old story', () => {
  const looks = (...all: readonly Look[]) => past('disk S1', 'pending', ...all);
  expect(found(proxmoxDisks, smart({ pending: 8 }))).toEqual(['medium P05:errors:S1']);
  expect(found(proxmoxDisks, smart({ pending: 8 }, looks([10 * DAY, 2])))).toEqual(['high P05:errors:S1']);
  expect(found(proxmoxDisks, smart({ pending: 8 }, looks([10 * DAY, 8])))).toEqual(['low P05:errors:S1']);
  expect(found(proxmoxDisks, smart({ pending: 8 }, looks([2 * DAY, 8])))).toEqual(['medium P05:errors:S1']);
  expect(found(proxmoxDisks, smart({ pending: 0 }, looks([2 * DAY, 0])))).toEqual([]);
});

test('P05: wear that will not last half a year at its pace; slow wear is nature', () => {
  const looks = (value: number) => past('disk S1', 'wornPercent', [8 * DAY, value]);
  expect(found(proxmoxDisks, smart({ wornPercent: 50 }, looks(46)))).toEqual(['medium P05:wearing:S1']);
  expect(found(proxmoxDisks, smart({ wornPercent: 20 }, looks(18)))).toEqual([]);
  expect(found(proxmoxDisks, smart({ wornPercent: 50 }, looks(49)))).toEqual([]);
});

const counted = (readings?: Readings): Things => ({
  zfsHosts: [host()],
  zfsPools: [pool([group('mirror-0', [disk('a', { errors: { read: 0, write: 0, checksum: 12 } }), disk('b')])])],
  ...(readings && { readings }),
});

test('Z01: counters that were kept after a fault that is over are less than counters that grow', () => {
  const looks = (minutes: number, value: number) => past(`vdev 42 ${guidOf('a')}`, 'errors', [minutes, value]);
  const severity = (things: Things) => found(zfsPoolHealth, things).map((text) => text.split(' ')[0]);
  expect(severity(counted())).toEqual(['high']);
  expect(severity(counted(looks(9 * DAY, 12)))).toEqual(['medium']);
  expect(severity(counted(looks(3 * DAY, 12)))).toEqual(['high']);
  expect(severity(counted(looks(9 * DAY, 4)))).toEqual(['high']);
  expect(run(zfsPoolHealth, worldOf(counted(looks(2 * DAY, 4)))).findings[0]?.evidence.join()).toContain('8 more');
});

const scrubbed = (scan: object, readings?: Readings, annotations: Record<string, string> = {}): Things => ({
  zfsHosts: [host()],
  zfsPools: [
    pool(
      [disk('a')],
      { scan: { errors: 0, kind: 'scrub', ...scan } },
      { metadata: { name: 'tank', namespace: 'pve1', uid: '42', annotations } },
    ),
  ],
  ...(readings && { readings }),
});

test('Z02: a scrub that takes more than twice as long as usual; without a habit a week is the limit', () => {
  const habit = past('pool 42', 'scrubMinutes', [90 * DAY, 300], [60 * DAY, 320], [30 * DAY, 310]);
  const running = (minutes: number) => ({ state: 'running', startedAt: ago(minutes) });
  expect(found(zfsScrub, scrubbed(running(11 * 60), habit))).toEqual(['high Z02:stuck:pve1/tank']);
  expect(found(zfsScrub, scrubbed(running(10 * 60), habit))).toEqual([]);
  expect(found(zfsScrub, scrubbed(running(11 * 60)))).toEqual([]);
  expect(found(zfsScrub, scrubbed({ ...running(11 * 60), kind: 'resilver' }, habit))).toEqual([]);
});

test('Z02: a huge pool says itself how often it is scrubbed', () => {
  const done = { state: 'finished', startedAt: ago(51 * DAY), endedAt: ago(50 * DAY) };
  expect(found(zfsScrub, scrubbed(done))).toEqual(['high Z02:overdue:pve1/tank']);
  expect(found(zfsScrub, scrubbed(done, undefined, { 'steward.dev/scrub-days': '90' }))).toEqual([]);
  expect(found(zfsScrub, scrubbed(done, undefined, { 'steward.dev/scrub-days': 'often' }))).toHaveLength(1);
});

test('Z05: a cache that hits far less than in the week before', () => {
  const looks = (metric: string, ...all: readonly Look[]) => past('arc pve1', metric, ...all);
  const of = (hits: number, misses: number): Things => ({
    zfsHosts: [host({ arc: { sizeBytes: 1, maxBytes: 1, hits, misses } })],
    readings: new Map([
      ...looks('hits', [7 * DAY, 1_000_000], [360, 10_000_000]),
      ...looks('misses', [7 * DAY, 50_000], [360, 500_000]),
    ]),
  });
  expect(found(zfsMemory, of(10_700_000, 800_000))).toEqual(['low Z05:hits:pve1']);
  expect(found(zfsMemory, of(10_900_000, 600_000))).toEqual([]);
  expect(found(zfsMemory, of(10_010_000, 510_000))).toEqual([]);
  expect(found(zfsMemory, of(5_000, 90_000))).toEqual([]);
});
