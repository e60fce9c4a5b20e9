import type { Touch } from '../../core/change.ts';
import { sizeText } from '../../core/size.ts';
import { type Target, targetLabel } from '../../core/target.ts';
import {
  abnormalVdevs,
  isLeaf,
  nameOf,
  redundancyOf,
  redundancyText,
  type Vdev,
  walkVdevs,
} from '../../world/zfs/health.ts';
import { isOnDisk, zfsKey } from '../../world/zfs/objects.ts';
import type { ZfsDisk, ZfsPool } from '../../world/zfs/schema.ts';
import { beforeChange } from '../before-change.ts';
import type { FoundFault } from '../define.ts';
import { count, enumerate } from '../facts.ts';
import { isSuspended } from './facts.ts';
import { faultOf, type PlannedWorld, poolBefore, type Rule } from './planned-support.ts';

/** Rules about disks and pools of Z06. A target reads `pool/guid` or `pool/guid:/dev/disk/by-id/...`. */

const guidIn = ({ name }: Target): string => /\/(\d+)/.exec(name)?.[1] ?? '';
const diskIn = ({ name }: Target): string => name.slice(name.indexOf(':') + 1);

const topOf = (pool: ZfsPool | undefined, guid: string): Vdev | undefined =>
  pool?.pool.vdevs.find((top) => [...walkVdevs([top])].some((vdev) => vdev.guid === guid));

const vdevOf = (pool: ZfsPool | undefined, guid: string): Vdev | undefined =>
  [...walkVdevs(pool?.pool.vdevs ?? [])].find((vdev) => vdev.guid === guid);

const poolAfter = (touch: Touch, world: PlannedWorld): ZfsPool | undefined =>
  world.zfsPools.get(zfsKey(touch.target.namespace ?? '', touch.target.name.split('/')[0] ?? ''));

/** What is left once the disk is out: less than nothing is lost data, nothing is one disk away from it. */
const keepsRedundancy: Rule = (touch, world) => {
  const pool = poolAfter(touch, world);
  const top = topOf(pool, guidIn(touch.target));
  if (pool === undefined || top === undefined) return [unknownVdev(touch)];
  const left = redundancyOf(pool.pool).find(({ vdev }) => vdev === top);
  if (left === undefined || left.left > 0) return [];
  const isSpecial = top.class === 'special' || top.class === 'dedup';
  return [
    faultOf(touch, left.left < 0 ? 'lost' : 'bare', {
      introduced: left.left < 0 ? 'deny' : 'ask',
      lessons: ['zfs-slog-single'],
      message:
        left.left < 0
          ? `It would take the last redundancy and more: ${redundancyText(left)}.`
          : `REDUNDANCY LEFT: none. ${redundancyText(left)}${isSpecial ? ', and losing it is losing the whole pool' : ''}.`,
      evidence: abnormalVdevs(pool.pool)
        .filter(isLeaf)
        .slice(0, 8)
        .map((vdev) => `${nameOf(vdev)}: ${vdev.state}`),
      remedy:
        left.left < 0
          ? 'Replace what has failed already, and wait for its resilver.'
          : 'Replace the disk while it still works (zfs_replace_disk) instead of taking it out first.',
    }),
  ];
};

const unknownVdev = (touch: Touch): FoundFault =>
  faultOf(touch, 'unknown-vdev', {
    message: `There is no vdev with the guid ${guidIn(touch.target)} in that pool.`,
    remedy: 'Take the guid from zfs_disks.',
  });

const disksBefore = (world: PlannedWorld): ReadonlyMap<string, ZfsDisk> | undefined =>
  world.zfsDisks && beforeChange('zfsDisks', world.zfsDisks, world.change, world.replaced);

/** The new disk must be empty, known by its serial, and large enough. */
const newDiskFits: Rule = (touch, world) => {
  const path = diskIn(touch.target);
  const host = touch.target.namespace ?? '';
  const disks = disksBefore(world);
  const disk = [...(disks?.values() ?? [])].find(
    ({ metadata, allIds }) => metadata.namespace === host && allIds.includes(path),
  );
  if (disk === undefined || disks === undefined)
    return [
      faultOf(touch, 'no-disk', {
        message: `${path} is no disk that ${host} shows: nothing can be said about what is on it.`,
        remedy: 'Take the name from zfs_disks.',
      }),
    ];
  const pool = poolBefore(touch.target, world);
  const peers = [...disks.values()].filter(
    ({ metadata, member }) =>
      metadata.namespace === host &&
      member?.pool === pool?.pool.name &&
      member?.top === topOf(pool, guidIn(touch.target))?.name,
  );
  return [
    ...inUse(touch, disk, poolsOn(host, world)),
    ...withoutSerial(touch, disk),
    ...tooSmall(touch, disk, peers),
    ...sectorsDiffer(touch, disk, peers),
  ];
};

const poolsOn = (host: string, world: PlannedWorld): readonly ZfsPool[] =>
  [...beforeChange('zfsPools', world.zfsPools, world.change, world.replaced).values()].filter(
    ({ metadata }) => metadata.namespace === host,
  );

function inUse(touch: Touch, disk: ZfsDisk, pools: readonly ZfsPool[]): readonly FoundFault[] {
  const owner = pools.find(({ pool }) =>
    [...walkVdevs(pool.vdevs)].some((vdev) => isLeaf(vdev) && isOnDisk(vdev, disk)),
  );
  if (owner === undefined && disk.member === undefined && disk.uses.length === 0) return [];
  const where = owner ? [`it is part of pool ${owner.pool.name}`] : [];
  return [
    faultOf(touch, 'disk-in-use', {
      message: `${disk.metadata.name} (serial ${disk.serial ?? 'unknown'}) is in use: ${enumerate([...where, ...disk.uses], 4) || 'it belongs to a pool'}.`,
      remedy: 'Choose a free disk from zfs_disks; a used one is never overwritten here.',
    }),
  ];
}

const withoutSerial = (touch: Touch, disk: ZfsDisk): readonly FoundFault[] =>
  disk.serial !== undefined
    ? []
    : [
        faultOf(touch, 'no-serial', {
          message: `${disk.metadata.name} tells no serial number: nobody can check that it is the disk that is meant.`,
          remedy: 'Choose a disk with a serial number.',
        }),
      ];

function tooSmall(touch: Touch, disk: ZfsDisk, peers: readonly ZfsDisk[]): readonly FoundFault[] {
  const needed = Math.min(...peers.map(({ sizeBytes }) => sizeBytes));
  if (peers.length === 0 || disk.sizeBytes >= needed) return [];
  return [
    faultOf(touch, 'too-small', {
      message: `${disk.metadata.name} has ${sizeText(disk.sizeBytes)}, the vdev needs ${sizeText(needed)}.`,
      // Two disks of one label may differ by some sectors only.
      evidence: [`${disk.sizeBytes} of ${needed} bytes`],
      remedy: 'Choose a disk that is at least as large as the others of its vdev.',
    }),
  ];
}

/** A disk with larger sectors than the vdev was made for would be slow for ever; smaller ones do no harm. */
function sectorsDiffer(touch: Touch, disk: ZfsDisk, peers: readonly ZfsDisk[]): readonly FoundFault[] {
  const known = peers.map(({ physicalSectorBytes }) => physicalSectorBytes).filter((size) => size !== undefined);
  const own = disk.physicalSectorBytes;
  if (own === undefined || known.length === 0 || own <= Math.max(...known)) return [];
  return [
    faultOf(touch, 'sectors', {
      message: `${disk.metadata.name} has sectors of ${own} bytes, the other disks of the vdev ${Math.max(...known)}.`,
      remedy: 'Choose a disk with sectors of the same size.',
    }),
  ];
}

/** The wrong disk is the risk: a healthy one is not replaced while another one beside it has failed. */
const oldDiskIsTheBadOne: Rule = (touch, world) => {
  const pool = poolBefore(touch.target, world);
  const old = vdevOf(pool, guidIn(touch.target));
  if (pool === undefined || old === undefined || !isLeaf(old)) return [unknownVdev(touch)];
  const isWell = ({ state, errors }: Vdev): boolean =>
    (state === 'ONLINE' || state === 'AVAIL') && errors.read + errors.write + errors.checksum === 0;
  if (!isWell(old)) return [];
  const failed = abnormalVdevs(pool.pool).filter((vdev) => isLeaf(vdev) && vdev.class === old.class);
  if (failed.length === 0) return [];
  return [
    faultOf(touch, 'healthy', {
      message: `${nameOf(old)} works and has no errors, while ${enumerate(failed.map(nameOf))} ${failed.length === 1 ? 'has' : 'have'} failed: that is the disk to replace.`,
      evidence: failed.map((vdev) => `${nameOf(vdev)} (guid ${vdev.guid}): ${vdev.state}`),
      remedy: `Plan zfs_replace_disk for guid ${failed[0]?.guid ?? '?'}.`,
    }),
  ];
};

const running = ({ pool }: ZfsPool): string | undefined => {
  const { scan, work } = pool;
  if (scan?.state === 'running' && (scan.kind === 'resilver' || scan.kind === 'rebuild')) return `a ${scan.kind}`;
  return work.some(({ kind, state }) => kind === 'raidz_expansion' && state === 'running')
    ? 'a raidz expansion'
    : undefined;
};

const nothingElseRuns: Rule = (touch, world) => {
  const pool = poolBefore(touch.target, world);
  const what = pool && running(pool);
  if (what === undefined) return [];
  return [
    faultOf(touch, 'busy', {
      message: `${what} is running on ${targetLabel(touch.target)}: it has to end first.`,
      remedy: 'Watch it with zfs_status.',
    }),
  ];
};

/** Attaching is refused by ZFS inside of a raidz, to a cache or a spare, and while a checkpoint exists. */
const canAttach: Rule = (touch, world) => {
  const pool = poolBefore(touch.target, world);
  const vdev = vdevOf(pool, guidIn(touch.target));
  const top = topOf(pool, guidIn(touch.target));
  if (vdev === undefined || top === undefined) return [unknownVdev(touch)];
  if (top.class === 'l2cache' || top.class === 'spare')
    return [
      faultOf(touch, 'no-mirror', {
        message: `${nameOf(vdev)} is a ${top.class === 'spare' ? 'spare' : 'cache'}: no mirror can be made of it.`,
        remedy: 'A person adds a second one: zpool add.',
      }),
    ];
  if (vdev !== top && /^(?:raidz|draid)/.test(top.type))
    return [
      faultOf(touch, 'no-mirror', {
        message: `${nameOf(vdev)} is part of ${top.name}: no mirror can be made of it.`,
        remedy: `Replace it (zfs_replace_disk), or widen ${top.name} for good with its own guid ${top.guid}.`,
      }),
    ];
  return whileCheckpoint(touch, pool);
};

function whileCheckpoint(touch: Touch, pool: ZfsPool | undefined): readonly FoundFault[] {
  const hasCheckpoint = pool?.pool.work.some(({ kind }) => kind === 'checkpoint') ?? false;
  if (!hasCheckpoint) return [];
  return [
    faultOf(touch, 'checkpoint', {
      message: `${touch.target.name.split('/')[0] ?? ''} has a checkpoint: nothing can be attached while it exists.`,
      remedy: 'A person decides what becomes of the checkpoint.',
    }),
  ];
}

/** What `clear` forgets must be on record first; on a suspended pool it only helps once the devices are back. */
const errorsAreKnown: Rule = (touch, world) => {
  const object = poolBefore(touch.target, world);
  if (object === undefined) return [];
  if (isSuspended(object)) return devicesAreBack(touch, object, world);
  const { dataErrors } = object.pool;
  if (dataErrors.state === 'listed') return [];
  return [
    faultOf(touch, 'unlisted', {
      message: `The data errors of ${targetLabel(touch.target)} could not be listed (${dataErrors.reason}): clearing would forget which files are damaged.`,
      remedy: 'Let the list be read first (zfs_status), then plan again.',
    }),
  ];
};

function devicesAreBack(touch: Touch, { pool, metadata }: ZfsPool, world: PlannedWorld): readonly FoundFault[] {
  const disks = [...(world.zfsDisks?.values() ?? [])].filter((disk) => disk.metadata.namespace === metadata.namespace);
  const away = [...walkVdevs(pool.vdevs)].filter(
    (vdev) =>
      isLeaf(vdev) && vdev.class !== 'spare' && vdev.class !== 'l2cache' && !disks.some((disk) => isOnDisk(vdev, disk)),
  );
  if (away.length === 0) return [];
  return [
    faultOf(touch, 'away', {
      message: `${targetLabel(touch.target)} is suspended, and ${count(away.length, 'device')} of it ${away.length === 1 ? 'is' : 'are'} not back: clearing now can hang.`,
      evidence: away.slice(0, 8).map((vdev) => `${nameOf(vdev)} is not among the disks of the host`),
      remedy: 'Bring them back (power, cables, controller), see them in zfs_disks, then plan again.',
    }),
  ];
}

export const diskRules: Readonly<Record<string, readonly Rule[]>> = {
  'patch VdevOffline': [keepsRedundancy],
  'patch VdevReplace': [oldDiskIsTheBadOne, newDiskFits],
  'patch VdevAttach': [canAttach, nothingElseRuns, newDiskFits],
  'patch Scrub': [nothingElseRuns],
  'patch PoolErrors': [errorsAreKnown],
};
