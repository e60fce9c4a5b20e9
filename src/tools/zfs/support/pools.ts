import type { ZfsHosts, ZfsReader } from '../../../clients/zfs/contract.ts';
import type { Dataset, Snapshot } from '../../../clients/zfs/lists.ts';
import { type Pool, type Vdev, walkVdevs } from '../../../clients/zfs/model.ts';
import { inputError, notFound, StewardError } from '../../../core/errors.ts';
import { nearest } from '../../../core/near.ts';
import type { Precondition } from '../../../core/plan.ts';
import type { Target } from '../../../core/target.ts';
import type { TargetVersion } from '../../../core/version.ts';
import { readDatasets, readPools } from '../../../world/zfs/gather.ts';
import { poolObject } from '../../../world/zfs/objects.ts';
import type { ZfsPool } from '../../../world/zfs/schema.ts';

export const zfsTarget = (host: string, kind: string, name: string): Target => ({
  system: 'zfs',
  kind,
  namespace: host,
  name,
});

/** The target must still be this one, in this version. */
export function stillSo(target: Target, version: TargetVersion): Precondition {
  if (version.state !== 'there') return { target, absent: true };
  return { target, uid: version.uid, version: version.version };
}

export interface PoolCase {
  readonly reader: ZfsReader;
  readonly pool: Pool;
  /** As the world holds it. */
  readonly object: ZfsPool;
}

/** One pool of a host with everything that the world knows of it. Errors: `not_found` `unknown_pool`; those of the reader. */
export async function readPool(zfs: ZfsHosts, host: string, name: string, signal: AbortSignal): Promise<PoolCase> {
  const reader = await zfs.host(host);
  const pools = await readPools(reader, signal);
  const found = pools.find(({ pool }) => pool.name === name);
  if (found === undefined)
    throw notFound(
      'unknown_pool',
      `Unable to find pool ${name} on ${host}: there is none.`,
      `Pools there: ${pools.map(({ pool }) => pool.name).join(', ') || 'none'}.`,
    );
  const { pool, kernelState, space } = found;
  const isAsleep = pool.state === 'SUSPENDED' || kernelState === 'SUSPENDED';
  const tree = isAsleep ? undefined : await readDatasets(reader, signal);
  const root = tree?.datasets.find((dataset) => dataset.name === name);
  const object = poolObject(host, pool, { space, kernelState, root, own: tree?.own.get(name) });
  return { reader, pool, object };
}

/** The leaf with this guid. Errors: `not_found` `unknown_vdev`; `target` `guids_unread` when the host could not tell its guids. */
export function vdevIn(pool: Pool, guid: string): { readonly vdev: Vdev; readonly top: Vdev } {
  for (const top of pool.vdevs) for (const vdev of walkVdevs([top])) if (vdev.guid === guid) return { vdev, top };
  if ([...walkVdevs(pool.vdevs)].some((vdev) => vdev.guid === ''))
    throw new StewardError(
      `Unable to tell the disks of ${pool.name} by their guids: the pool changed while it was read.`,
      {
        kind: 'target',
        code: 'guids_unread',
        hint: 'Plan again in a moment. If it stays so, update the host to OpenZFS 2.3, or let a person do it at a shell.',
        retryable: true,
      },
    );
  throw notFound(
    'unknown_vdev',
    `Unable to find a disk with the guid ${guid} in ${pool.name}: there is none.`,
    'Take guid and serial from zfs_disks.',
  );
}

export interface DatasetCase {
  readonly reader: ZfsReader;
  readonly dataset: Dataset;
  readonly own: Readonly<Record<string, string>>;
  /** In order of creation. */
  readonly snapshots: readonly Snapshot[];
}

/** One dataset with its snapshots. Errors: `not_found` `unknown_dataset`. */
export async function readDataset(
  zfs: ZfsHosts,
  host: string,
  name: string,
  signal: AbortSignal,
): Promise<DatasetCase> {
  const reader = await zfs.host(host);
  const { datasets, own } = await readDatasets(reader, signal);
  const dataset = datasets.find((one) => one.name === name);
  if (dataset === undefined) {
    const near = nearest(
      name,
      datasets.map((one) => one.name),
    );
    throw notFound(
      'unknown_dataset',
      `Unable to find dataset ${name} on ${host}: there is none.`,
      near.length > 0 ? `Near: ${near.join(', ')}.` : 'See zfs_datasets.',
    );
  }
  return { reader, dataset, own: own.get(name) ?? {}, snapshots: await reader.snapshots(name, signal) };
}

/** One snapshot by its full name. Errors: `not_found` `unknown_snapshot`. */
export function snapshotIn({ snapshots }: DatasetCase, name: string): Snapshot {
  const found = snapshots.find((one) => one.name === name);
  if (found) return found;
  throw notFound(
    'unknown_snapshot',
    `Unable to find snapshot ${name}: there is none.`,
    `Newest ones: ${
      snapshots
        .slice(-5)
        .map((one) => one.name)
        .join(', ') || 'none'
    }.`,
  );
}

export const ownerName = (snapshot: string): string => snapshot.split('@')[0] ?? '';

export const mismatch = (what: string, hint: string): Error =>
  inputError('serial_mismatch', `Unable to plan this: ${what}.`, hint);
