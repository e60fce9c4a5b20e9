import * as z from 'zod';
import type { Bookmark } from '../../../clients/zfs/lists.ts';
import { datasetVersion, snapshotVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import type { Refusal } from '../../../core/change.ts';
import { sizeText } from '../../../core/size.ts';
import type { Target } from '../../../core/target.ts';
import { datasetObject, zfsKey } from '../../../world/zfs/objects.ts';
import { defineAction } from '../../define.ts';
import { Host, SnapshotName } from '../support/inputs.ts';
import { ownerName, readDataset, snapshotIn, stillSo, zfsTarget } from '../support/pools.ts';

/** `zfs rollback` would have to destroy them, and with them the base of an incremental replication. */
const newerBookmarks = (target: Target, bookmarks: readonly Bookmark[]): Refusal => ({
  target,
  code: 'other',
  message: `it has newer bookmarks, which replication goes on from: ${bookmarks.map(({ name }) => name).join(', ')}`,
});

const Input = z.strictObject({ host: Host, snapshot: SnapshotName });

export default defineAction({
  name: 'zfs_rollback',
  title: 'Roll a dataset back',
  description: 'Put a dataset back to its newest snapshot. Everything written since is lost.',
  signature: '{host, snapshot: the newest one}',
  reversibility: 'irreversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, snapshot }) => [
    zfsTarget(host, 'Dataset', ownerName(snapshot)),
    zfsTarget(host, 'Snapshot', snapshot),
  ],
  async plan({ host, snapshot: name }, { clients: { zfs }, now, signal }) {
    const owner = ownerName(name);
    const found = await readDataset(zfs, host, owner, signal);
    const { dataset, own, snapshots, reader } = found;
    const snapshot = snapshotIn(found, name);
    const [properties, bookmarks] = await Promise.all([
      reader.properties(owner, signal),
      reader.bookmarks(owner, signal),
    ]);
    const written = properties.find(({ property }) => property === 'written')?.value;
    const newer = bookmarks.filter(({ createdAt }) => createdAt > snapshot.createdAt);
    const hours = Math.round((+now - Date.parse(snapshot.createdAt)) / 3_600_000);
    return {
      preview: [
        `Dataset ${host}/${owner}: back to @${name.slice(owner.length + 1)} of ${snapshot.createdAt} (${hours} hours ago)`,
        `LOST: everything written since${written === undefined ? '' : ` (${sizeText(Number(written))})`}; it refers to ${sizeText(dataset.referenced)} now and ${sizeText(snapshot.referenced)} then.`,
      ].join('\n'),
      effects: [
        {
          op: 'put',
          part: 'zfsDatasets',
          id: zfsKey(host, owner),
          value: datasetObject(host, { ...dataset, referenced: snapshot.referenced }, own),
        },
      ],
      preconditions: [
        stillSo(zfsTarget(host, 'Dataset', owner), datasetVersion(dataset, snapshots)),
        stillSo(zfsTarget(host, 'Snapshot', name), snapshotVersion(snapshot)),
      ],
      touches: [touchOf(host, { verb: 'rollback', snapshot: name })],
      refusals: newer.length === 0 ? [] : [newerBookmarks(zfsTarget(host, 'Dataset', owner), newer)],
      undo: null,
      // Only when nothing was written since is the snapshot itself a way back to what is there now.
      ...(written === '0' && {
        restorePoint: { what: `${host}/${name}`, where: 'the dataset itself', at: snapshot.createdAt, verified: true },
      }),
    };
  },
  async run({ host, snapshot }, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(host)).write({ verb: 'rollback', snapshot }, permit, signal);
    return { done: true };
  },
  async verify({ host, snapshot: name }, result, { clients: { zfs }, signal }) {
    const { dataset, snapshots } = await readDataset(zfs, host, ownerName(name), signal);
    const newest = snapshots.at(-1);
    const evidence = [
      `${dataset.name} refers to ${sizeText(dataset.referenced)}, its newest snapshot is ${newest?.name ?? 'none'}`,
    ];
    if (newest?.name !== name) return { ok: 'no', evidence };
    // Somebody may have written to it since: then the sizes differ, and only that the command ended well is known.
    if (dataset.referenced === newest.referenced) return { ok: 'yes', evidence };
    return {
      ok: result === undefined ? 'unknown' : 'yes',
      evidence: [...evidence, 'something was written to it since'],
    };
  },
});
