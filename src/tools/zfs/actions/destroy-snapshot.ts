import * as z from 'zod';
import { snapshotVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import type { Refusal } from '../../../core/change.ts';
import { sizeText } from '../../../core/size.ts';
import { snapshotsObject, zfsKey } from '../../../world/zfs/objects.ts';
import { defineAction } from '../../define.ts';
import { Host, SnapshotName } from '../support/inputs.ts';
import { ownerName, readDataset, snapshotIn, stillSo, zfsTarget } from '../support/pools.ts';
import { replicaOf } from '../support/restore-point.ts';

const Input = z.strictObject({ host: Host, snapshot: SnapshotName });

export default defineAction({
  name: 'zfs_destroy_snapshot',
  title: 'Destroy a snapshot',
  description: 'Destroy one snapshot, never more than one and never a dataset.',
  signature: '{host, snapshot}',
  reversibility: 'irreversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, snapshot }) => [zfsTarget(host, 'Snapshot', snapshot)],
  async plan({ host, snapshot: name }, { clients: { zfs }, signal }) {
    const owner = ownerName(name);
    const found = await readDataset(zfs, host, owner, signal);
    const snapshot = snapshotIn(found, name);
    const [{ names, refusal }, restorePoint] = await Promise.all([
      found.reader.destroyPreview(name, signal),
      replicaOf(zfs, snapshot, { host, pool: owner.split('/')[0] ?? '' }, signal),
    ]);
    const target = zfsTarget(host, 'Snapshot', name);
    const isAlone = names.length === 1 && names[0] === name;
    const message = refusal ?? `it would take ${names.length} things along: ${names.slice(0, 5).join(', ')}`;
    const refusals: Refusal[] = isAlone ? [] : [{ target, code: 'other', message }];
    const rest = found.snapshots.filter((one) => one !== snapshot);
    return {
      preview: [
        `Snapshot ${host}/${name}: destroyed, for good. Created ${snapshot.createdAt}, gives back ${sizeText(snapshot.used)}`,
        'zfs destroy -nvp says that exactly these go:',
        ...(names.length > 0 ? names : [`none: ${refusal ?? ''}`]),
        restorePoint === undefined
          ? 'No other pool that is configured has a copy of it: that moment is gone for good.'
          : `The same snapshot (guid ${snapshot.guid}) stays as ${restorePoint.what}.`,
      ].join('\n'),
      effects: [
        { op: 'put', part: 'zfsSnapshots', id: zfsKey(host, owner), value: snapshotsObject(host, owner, rest) },
      ],
      preconditions: [stillSo(target, snapshotVersion(snapshot))],
      touches: [touchOf(host, { verb: 'destroy_snapshot', snapshot: name })],
      refusals,
      undo: restorePoint === undefined ? null : `A person sends ${restorePoint.what} back (zfs send).`,
      ...(restorePoint && { restorePoint }),
    };
  },
  async run({ host, snapshot }, { clients: { zfs }, permit, signal }) {
    const client = await zfs.host(host);
    const before = (await client.snapshots(ownerName(snapshot), signal)).map(({ name }) => name);
    await client.write({ verb: 'destroy_snapshot', snapshot }, permit, signal);
    return { before };
  },
  async verify({ host, snapshot }, result, { clients: { zfs }, signal }) {
    const now = (await (await zfs.host(host)).snapshots(ownerName(snapshot), signal)).map(({ name }) => name);
    if (now.includes(snapshot)) return { ok: 'no', evidence: [`${snapshot} is still there`] };
    // Others may come and, by their own rotation, go: what counts is that this one alone was ours.
    const gone = (result?.before ?? []).filter((name) => !now.includes(name));
    return {
      ok: 'yes',
      evidence: [`${snapshot} is gone`, ...(gone.length > 1 ? [`gone since: ${gone.join(', ')}`] : [])],
    };
  },
});
