import * as z from 'zod';
import { sizeText } from '../../core/size.ts';
import type { ZfsDataset, ZfsPool, ZfsSnapshots } from '../../world/zfs/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, isOlderThan, minutesSince } from '../facts.ts';
import { poolId, poolLabel, subjectOf, unreadHosts } from './facts.ts';

export default defineCheck({
  id: 'Z04',
  title: 'Every pool has room, and datasets with a snapshot policy follow it',
  severity: 'medium',
  why: 'A full pool cannot even be freed: snapshots and deletes need space too. The free space of zpool ignores slop and parity, so what the root dataset can still take counts.',
  needs: ['zfsPools', 'zfsHosts'],
  wants: ['zfsDatasets', 'zfsSnapshots'],
  params: z.strictObject({
    fullPercent: z.int().min(1).max(100).default(80),
    criticalPercent: z.int().min(1).max(100).default(90),
    fragmentationPercent: z.int().min(1).max(100).default(60),
    snapshotPercent: z.int().min(1).max(100).default(30),
  }),
  introduced: 'ask',
  evaluate({ zfsPools, zfsHosts, zfsDatasets, zfsSnapshots }, { params, now }) {
    const bySnapshots = zfsSnapshots && snapshotBytes(zfsSnapshots);
    return [
      ...[...zfsPools.values()].flatMap((pool) => [
        ...full(pool, params),
        ...fragmented(pool, params.fragmentationPercent),
        ...heldBySnapshots(pool, bySnapshots?.get(poolId(pool.metadata)), params.snapshotPercent),
      ]),
      ...(zfsDatasets && zfsSnapshots ? behindPolicy(zfsDatasets, zfsSnapshots, now) : []),
      ...unreadHosts('Z04', zfsHosts, 'pools'),
    ];
  },
});

const faultOf = (
  object: ZfsPool,
  kind: string,
  own: Pick<FoundFault, 'message' | 'evidence' | 'remedy'> & Pick<Partial<FoundFault>, 'severity'>,
): FoundFault => ({
  target: poolLabel(object),
  subject: subjectOf('zfsPools', object),
  fingerprint: `Z04:${kind}:${poolId(object.metadata)}`,
  lessons: [],
  ...own,
});

/** The worse of the two figures, in per cent. */
function usedPercent({ space }: ZfsPool): number | undefined {
  if (space === undefined) return undefined;
  const { used, available, capacity } = space;
  if (used === undefined || available === undefined || used + available === 0) return capacity;
  return Math.max(capacity, Math.round((used / (used + available)) * 100));
}

function full(object: ZfsPool, limits: { fullPercent: number; criticalPercent: number }): readonly FoundFault[] {
  const used = usedPercent(object);
  if (used === undefined || used < limits.fullPercent) return [];
  const isCritical = used >= limits.criticalPercent;
  const { available, free, capacity } = object.space ?? {};
  return [
    faultOf(object, `full:${isCritical ? 'critical' : 'high'}`, {
      severity: isCritical ? 'high' : 'medium',
      message: `${poolLabel(object)} is ${used} % full.`,
      evidence: [
        `its datasets can take ${sizeText(available ?? free ?? 0)} more; zpool says ${capacity ?? '?'} % of the raw space`,
      ],
      remedy:
        'Free space (old snapshots first, see zfs_datasets), or add a vdev of the same kind; a lone disk is never added.',
    }),
  ];
}

const fragmented = (object: ZfsPool, limit: number): readonly FoundFault[] => {
  const percent = object.space?.fragmentation;
  if (percent === undefined || percent <= limit) return [];
  return [
    faultOf(object, 'fragmented', {
      severity: 'low',
      message: `The free space of ${poolLabel(object)} is ${percent} % fragmented: writes get slow.`,
      evidence: [`more than ${limit} %`],
      remedy: 'Keep more of the pool free; only rewriting data makes it whole again.',
    }),
  ];
};

function snapshotBytes(snapshots: ReadonlyMap<string, ZfsSnapshots>): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { metadata, usedBytes } of snapshots.values()) {
    const pool = `${metadata.namespace ?? ''}/${metadata.name.split('/')[0] ?? ''}`;
    sums.set(pool, (sums.get(pool) ?? 0) + usedBytes);
  }
  return sums;
}

function heldBySnapshots(object: ZfsPool, bytes: number | undefined, limit: number): readonly FoundFault[] {
  const used = object.space?.used;
  if (bytes === undefined || used === undefined || used === 0 || (bytes / used) * 100 <= limit) return [];
  return [
    faultOf(object, 'snapshots', {
      message: `Snapshots hold ${Math.round((bytes / used) * 100)} % of what ${poolLabel(object)} uses.`,
      evidence: [`${sizeText(bytes)} at least, of ${sizeText(used)}`],
      remedy: 'See which datasets keep them (zfs_datasets) and whether their rotation still runs.',
    }),
  ];
}

/** `steward.dev:snapshot-hours` on a dataset or above it: its newest snapshot may be that old. Without it there is no policy. */
function behindPolicy(
  datasets: ReadonlyMap<string, ZfsDataset>,
  snapshots: ReadonlyMap<string, ZfsSnapshots>,
  now: Date,
): readonly FoundFault[] {
  return [...datasets].flatMap(([key, dataset]): readonly FoundFault[] => {
    const hours = policyOf(key, datasets);
    if (hours === undefined || !isOlderThan(dataset.createdAt, hours * 60, now)) return [];
    const newest = snapshots.get(key)?.newest;
    if (newest !== undefined && !isOlderThan(newest.createdAt, hours * 60, now)) return [];
    const age = newest && durationText(minutesSince(newest.createdAt, now) ?? 0);
    return [
      {
        target: `Dataset ${key}`,
        subject: subjectOf('zfsDatasets', dataset),
        message: `Dataset ${key} should have a snapshot every ${hours} hours, and ${age === undefined ? 'has none' : `its newest is ${age} old`}.`,
        evidence: [
          `steward.dev:snapshot-hours=${hours}`,
          ...(newest ? [`@${newest.name} of ${newest.createdAt}`] : []),
        ],
        remedy: 'See why the job that makes them (sanoid, zfs-auto-snapshot, cron) has not run.',
        fingerprint: `Z04:policy:${key}`,
        lessons: [],
      },
    ];
  });
}

function policyOf(key: string, datasets: ReadonlyMap<string, ZfsDataset>): number | undefined {
  for (let at = key; at.includes('/'); at = at.slice(0, at.lastIndexOf('/'))) {
    const hours = Number(datasets.get(at)?.properties['steward.dev:snapshot-hours'] ?? Number.NaN);
    if (!Number.isNaN(hours)) return hours > 0 ? hours : undefined;
  }
  return undefined;
}
