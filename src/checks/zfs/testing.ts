import type { Touch, WriteVerb } from '../../core/change.ts';
import type { Effect } from '../../core/effect.ts';
import type { Target } from '../../core/target.ts';
import type { Thing } from '../testing.ts';

/** Literal ZFS objects for tests: what matters, in the shape of the world. */

type Fields = Readonly<Record<string, unknown>>;

let guids = 1_000_000;
const none = { read: 0, write: 0, checksum: 0 };

export const disk = (name: string, more: Fields = {}): Fields => ({
  name: `/dev/disk/by-id/ata-${name}-part1`,
  path: `/dev/disk/by-id/ata-${name}-part1`,
  type: 'disk',
  guid: guidOf(name),
  class: 'normal',
  state: 'ONLINE',
  errors: none,
  children: [],
  ...more,
});

/** The same disk has the same guid in every world of a test. */
const known = new Map<string, string>();
export function guidOf(name: string): string {
  const guid = known.get(name) ?? String(++guids);
  known.set(name, guid);
  return guid;
}

export const group = (name: string, children: readonly Fields[], more: Fields = {}): Fields => {
  const own = more['class'] ?? 'normal';
  return {
    name,
    type: name.replace(/[-\d].*$/, ''),
    guid: guidOf(`row ${name}`),
    class: own,
    state: children.every(({ state }) => state === 'ONLINE') ? 'ONLINE' : 'DEGRADED',
    errors: none,
    children: children.map((child) => ({ ...child, class: own })),
    ...more,
  };
};

export const raidz3 = (prefix: string, more: Readonly<Record<number, Fields>> = {}): Fields =>
  group(
    `raidz3-${prefix}`,
    Array.from({ length: 10 }, (_, index) => disk(`${prefix}${index}`, more[index])),
  );

export const pool = (vdevs: readonly Fields[], facts: Fields = {}, object: Fields = {}): Thing => ({
  metadata: { name: 'tank', namespace: 'pve1', uid: '42' },
  pool: {
    name: 'tank',
    guid: '42',
    state: vdevs.every(({ state }) => state === 'ONLINE') ? 'ONLINE' : 'DEGRADED',
    work: [],
    scan: {
      kind: 'scrub',
      state: 'finished',
      startedAt: '2026-11-15T00:00:00Z',
      endedAt: '2026-11-15T14:00:00Z',
      errors: 0,
    },
    vdevs,
    dataErrors: { state: 'listed', count: 0, names: [] },
    ...facts,
  },
  ...object,
});

export const dataset = (name: string, more: Fields = {}): Thing => ({
  metadata: { name, namespace: 'pve1', uid: `guid of ${name}` },
  type: 'filesystem',
  used: 1000,
  available: 1000,
  referenced: 1000,
  mountpoint: `/${name}`,
  encryption: 'off',
  createdAt: '2026-01-01T00:00:00Z',
  properties: {},
  ...more,
});

export const snapshots = (name: string, more: Fields = {}): Thing => ({
  metadata: { name, namespace: 'pve1' },
  count: 1,
  usedBytes: 0,
  newest: { name: 'daily', guid: '7', createdAt: '2026-11-20T00:00:00Z' },
  held: [],
  cloned: [],
  marked: [],
  ...more,
});

/** A member that is `undefined` in `more` is left out. */
export function hostDisk(name: string, more: Fields = {}): Thing {
  const all: Thing = {
    metadata: { name: `ata-${name}`, namespace: 'pve1', uid: name },
    path: `/dev/disk/by-id/ata-${name}`,
    allIds: [`/dev/disk/by-id/ata-${name}`],
    kernelName: `sd${name}`,
    serial: name,
    sizeBytes: 18_000,
    physicalSectorBytes: 4096,
    uses: [],
    ...more,
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), metadata: all.metadata };
}

export const host = (more: Fields = {}): Thing => ({ metadata: { name: 'pve1' }, unread: [], ...more });

export const target = (kind: string, name: string): Target => ({ system: 'zfs', kind, namespace: 'pve1', name });

/** One planned write on ZFS. */
export const touching = (
  verb: WriteVerb,
  kind: string,
  name: string,
  more: { targets?: readonly Target[]; effects?: readonly Effect[] } = {},
): { touches: readonly Touch[]; targets: readonly Target[]; effects: readonly Effect[] } => ({
  touches: [{ verb, target: target(kind, name) }],
  targets: more.targets ?? [target(kind, name)],
  effects: more.effects ?? [],
});
