import { hashOf } from '../../core/canonical.ts';
import { messageOf } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { TargetVersion, VersionOf } from '../../core/version.ts';
import type { HostDisk, ZfsHosts, ZfsReader } from './contract.ts';
import type { Dataset, Snapshot } from './lists.ts';
import { type Pool, type Vdev, walkVdevs } from './model.ts';

const there = (uid: string, version: unknown): TargetVersion => ({ state: 'there', uid, version: hashOf(version) });
const absent: TargetVersion = { state: 'absent' };

/** Which disks a pool stands on and how they are. Progress and error counters move all the time and are no part of it. */
export const poolVersion = (pool: Pool): TargetVersion =>
  there(pool.guid, [pool.state, shapesOf(pool.vdevs), pool.scan && [pool.scan.kind, pool.scan.state], worksOf(pool)]);

const shapesOf = (vdevs: readonly Vdev[]): unknown =>
  vdevs.map(({ guid, name, state, class: group, path, children }) => [
    guid || name,
    state,
    group,
    path ?? '',
    shapesOf(children),
  ]);
const worksOf = ({ work }: Pool): unknown => work.map(({ kind, state }) => [kind, state]);

/** The errors that clearing would forget: more of them than were planned means that the plan is old. */
export const errorsVersion = (pool: Pool): TargetVersion =>
  there(pool.guid, [
    pool.state,
    [...walkVdevs(pool.vdevs)].map(({ guid, name, errors }) => [guid || name, errors]),
    pool.dataErrors,
  ]);

/** A disk with its serial, and what is on it. */
export const diskVersion = (disk: HostDisk): TargetVersion =>
  there(disk.serial ?? disk.id, [disk.allIds.toSorted(), disk.sizeBytes, disk.uses]);

/** A dataset with what a rollback or a new child depends on: which snapshots it has, where it comes from. */
export const datasetVersion = (dataset: Dataset, snapshots: readonly Snapshot[]): TargetVersion =>
  there(dataset.guid, [dataset.type, dataset.origin ?? '', snapshots.map(({ guid }) => guid)]);

export const snapshotVersion = ({ guid, holds, clones }: Snapshot): TargetVersion =>
  there(guid, [holds, [...clones].sort()]);

/** Kinds: `Pool`, `PoolErrors`, `Disk` (name = by-id path), `Dataset`, `Snapshot`, `Property` (`dataset:property`). */
export const zfsVersions =
  (hosts: ZfsHosts): VersionOf =>
  async (target, signal) => {
    try {
      const read = READERS[target.kind];
      if (!read) return { state: 'unknown', reason: `there is no kind ${target.kind} in ZFS` };
      return await read(await hosts.host(target.namespace ?? ''), target, signal);
    } catch (error) {
      return { state: 'unknown', reason: messageOf(error) };
    }
  };

type Read = (reader: ZfsReader, target: Target, signal: AbortSignal) => Promise<TargetVersion>;

const ofPool =
  (version: (pool: Pool) => TargetVersion): Read =>
  async (reader, { name }, signal) => {
    const pool = (await reader.pools(signal)).find((one) => one.name === name);
    return pool ? version(pool) : absent;
  };

const READERS: Readonly<Record<string, Read>> = {
  Pool: ofPool(poolVersion),
  PoolErrors: ofPool(errorsVersion),
  async Disk(reader, { name }, signal) {
    const disk = (await reader.disks(signal)).find(({ allIds }) => allIds.includes(name));
    return disk ? diskVersion(disk) : absent;
  },
  async Dataset(reader, { name }, signal) {
    const dataset = (await reader.datasets(signal)).find((one) => one.name === name);
    return dataset ? datasetVersion(dataset, await reader.snapshots(name, signal)) : absent;
  },
  async Snapshot(reader, { name }, signal) {
    const [owner = ''] = name.split('@');
    if (!(await reader.datasets(signal)).some((one) => one.name === owner)) return absent;
    const snapshot = (await reader.snapshots(owner, signal)).find((one) => one.name === name);
    return snapshot ? snapshotVersion(snapshot) : absent;
  },
  async Property(reader, { name }, signal) {
    const cut = name.indexOf(':');
    const [owner, property] = [name.slice(0, cut), name.slice(cut + 1)];
    const dataset = (await reader.datasets(signal)).find((one) => one.name === owner);
    if (!dataset) return absent;
    const found = (await reader.properties(owner, signal)).find((one) => one.property === property);
    return there(dataset.guid, [found?.value ?? '-', found?.source ?? '-']);
  },
};
