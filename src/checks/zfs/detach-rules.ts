import type { Touch } from '../../core/change.ts';
import { isLeaf, nameOf, redundancyOf, redundancyText, type Vdev, walkVdevs } from '../../world/zfs/health.ts';
import { zfsKey } from '../../world/zfs/objects.ts';
import type { FoundFault } from '../define.ts';
import { faultOf, type PlannedWorld, poolBefore, type Rule } from './planned-support.ts';

/** Rules of a disk that leaves a mirror for good. */

const guidIn = ({ target }: Touch): string => /\/(\d+)/.exec(target.name)?.[1] ?? '';

const rowOf = (vdevs: readonly Vdev[], guid: string): Vdev | undefined =>
  [...walkVdevs(vdevs)].find(({ children }) => children.some((child) => child.guid === guid));

const topOf = (vdevs: readonly Vdev[], guids: ReadonlySet<string>): Vdev | undefined =>
  vdevs.find((top) => [...walkVdevs([top])].some(({ guid }) => guids.has(guid)));

const ROWS: ReadonlySet<string> = new Set(['mirror', 'replacing', 'spare']);

/** ZFS detaches from mirrors and replacements only; anything else is the last copy of something. */
const isASide: Rule = (touch, world) => {
  const pool = poolBefore(touch.target, world);
  const guid = guidIn(touch);
  const leaf = [...walkVdevs(pool?.pool.vdevs ?? [])].find((vdev) => vdev.guid === guid);
  if (pool === undefined || leaf === undefined || !isLeaf(leaf))
    return [
      faultOf(touch, 'unknown-vdev', {
        message: `There is no disk with the guid ${guid} in that pool.`,
        remedy: 'Take the guid from zfs_disks.',
      }),
    ];
  const row = rowOf(pool.pool.vdevs, guid);
  return row !== undefined && ROWS.has(row.type)
    ? []
    : [
        faultOf(touch, 'no-side', {
          message: `${nameOf(leaf)} is no side of a mirror${row === undefined ? ': it is the only disk of its vdev' : `: it is part of ${row.name}`}.`,
          remedy:
            leaf.class === 'normal' || leaf.class === 'special' || leaf.class === 'dedup'
              ? 'Replace it instead (zfs_replace_disk).'
              : 'Replace it (zfs_replace_disk), or let a person take it out for good: zpool remove.',
        }),
      ];
};

/** What stays must still bear a failure, and must be whole. */
const redundancyStays: Rule = (touch, world) => {
  const before = poolBefore(touch.target, world)?.pool;
  const after = poolAfter(touch, world)?.pool;
  const guid = guidIn(touch);
  const top = before && topOf(before.vdevs, new Set([guid]));
  if (before === undefined || after === undefined || top === undefined) return [];
  const kept = new Set([...walkVdevs([top])].map((vdev) => vdev.guid).filter((one) => one !== guid));
  const rest = topOf(after.vdevs, kept);
  const left = redundancyOf(after).find(({ vdev }) => vdev === rest);
  if (left === undefined || left.left > 0) return [];
  return [
    faultOf(touch, left.left < 0 ? 'lost' : 'bare', {
      message: `REDUNDANCY LEFT: none. ${redundancyText(left)}: the next failure there loses ${top.class === 'log' ? 'what was just written' : 'the pool'}.`,
      evidence: [`${top.name} has ${top.children.length} sides now`],
      remedy: 'Attach another disk first (zfs_attach_disk), or replace this one (zfs_replace_disk).',
    }),
  ];
};

const poolAfter = ({ target }: Touch, world: PlannedWorld) =>
  world.zfsPools.get(zfsKey(target.namespace ?? '', target.name.split('/')[0] ?? ''));

/** While it is being filled, nobody knows which side is whole. */
const nothingIsFilled: Rule = (touch, world): readonly FoundFault[] => {
  const scan = poolBefore(touch.target, world)?.pool.scan;
  if (scan?.state !== 'running' || scan.kind === 'scrub' || scan.kind === 'error_scrub') return [];
  return [
    faultOf(touch, 'busy', {
      message: `A ${scan.kind} is running there: it has to end first.`,
      remedy: 'Watch it with zfs_status.',
    }),
  ];
};

export const detachRules: Readonly<Record<string, readonly Rule[]>> = {
  'patch VdevDetach': [isASide, redundancyStays, nothingIsFilled],
};
