import * as z from 'zod';
import type { Touch } from '../../core/change.ts';
import { type Target, targetLabel } from '../../core/target.ts';
import type { Parts } from '../../world/parts.ts';
import { zfsKey } from '../../world/zfs/objects.ts';
import { homeOf, type Owner, ownerOf, podsOn } from '../../world/zfs/relations.ts';
import type { ZfsSnapshots } from '../../world/zfs/schema.ts';
import { beforeChange } from '../before-change.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { enumerate } from '../facts.ts';
import { detachRules } from './detach-rules.ts';
import { diskRules } from './disk-rules.ts';
import { isSuspended } from './facts.ts';
import { DATASET_LESSONS, faultOf, NEEDS, type PlannedWorld, poolBefore, type Rule, WANTS } from './planned-support.ts';

export default defineCheck({
  id: 'Z06',
  title: 'No planned change of ZFS takes data, redundancy or somebody else’s dataset with it',
  severity: 'critical',
  why: 'ZFS does what it is told at once and for good: a snapshot, a rolled-back dataset or a wrong disk does not come back. What belongs to a CSI driver, to Proxmox or to replication is not ours to change.',
  needs: NEEDS,
  wants: WANTS,
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate: (world) =>
    world.change.touches
      .filter(({ target }) => target.system === 'zfs')
      .flatMap((touch) =>
        [notSuspended, ...(RULES[`${touch.verb} ${touch.target.kind}`] ?? [])].flatMap((rule) => rule(touch, world)),
      ),
});

const notSuspended: Rule = (touch, world) => {
  const pool = poolBefore(touch.target, world);
  if (pool === undefined || !isSuspended(pool) || touch.target.kind === 'PoolErrors') return [];
  return [
    faultOf(touch, 'suspended', {
      message: `The pool of ${targetLabel(touch.target)} is suspended: a command would hang, and run by itself once the pool is back.`,
      remedy: 'Bring its disks back first, then zfs_clear_errors.',
    }),
  ];
};

const keyOf = ({ namespace = '', name }: Target): string => zfsKey(namespace, name.split(/[@:]/)[0] ?? '');
const snapshotIn = ({ name }: Target): string => name.split('@')[1] ?? '';
const unreadable = (touch: Touch, what: string): FoundFault =>
  faultOf(touch, 'unread', {
    message: `${what} could not be read, so that nobody knows what ${targetLabel(touch.target)} would take with it.`,
    remedy: 'Find out why (zfs_status), then plan again.',
  });

type Tree = PlannedWorld & Pick<Parts, 'zfsDatasets' | 'zfsSnapshots'>;
/** A rule that cannot be judged without datasets and snapshots: without them the answer is no. */
const withTree =
  (rule: (touch: Touch, world: Tree) => readonly FoundFault[]): Rule =>
  (touch, world) => {
    const { zfsDatasets, zfsSnapshots } = world;
    if (zfsDatasets === undefined || zfsSnapshots === undefined) return [unreadable(touch, 'The datasets of the host')];
    return rule(touch, {
      ...world,
      zfsDatasets: beforeChange('zfsDatasets', zfsDatasets, world.change, world.replaced),
      zfsSnapshots: beforeChange('zfsSnapshots', zfsSnapshots, world.change, world.replaced),
    });
  };

const ownedText = ({ kind, by }: Owner): string => `it belongs to ${by} (${kind})`;

/** Somebody else's dataset is changed by its owner alone. */
const notOwned = withTree((touch, world) => {
  const owner = ownerOf(keyOf(touch.target), world);
  if (owner === undefined) return [];
  return [
    faultOf(touch, 'owned', {
      lessons: DATASET_LESSONS,
      message: `${targetLabel(touch.target)} would be changed behind the back of its owner: ${ownedText(owner)}.`,
      remedy:
        owner.kind === 'replication'
          ? 'Change it at the source of the replication, or end the replication first.'
          : 'Change it through its owner: the claim, the guest, the storage class.',
    }),
  ];
});

const notInUse = withTree((touch, world) => {
  const pods = podsOn(keyOf(touch.target), world);
  if (pods.length === 0) return [];
  return [
    faultOf(touch, 'in-use', {
      lessons: DATASET_LESSONS,
      message: `${targetLabel(touch.target)} is in use by ${enumerate(pods)}: it would change under a running program.`,
      remedy: 'Scale what uses it to zero first (cluster_scale), then plan again.',
    }),
  ];
});

const nothingNewer = withTree((touch, world) => {
  const wanted = world.change.targets.find(
    ({ kind, name }) => kind === 'Snapshot' && name.startsWith(`${touch.target.name}@`),
  );
  const newest = world.zfsSnapshots.get(keyOf(touch.target))?.newest?.name;
  if (wanted !== undefined && newest === snapshotIn(wanted)) return [];
  return [
    faultOf(touch, 'newer', {
      message: `${targetLabel(touch.target)} has newer snapshots than the one to go back to (newest: @${newest ?? 'none'}): they would have to be destroyed.`,
      remedy:
        'Only the newest snapshot can be gone back to. Copy what you need out of the older one (.zfs/snapshot), or clone it.',
    }),
  ];
});

/** What keeps a snapshot: holds, clones, replication, a CSI driver that made it. */
const notNeeded = withTree((touch, world) => {
  const reasons = reasonsToKeep(touch.target, world);
  if (reasons.length === 0) return [];
  return [
    faultOf(touch, 'needed', {
      lessons: DATASET_LESSONS,
      message: `${targetLabel(touch.target)} is needed: ${enumerate(reasons)}.`,
      remedy: 'Leave it, or let whoever needs it give it up first.',
    }),
  ];
});

function reasonsToKeep(target: Target, world: Tree): readonly string[] {
  const name = snapshotIn(target);
  const owner = ownerOf(keyOf(target), world);
  const isOurs = name.startsWith('steward-') || owner?.kind === 'replication';
  return [
    ...neededBy(name, world.zfsSnapshots.get(keyOf(target))),
    ...(owner !== undefined && !isOurs ? [ownedText(owner)] : []),
  ];
}

function neededBy(name: string, all: ZfsSnapshots | undefined): readonly string[] {
  if (all === undefined) return [];
  const clones = all.cloned.find((one) => one.name === name)?.clones ?? [];
  return [
    ...(all.held.includes(name) ? ['somebody holds it'] : []),
    ...(clones.length > 0 ? [`clones stand on it (${enumerate(clones)})`] : []),
    ...(all.marked.includes(name) ? ['replication needs it'] : []),
  ];
}

/** A snapshot on a volume of a CSI driver keeps the driver from deleting that volume. */
const snapshotOfOwned = withTree((touch, world) => {
  const owner = ownerOf(keyOf(touch.target), world);
  if (owner === undefined || owner.kind === 'replication') return [];
  return [
    faultOf(touch, 'blocks-owner', {
      lessons: DATASET_LESSONS,
      severity: 'medium',
      introduced: 'ask',
      message: `${targetLabel(touch.target)} keeps the owner of the dataset from deleting it: ${ownedText(owner)}.`,
      remedy: 'Prefer a VolumeSnapshot; otherwise destroy this one before the volume is deleted.',
    }),
  ];
});

const hasRoom = withTree((touch, world) => {
  const dataset = world.zfsDatasets.get(keyOf(touch.target));
  if (dataset !== undefined && dataset.available > 0) return [];
  return [
    faultOf(touch, 'no-space', {
      message:
        dataset === undefined
          ? `${targetLabel(touch.target)} cannot be made: there is no such dataset.`
          : `${targetLabel(touch.target)} cannot be made: its dataset has no space left.`,
      remedy: 'Free space first; a snapshot needs some as well.',
    }),
  ];
});

/** Children of a storage are made by that storage. */
const parentIsOurs = withTree((touch, world) => {
  const key = keyOf(touch.target);
  const parent = key.slice(0, key.lastIndexOf('/'));
  const owner = ownerOf(parent, world) ?? homeOf(parent, world);
  if (owner === undefined) return [];
  return [
    faultOf(touch, 'parent-owned', {
      lessons: DATASET_LESSONS,
      message: `${targetLabel(touch.target)} would stand among the volumes of another program: in ${parent.slice(parent.indexOf('/') + 1)} is what ${ownedText(owner).replace(/^it /, '')}.`,
      remedy: 'Make it beside that dataset, or make a claim instead.',
    }),
  ];
});

/** By verb and kind of the touch; what is not named here changes nothing that could be lost. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  'create Snapshot': [hasRoom, snapshotOfOwned],
  'delete Snapshot': [notNeeded],
  'patch Dataset': [notOwned, notInUse, nothingNewer],
  'create Dataset': [parentIsOurs],
  'patch Property': [notOwned],
  ...diskRules,
  ...detachRules,
};
