import type { HostDisk } from '../../clients/zfs/contract.ts';
import type { Dataset, DatasetProperty, PoolSpace, Snapshot } from '../../clients/zfs/lists.ts';
import { isLeaf, type Pool, type Vdev, walkVdevs } from '../../clients/zfs/model.ts';
import { type ZfsDataset, ZfsDataset as ZfsDatasetObject, ZfsDisk, ZfsPool, ZfsSnapshots } from './schema.ts';

/** Builders of world objects from what the client reads; actions use the same ones for what they plan. */

export const zfsKey = (host: string, name: string): string => `${host}/${name}`;
export const poolNameOf = (dataset: string): string => dataset.split(/[/@]/)[0] ?? '';
const metadata = (host: string, name: string, uid: string, annotations: Readonly<Record<string, string>> = {}) => ({
  name,
  namespace: host,
  uid,
  annotations,
});

export type UserProperties = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** dataset -> its own user properties. */
export function userPropertiesOf(rows: readonly DatasetProperty[]): UserProperties {
  const found = new Map<string, Record<string, string>>();
  for (const { dataset, property, value } of rows) {
    const own = found.get(dataset) ?? {};
    own[property] = value;
    found.set(dataset, own);
  }
  return found;
}

/** `steward.dev:accept` on a dataset is the annotation `steward.dev/accept` of it, and of the pool when it is the root. */
const annotationsIn = (own: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(own).flatMap(([name, value]) =>
      name.startsWith('steward.dev:') ? [[name.replace(':', '/'), value]] : [],
    ),
  );

export interface PoolContext {
  readonly kernelState?: string | undefined;
  readonly space?: PoolSpace | undefined;
  readonly root?: Dataset | undefined;
  readonly own?: Readonly<Record<string, string>> | undefined;
}

export function poolObject(host: string, pool: Pool, { kernelState, space, root, own }: PoolContext): ZfsPool {
  const declared = layoutIn(own?.['steward.dev:layout']);
  return ZfsPool.parse({
    metadata: metadata(host, pool.name, pool.guid || (space?.guid ?? ''), annotationsIn(own)),
    pool,
    ...(kernelState !== undefined && { kernelState }),
    ...(space && { space: spaceOf(space, root) }),
    ...(declared && { layout: declared }),
    ...(root && { createdAt: root.createdAt }),
  });
}

const spaceOf = ({ size, allocated, free, fragmentation, capacity }: PoolSpace, root: Dataset | undefined) => ({
  size,
  allocated,
  free,
  capacity,
  ...(fragmentation !== undefined && { fragmentation }),
  ...(root && { used: root.used, available: root.available }),
});

/** `log:1,l2cache:2`; what does not read so is left out. */
function layoutIn(text: string | undefined): Record<string, number> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries([...text.matchAll(/(\w+):(\d+)/g)].map(([, name = '', amount]) => [name, Number(amount)]));
}

export function datasetObject(
  host: string,
  { name, guid, mountpoint, origin, keyStatus, ...rest }: Dataset,
  own: Readonly<Record<string, string>> = {},
): ZfsDataset {
  return ZfsDatasetObject.parse({
    metadata: metadata(host, name, guid, annotationsIn(own)),
    ...rest,
    ...(mountpoint !== undefined && { mountpoint }),
    ...(origin !== undefined && { origin }),
    ...(keyStatus !== undefined && { keyStatus }),
    properties: own,
  });
}

/** Names that replication (Proxmox, syncoid, zrepl) and migration need to find again. */
const MARKED = /^(?:__(?:replicate|base|migration)_|syncoid_|zrepl_|autosnap_base)/;
const MOST = 50;

/** Counts per dataset, in one pass. */
export function snapshotObjects(host: string, snapshots: readonly Snapshot[]): Map<string, ZfsSnapshots> {
  const groups = Map.groupBy(snapshots, ({ name }) => name.slice(0, name.indexOf('@')));
  return new Map([...groups].map(([dataset, group]) => [zfsKey(host, dataset), snapshotsObject(host, dataset, group)]));
}

export function snapshotsObject(host: string, dataset: string, group: readonly Snapshot[]): ZfsSnapshots {
  let newest: Snapshot | undefined;
  let usedBytes = 0;
  for (const one of group) {
    usedBytes += one.used;
    // `zfs list` is in order of creation within a dataset; of equal times the later line is the newer one.
    if (newest === undefined || one.createdAt >= newest.createdAt) newest = one;
  }
  const short = ({ name }: Snapshot): string => name.slice(dataset.length + 1);
  return ZfsSnapshots.parse({
    metadata: metadata(host, dataset, ''),
    count: group.length,
    usedBytes,
    ...(newest && { newest: { name: short(newest), guid: newest.guid, createdAt: newest.createdAt } }),
    held: group
      .filter(({ holds }) => holds > 0)
      .slice(0, MOST)
      .map(short),
    cloned: group
      .filter(({ clones }) => clones.length > 0)
      .slice(0, MOST)
      .map((one) => ({ name: short(one), clones: one.clones })),
    marked: group
      .map(short)
      .filter((name) => MARKED.test(name))
      .slice(0, MOST),
  });
}

/** `-part1` of a by-id name is a partition of that disk; a kernel name is the disk's own. */
export const diskOfPath = (path: string): string => path.replace(/-part\d+$/, '');

/** Whether this leaf stands on this disk, whichever of its names the pool remembers. */
export const isOnDisk = ({ path, was, name }: Vdev, { allIds, kernelName }: HostDisk | ZfsDisk): boolean => {
  const paths = [path, was, name].filter((one) => one !== undefined);
  return paths.some((one) => allIds.includes(diskOfPath(one)) || one.replace(/p?\d+$/, '') === `/dev/${kernelName}`);
};

export const diskName = (path: string): string => path.replace(/^.*\//, '');

export function diskObject(host: string, disk: HostDisk, pools: readonly Pool[]): ZfsDisk {
  const { id, serial, model, physicalSectorBytes, ...rest } = disk;
  const member = memberOf(disk, pools);
  return ZfsDisk.parse({
    metadata: metadata(host, diskName(id), serial ?? ''),
    path: id,
    ...rest,
    ...(serial !== undefined && { serial }),
    ...(model !== undefined && { model }),
    ...(physicalSectorBytes !== undefined && { physicalSectorBytes }),
    ...(member && { member }),
  });
}

function memberOf(disk: HostDisk, pools: readonly Pool[]): ZfsDisk['member'] | undefined {
  for (const pool of pools)
    for (const top of pool.vdevs)
      for (const vdev of walkVdevs([top]))
        if (isLeaf(vdev) && isOnDisk(vdev, disk))
          return { pool: pool.name, vdevGuid: vdev.guid, top: top.name, class: top.class, state: vdev.state };
  return undefined;
}
