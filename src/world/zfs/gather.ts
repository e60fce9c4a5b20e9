import type { ZfsHosts, ZfsReader } from '../../clients/zfs/contract.ts';
import type { Dataset } from '../../clients/zfs/lists.ts';
import type { Pool } from '../../clients/zfs/model.ts';
import { messageOf } from '../../core/errors.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { known, type Part, unknown, type WorldParts } from '../world.ts';
import {
  datasetObject,
  diskName,
  diskObject,
  poolObject,
  snapshotObjects,
  userPropertiesOf,
  zfsKey,
} from './objects.ts';
import type { ZfsDataset, ZfsDisk, ZfsHost, ZfsPool, ZfsSnapshots } from './schema.ts';
import { ZfsHost as ZfsHostObject } from './schema.ts';

/** One host as far as it could be read. */
export interface HostLook {
  readonly host: ZfsHost;
  readonly pools: ReadonlyMap<string, ZfsPool> | undefined;
  readonly datasets: ReadonlyMap<string, ZfsDataset> | undefined;
  readonly snapshots: ReadonlyMap<string, ZfsSnapshots> | undefined;
  readonly disks: ReadonlyMap<string, ZfsDisk> | undefined;
}

/**
 * Reads every host, side by side. What one host does not tell stands in its `zfsHosts` object; a part that no host
 * could tell is unknown with the reason. Throws only when `signal` aborts.
 */
export async function gatherZfs(
  hosts: ZfsHosts,
  { timeoutMs }: { readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<WorldParts> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const names = await hosts.names();
  const looks = await Promise.all(names.map(async (name) => lookAtHost(await hosts.host(name), limited)));
  signal.throwIfAborted();
  return {
    zfsHosts: known(new Map(looks.map(({ host }) => [host.metadata.name, host]))),
    zfsPools: joined(looks, 'pools'),
    zfsDatasets: joined(looks, 'datasets'),
    zfsSnapshots: joined(looks, 'snapshots'),
    zfsDisks: joined(looks, 'disks'),
  };
}

function joined<K extends 'pools' | 'datasets' | 'snapshots' | 'disks'>(
  looks: readonly HostLook[],
  what: K,
): Part<NonNullable<HostLook[K]>> {
  const read = looks.flatMap((look) => look[what] ?? []);
  if (read.length === 0 && looks.length > 0) return unknown(reasonsOf(looks, what));
  // sound: the maps of one kind, one after the other
  return known(new Map(read.flatMap((one) => [...(one as ReadonlyMap<string, unknown>)])) as NonNullable<HostLook[K]>);
}

const reasonsOf = (looks: readonly HostLook[], what: string): string =>
  looks
    .flatMap(({ host }) =>
      host.unread.filter((one) => one.what === what).map(({ reason }) => `${host.metadata.name}: ${reason}`),
    )
    .join('; ') || 'it could not be read';

/** Reads one host. A pool that is suspended answers nothing but its status: then nothing else is asked of ZFS there. */
export async function lookAtHost(reader: ZfsReader, signal: AbortSignal): Promise<HostLook> {
  const unread: { what: string; reason: string }[] = [];
  const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      signal.throwIfAborted();
      return await unlessAborted(read(), signal);
    } catch (error) {
      unread.push({ what, reason: signal.aborted ? 'it could not be read in time' : messageOf(error) });
      return undefined;
    }
  };
  const { host } = reader;
  const [pools, disks, arc, memoryBytes, version] = await Promise.all([
    attempt('pools', () => readPools(reader, signal)),
    attempt('disks', () => reader.disks(signal)),
    attempt('arc', () => reader.arcstats(signal)),
    attempt('arc', () => reader.memoryBytes(signal)),
    attempt('version', () => reader.version(signal)),
  ]);
  const asleep = pools?.find(({ pool, kernelState }) => pool.state === 'SUSPENDED' || kernelState === 'SUSPENDED');
  const blocked = pools === undefined ? 'its pools could not be read' : asleep && `${asleep.pool.name} is suspended`;
  const tree = blocked === undefined ? await attempt('datasets', () => readDatasets(reader, signal)) : undefined;
  const snapshots =
    blocked === undefined ? await attempt('snapshots', () => reader.snapshots(undefined, signal)) : undefined;
  if (blocked !== undefined) unread.push({ what: 'datasets', reason: blocked }, { what: 'snapshots', reason: blocked });
  return {
    host: hostObject(host, { version, memoryBytes, arc, unread }),
    pools: pools && new Map(pools.map((one) => [zfsKey(host, one.pool.name), withTree(host, one, tree)])),
    datasets:
      tree &&
      new Map(tree.datasets.map((one) => [zfsKey(host, one.name), datasetObject(host, one, tree.own.get(one.name))])),
    snapshots: snapshots && snapshotObjects(host, snapshots),
    disks:
      disks &&
      new Map(
        disks.map((disk) => [zfsKey(host, diskName(disk.id)), diskObject(host, disk, (pools ?? []).map(poolIn))]),
      ),
  };
}

const poolIn = ({ pool }: { readonly pool: Pool }): Pool => pool;

type PoolLook = { readonly pool: Pool; readonly kernelState: string | undefined } & Pick<
  Parameters<typeof poolObject>[2],
  'space'
>;

/** Pools with their space and the kernel's own word. */
export async function readPools(reader: ZfsReader, signal: AbortSignal): Promise<readonly PoolLook[]> {
  const [pools, spaces] = await Promise.all([reader.pools(signal), reader.space(signal)]);
  return Promise.all(
    pools.map(async (pool) => ({
      pool,
      space: spaces.find(({ name }) => name === pool.name),
      kernelState: await reader.kernelState(pool.name, signal).catch(() => undefined),
    })),
  );
}

interface Tree {
  readonly datasets: readonly Dataset[];
  readonly own: ReturnType<typeof userPropertiesOf>;
}

export async function readDatasets(reader: ZfsReader, signal: AbortSignal): Promise<Tree> {
  const [datasets, properties] = await Promise.all([reader.datasets(signal), reader.userProperties(signal)]);
  return { datasets, own: userPropertiesOf(properties) };
}

const withTree = (host: string, { pool, space, kernelState }: PoolLook, tree: Tree | undefined): ZfsPool =>
  poolObject(host, pool, {
    space,
    kernelState,
    root: tree?.datasets.find(({ name }) => name === pool.name),
    own: tree?.own.get(pool.name),
  });

function hostObject(
  name: string,
  facts: {
    readonly version: string | undefined;
    readonly memoryBytes: number | undefined;
    readonly arc: ReadonlyMap<string, number> | undefined;
    readonly unread: readonly { what: string; reason: string }[];
  },
): ZfsHost {
  const { version, memoryBytes, arc, unread } = facts;
  return ZfsHostObject.parse({
    metadata: { name },
    ...(version !== undefined && { version }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(arc && {
      arc: {
        sizeBytes: arc.get('size') ?? 0,
        maxBytes: arc.get('c_max') ?? 0,
        hits: (arc.get('hits') ?? 0) + (arc.get('iohits') ?? 0),
        misses: arc.get('misses') ?? 0,
      },
    }),
    unread,
  });
}
