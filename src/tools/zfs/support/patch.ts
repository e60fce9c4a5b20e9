import { fullRedundancy } from '../../../clients/zfs/health.ts';
import { isLeaf, type Pool, type Vdev } from '../../../clients/zfs/model.ts';
import type { Effect } from '../../../core/effect.ts';
import { zfsKey } from '../../../world/zfs/objects.ts';
import type { ZfsPool } from '../../../world/zfs/schema.ts';

/** A pool as a change would leave it. States of rows follow from their disks, as in ZFS. */

export const poolEffect = (object: ZfsPool, pool: Pool): Effect => ({
  op: 'put',
  part: 'zfsPools',
  id: zfsKey(object.metadata.namespace ?? '', object.metadata.name),
  value: { ...object, pool },
});

/** Changes one vdev, wherever it stands, and works the states above it out anew. */
export function withVdev(pool: Pool, guid: string, change: (vdev: Vdev) => Vdev): Pool {
  const visit = (vdev: Vdev): Vdev => {
    if (vdev.guid === guid) return change(vdev);
    if (isLeaf(vdev)) return vdev;
    const children = vdev.children.map(visit);
    const isSame = children.every((child, index) => child === vdev.children[index]);
    return isSame ? vdev : { ...vdev, children, state: stateOf({ ...vdev, children }) };
  };
  const vdevs = pool.vdevs.map(visit);
  return { ...pool, vdevs, state: poolState(pool, vdevs) };
}

const works = ({ state }: Vdev): boolean => state === 'ONLINE' || state === 'DEGRADED';

function stateOf(vdev: Vdev): string {
  const lost = vdev.children.filter((child) => !works(child)).length;
  const bearable = vdev.type === 'replacing' || vdev.type === 'spare' ? vdev.children.length - 1 : fullRedundancy(vdev);
  if (lost > bearable) return 'UNAVAIL';
  return lost > 0 || vdev.children.some(({ state }) => state === 'DEGRADED') ? 'DEGRADED' : 'ONLINE';
}

function poolState(pool: Pool, vdevs: readonly Vdev[]): string {
  if (pool.state === 'SUSPENDED') return pool.state;
  const tree = vdevs.filter(({ class: group }) => group !== 'l2cache' && group !== 'spare');
  if (tree.some((vdev) => vdev.class !== 'log' && !works(vdev))) return 'UNAVAIL';
  return tree.some(({ state }) => state !== 'ONLINE') ? 'DEGRADED' : 'ONLINE';
}

export const withState = (pool: Pool, guid: string, state: string): Pool =>
  withVdev(pool, guid, (vdev) => ({ ...withoutAux(vdev), state }));

function withoutAux(vdev: Vdev): Vdev {
  const { aux: _, ...rest } = vdev;
  return rest;
}

export const leafFor = (path: string, old: Vdev, guid = 'new'): Vdev => ({
  name: `${path}-part1`,
  path: `${path}-part1`,
  type: 'disk',
  guid,
  class: old.class,
  state: 'ONLINE',
  errors: { read: 0, write: 0, checksum: 0 },
  children: [],
});

/** The new disk beside the old one, until the resilver ends. */
export const withReplacement = (pool: Pool, guid: string, path: string): Pool => ({
  ...withVdev(pool, guid, (old) => {
    const children = [old, leafFor(path, old)];
    const row: Vdev = { ...leafFor(path, old, `row of ${guid}`), name: 'replacing-0', type: 'replacing', children };
    const { path: _, ...bare } = row;
    return { ...bare, state: stateOf(row) };
  }),
  scan: RESILVERING,
});

const RESILVERING = { kind: 'resilver', state: 'running', errors: 0, progress: 0 } as const;

/** A disk more on this side: a mirror grows, a lone disk becomes one, a raidz expands. */
export function withAttached(pool: Pool, guid: string, path: string): Pool {
  const grown = withVdev(pool, guid, (vdev) => {
    if (vdev.type === 'raidz' || vdev.type === 'mirror')
      return { ...vdev, children: [...vdev.children, leafFor(path, vdev)] };
    const { path: _, ...bare } = leafFor(path, vdev, `row of ${guid}`);
    return { ...bare, name: 'mirror-0', type: 'mirror', state: vdev.state, children: [vdev, leafFor(path, vdev)] };
  });
  const isExpansion = pool.vdevs.some((vdev) => vdev.guid === guid && vdev.type === 'raidz');
  if (isExpansion)
    return { ...grown, work: [...grown.work, { kind: 'raidz_expansion', state: 'running', progress: 0 }] };
  return { ...grown, scan: RESILVERING };
}

/** A side less: a row of which one disk is left becomes that disk. */
export function withDetached(pool: Pool, guid: string): Pool {
  const without = (vdevs: readonly Vdev[]): readonly Vdev[] =>
    vdevs.map((vdev) => {
      const children = without(vdev.children.filter((child) => child.guid !== guid));
      const [only] = children;
      if (children.length === 1 && vdev.children.length > 1 && only !== undefined) return only;
      return isLeaf(vdev) ? vdev : { ...vdev, children, state: stateOf({ ...vdev, children }) };
    });
  const vdevs = without(pool.vdevs);
  return { ...pool, vdevs, state: poolState(pool, vdevs) };
}

/** Without counted errors; disks that were taken out of service for errors are in service again, but for those that fail (guids). */
export function withoutErrors(pool: Pool, failing: ReadonlySet<string> = new Set()): Pool {
  const clean = (vdev: Vdev): Vdev => {
    const children = vdev.children.map(clean);
    const own = { ...withoutAux(vdev), children, errors: { read: 0, write: 0, checksum: 0 } };
    if (isLeaf(vdev) && failing.has(vdev.guid)) return vdev;
    if (isLeaf(vdev)) return vdev.state === 'FAULTED' ? { ...own, state: 'ONLINE' } : { ...vdev, errors: own.errors };
    return { ...own, state: stateOf(own) };
  };
  const vdevs = pool.vdevs.map(clean);
  const awake = { ...pool, state: 'ONLINE' };
  return { ...pool, vdevs, state: poolState(awake, vdevs), dataErrors: { state: 'listed', count: 0, names: [] } };
}
