import * as z from 'zod';
import type { Severity } from '../../core/severity.ts';
import {
  abnormalVdevs,
  isAbnormal,
  isLeaf,
  nameOf,
  type Redundancy,
  redundancyOf,
  type Vdev,
  type VdevClass,
  walkVdevs,
} from '../../world/zfs/health.ts';
import type { ZfsPool } from '../../world/zfs/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, enumerate } from '../facts.ts';
import { poolId, poolLabel, subjectOf, unreadHosts } from './facts.ts';

export default defineCheck({
  id: 'Z03',
  title: 'Log, cache, special and spare devices are there, and no weaker than the data they serve',
  severity: 'high',
  why: 'These devices fail in silence: the pool says ONLINE or shows another message. A lost special vdev is a lost pool. How many a pool should have is declared on it (zfs set steward.dev:layout=log:1,l2cache:1 POOL); what was taken out on purpose is not missed.',
  needs: ['zfsPools', 'zfsHosts'],
  params: z.strictObject({}),
  introduced: 'ask',
  evaluate: ({ zfsPools, zfsHosts }) => [
    ...[...zfsPools.values()].flatMap((pool) => [
      ...broken(pool),
      ...weakerThanData(pool),
      ...lone(pool),
      ...missing(pool),
    ]),
    ...unreadHosts('Z03', zfsHosts, 'pools'),
  ],
});

const WORDS: Readonly<Record<VdevClass, string>> = {
  normal: 'data',
  special: 'special',
  dedup: 'dedup',
  log: 'log (SLOG)',
  l2cache: 'cache (L2ARC)',
  spare: 'spare',
};
const SEVERITY: Readonly<Record<VdevClass, Severity>> = {
  normal: 'high',
  special: 'high',
  dedup: 'high',
  log: 'high',
  l2cache: 'low',
  spare: 'medium',
};
const MEANING: Readonly<Record<VdevClass, string>> = {
  normal: '',
  special: 'Without its special vdev the pool is lost: replace the disk at once (zfs_disks, zfs_replace_disk).',
  dedup: 'Without its dedup vdev the pool is lost: replace the disk at once (zfs_disks, zfs_replace_disk).',
  log: 'Synchronous writes go to the data disks now, and what was in the log at a crash is lost: replace it, or take it out on purpose.',
  l2cache: 'Reads are slower; nothing is lost. Replace it, or take it out on purpose.',
  spare: 'No spare takes over at the next failure: replace it.',
};

type Own = Pick<FoundFault, 'message' | 'evidence' | 'remedy' | 'severity'>;
const faultOf = (object: ZfsPool, kind: string, own: Own): FoundFault => ({
  target: poolLabel(object),
  subject: subjectOf('zfsPools', object),
  fingerprint: `Z03:${kind}:${poolId(object.metadata)}`,
  lessons: ['zfs-slog-single'],
  ...own,
});

/** One finding per class: every helper that does not work, whatever the pool's own message is about. */
function broken(object: ZfsPool): readonly FoundFault[] {
  const groups = Map.groupBy(
    abnormalVdevs(object.pool).filter((vdev) => isLeaf(vdev) && vdev.class !== 'normal'),
    (vdev) => vdev.class,
  );
  return [...groups].map(([group, vdevs]) => {
    const weakest = redundancyOf(object.pool)
      .filter(({ vdev }) => vdev.class === group)
      .toSorted((a, b) => a.left - b.left)[0];
    const isLastLine = (group === 'special' || group === 'dedup') && (weakest?.left ?? 0) <= 0;
    return faultOf(object, `${group}:${isLastLine ? 'bare' : 'broken'}`, {
      severity: isLastLine ? 'critical' : SEVERITY[group],
      message: `${poolLabel(object)}: ${enumerate(vdevs.map(nameOf))} of its ${WORDS[group]} vdev${vdevs.length === 1 ? '' : 's'} does not work${leftText(weakest)}.`,
      evidence: vdevs.map((vdev) => `${nameOf(vdev)}: ${vdev.state}${vdev.aux === undefined ? '' : ` ${vdev.aux}`}`),
      remedy: MEANING[group],
    });
  });
}

const leftText = (weakest: Redundancy | undefined): string =>
  weakest === undefined
    ? ''
    : weakest.left < 0
      ? '; nothing of it is left'
      : `; redundancy left: ${weakest.left === 0 ? 'none' : count(weakest.left, 'disk')}`;

/** What a special vdev can lose by design, against the weakest data vdev. */
function weakerThanData(object: ZfsPool): readonly FoundFault[] {
  const all = redundancyOf(object.pool);
  const data = Math.min(...all.filter(({ vdev }) => vdev.class === 'normal').map(({ full }) => full));
  return all
    .filter(({ vdev, full }) => (vdev.class === 'special' || vdev.class === 'dedup') && full < data)
    .map(({ vdev, full }) =>
      faultOf(object, `weak:${idOf(vdev)}`, {
        severity: full === 0 ? 'critical' : 'low',
        message: `${poolLabel(object)}: its ${vdev.class} vdev ${nameOf(vdev)} survives ${full === 0 ? 'no lost disk' : `only ${count(full, 'lost disk')}`}, the data vdevs ${data}.`,
        evidence: [`losing ${nameOf(vdev)} loses the whole pool`],
        remedy: `Attach ${full === 0 ? 'a' : 'another'} disk to ${nameOf(vdev)} (zfs_attach_disk).`,
      }),
    );
}

/** While a device of its own is replaced, the old one stands for the place that both have. */
const placeOf = (vdev: Vdev): Vdev =>
  vdev.type === 'replacing' || vdev.type === 'spare' ? placeOf(vdev.children[0] ?? { ...vdev, type: 'disk' }) : vdev;

const idOf = (vdev: Vdev): string => placeOf(vdev).guid || placeOf(vdev).name;

/** A log on one device: up to five seconds of synchronous writes hang on it at a crash. */
const lone = (object: ZfsPool): readonly FoundFault[] =>
  redundancyOf(object.pool)
    .filter(({ vdev, full }) => vdev.class === 'log' && full === 0 && !isAbnormal(vdev))
    .map(({ vdev }) =>
      faultOf(object, `lone:${idOf(vdev)}`, {
        severity: 'low',
        message: `${poolLabel(object)}: its log device ${nameOf(placeOf(vdev))} has no mirror.`,
        evidence: ['the pool survives its loss; synchronous writes of the last seconds may not'],
        remedy: 'Attach a second device to it (zfs_attach_disk) if those writes matter.',
      }),
    );

/** Only against what a person has declared: a device that was taken out on purpose leaves no trace, and is no fault. */
function missing(object: ZfsPool): readonly FoundFault[] {
  const there = Map.groupBy(object.pool.vdevs, ({ class: group }) => group);
  return Object.entries(object.layout ?? {}).flatMap(([name, wanted]) => {
    const group = CLASSES.get(name);
    const has = (group && there.get(group)?.filter((vdev) => !isGone(vdev)).length) ?? 0;
    if (group === undefined || has >= wanted) return [];
    return [
      faultOf(object, `missing:${group}`, {
        severity: SEVERITY[group],
        message: `${poolLabel(object)} should have ${count(wanted, `${WORDS[group]} vdev`)} and has ${has === 0 ? 'none' : has}.`,
        evidence: [`steward.dev:layout of ${object.metadata.name} says ${name}:${wanted}`],
        remedy: 'Add it again, or correct steward.dev:layout when it was taken out on purpose.',
      }),
    ];
  });
}

const CLASSES: ReadonlyMap<string, VdevClass> = new Map(
  (['special', 'dedup', 'log', 'l2cache', 'spare'] as const).map((group) => [group, group]),
);

/** One that is broken is told by `broken`. */
const isGone = (vdev: Vdev): boolean =>
  [...walkVdevs([vdev])].every(({ type }) => type === 'indirect' || type === 'missing');
