import {
  type CommandOutcome,
  done,
  isLeaf,
  type LabDisk,
  type LabHostState,
  type LabPool,
  type LabVdev,
  leafOn,
  leaves,
  pathOf,
  refused,
  rowOf,
  said,
  walk,
} from '../model.ts';
import { rootState, works } from '../state.ts';
import { shortName } from '../status-json.ts';
import { findLeaf, startResilver, substitute } from '../work.ts';
import { onPool } from './zpool-call.ts';

/** What `zpool` does with single disks. */

export const offline = onPool((pool, [guid = ''], { host, nowMs }) => {
  const leaf = findLeaf(pool, guid);
  if (leaf === undefined || !isLeaf(leaf)) return refused(`cannot offline ${guid}: no such device in pool`);
  const before = leaf.condition;
  leaf.condition = 'offline';
  if (rootState(pool) === 'CANT_OPEN') {
    leaf.condition = before;
    return refused(`cannot offline ${shortName(leaf)}: no valid replicas`);
  }
  host.events.push({ atMs: nowMs, class: 'resource.fs.zfs.statechange' });
  return done;
});

export const online = onPool((pool, [guid = ''], { host, nowMs }) => {
  const leaf = findLeaf(pool, guid);
  if (leaf === undefined || !isLeaf(leaf)) return refused(`cannot online ${guid}: no such device in pool`);
  if (!leaf.disk?.present)
    return said(
      `warning: device '${shortName(leaf)}' onlined, but remains in faulted state\nuse 'zpool replace' to replace devices that are no longer present\n`,
    );
  const wasAway = leaf.condition !== 'ok';
  leaf.condition = 'ok';
  leaf.aux = undefined;
  if (wasAway) startResilver(host, pool, nowMs);
  return done;
});

/** The checks of `zpool replace` and `attach` before anything is written to the new disk. */
function usable(host: LabHostState, path: string): LabDisk | CommandOutcome {
  const disk = host.disks.find((one) => one.present && pathOf(one) === path);
  if (disk === undefined) return refused(`cannot resolve path '${path}'`, 255);
  const inPool = [...host.pools.values()].some((pool) => leaves(pool.vdevs).some((leaf) => leaf.disk === disk));
  if (inPool || disk.holds !== undefined || disk.mount !== undefined)
    return refused(`${path} is in use and contains a unknown filesystem.`);
  return disk;
}

export const replace = onPool((pool, [guid = '', path = ''], { host, nowMs }) => {
  const old = findLeaf(pool, guid);
  const disk = usable(host, path);
  if ('exitCode' in disk) return disk;
  if (old === undefined || !isLeaf(old)) return refused(`cannot replace ${guid} with ${path}: no such device in pool`);
  const reason = whyNot(pool, old, disk);
  if (reason !== undefined) return refused(`cannot replace ${shortName(old)} with ${path}: ${reason}`);
  disk.holds = 'zfs_member';
  const fresh = leafOn(disk, old.class);
  if (old.class === 'l2cache' || old.class === 'spare') {
    substitute(pool, old, fresh);
    return done;
  }
  const index = parentOf(pool, old)?.children.indexOf(old) ?? pool.vdevs.indexOf(old);
  substitute(pool, old, rowOf('replacing', `replacing-${index}`, old.class, [old, fresh]));
  startResilver(host, pool, nowMs);
  return done;
});

function whyNot(pool: LabPool, old: LabVdev, disk: LabDisk): string | undefined {
  if (disk.sizeBytes < (old.disk?.sizeBytes ?? 0)) return 'device is too small';
  return parentOf(pool, old)?.type === 'replacing'
    ? "already in replacing/spare config; wait for completion or use 'zpool detach'"
    : undefined;
}

const parentOf = (pool: LabPool, vdev: LabVdev): LabVdev | undefined =>
  [...walk(pool.vdevs)].find(({ children }) => children.includes(vdev));
export const attach = onPool((pool, [guid = '', path = ''], { host, nowMs }) => {
  const vdev = findLeaf(pool, guid);
  const disk = usable(host, path);
  if ('exitCode' in disk) return disk;
  if (vdev === undefined) return refused(`cannot attach ${path} to ${guid}: no such device in pool`);
  if (pool.expansion) return refused(`cannot attach ${path} to ${shortName(vdev)}: raidz expansion in progress`, 255);
  if (parentOf(pool, vdev)?.type === 'raidz')
    return refused(`cannot attach ${path} to ${shortName(vdev)}: can only attach to mirrors and top-level disks`);
  disk.holds = 'zfs_member';
  const fresh = leafOn(disk, vdev.class);
  if (vdev.type === 'raidz') {
    vdev.children.push(fresh);
    pool.expansion = { vdev, startMs: nowMs, durationMs: host.scanMs };
    return done;
  }
  mirrorWith(pool, vdev, fresh);
  startResilver(host, pool, nowMs);
  return done;
});

/** One more side of a mirror, or the second one of a disk that stood alone. */
function mirrorWith(pool: LabPool, vdev: LabVdev, fresh: LabVdev): void {
  const mirror = vdev.type === 'mirror' ? vdev : parentOf(pool, vdev);
  if (mirror?.type === 'mirror') mirror.children.push(fresh);
  else substitute(pool, vdev, rowOf('mirror', `mirror-${pool.vdevs.indexOf(vdev)}`, vdev.class, [vdev, fresh]));
}

export const detach = onPool((pool, [guid = '']) => {
  const leaf = findLeaf(pool, guid);
  if (leaf === undefined || !isLeaf(leaf)) return refused(`cannot detach ${guid}: no such device in pool`);
  const row = parentOf(pool, leaf);
  if (row === undefined || (row.type !== 'mirror' && row.type !== 'replacing' && row.type !== 'spare'))
    return refused(`cannot detach ${shortName(leaf)}: only applicable to mirror and replacing vdevs`);
  const rest = row.children.filter((child) => child !== leaf);
  if (!rest.some(works)) return refused(`cannot detach ${shortName(leaf)}: no valid replicas`);
  if (leaf.disk) leaf.disk.holds = undefined;
  const [only] = rest;
  if (rest.length === 1 && only !== undefined) substitute(pool, row, only);
  else row.children = rest;
  return done;
});
