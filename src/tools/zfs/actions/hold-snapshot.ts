import * as z from 'zod';
import type { DatasetWrite } from '../../../clients/zfs/contract.ts';
import { snapshotVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { inputError } from '../../../core/errors.ts';
import { snapshotsObject, zfsKey } from '../../../world/zfs/objects.ts';
import { defineAction } from '../../define.ts';
import { Host, SnapshotName } from '../support/inputs.ts';
import { ownerName, readDataset, snapshotIn, stillSo, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({
  host: Host,
  snapshot: SnapshotName,
  tag: z
    .string()
    .regex(/^steward-[a-z0-9_.:-]{1,60}$/, 'must begin with steward-')
    .default('steward-keep'),
  release: z.boolean().default(false),
});
type Input = z.output<typeof Input>;

const writeOf = ({ snapshot, tag, release }: Input): DatasetWrite => ({
  verb: release ? 'release' : 'hold',
  snapshot,
  tag,
});

export default defineAction({
  name: 'zfs_hold_snapshot',
  title: 'Hold a snapshot',
  description: 'Keep a snapshot from being destroyed by anybody, or give up a hold of ours.',
  signature: '{host, snapshot, tag?: steward-..., release?}',
  reversibility: 'reversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, snapshot }) => [zfsTarget(host, 'Snapshot', snapshot)],
  async plan(input, { clients: { zfs }, signal }) {
    const { host, release } = input;
    const owner = ownerName(input.snapshot);
    const found = await readDataset(zfs, host, owner, signal);
    const snapshot = snapshotIn(found, input.snapshot);
    if (release && snapshot.holds === 0)
      throw inputError('no_hold', `Unable to release ${input.snapshot}: nobody holds it.`, 'Nothing needs to be done.');
    const holds = snapshot.holds + (release ? -1 : 1);
    const after = found.snapshots.map((one) => (one === snapshot ? { ...one, holds } : one));
    return {
      preview: `Snapshot ${host}/${input.snapshot}: ${release ? 'give up the hold' : 'hold as'} ${input.tag} (holds now: ${snapshot.holds})`,
      effects: [
        { op: 'put', part: 'zfsSnapshots', id: zfsKey(host, owner), value: snapshotsObject(host, owner, after) },
      ],
      preconditions: [stillSo(zfsTarget(host, 'Snapshot', input.snapshot), snapshotVersion(snapshot))],
      touches: [touchOf(host, writeOf(input))],
      undo: release ? 'zfs_hold_snapshot again.' : 'zfs_hold_snapshot with release.',
    };
  },
  async run(input, { clients: { zfs }, permit, signal }) {
    const host = await zfs.host(input.host);
    const before = await holdsOf(host, input.snapshot, signal);
    await host.write(writeOf(input), permit, signal);
    return { before };
  },
  async verify(input, result, { clients: { zfs }, signal }) {
    const holds = await holdsOf(await zfs.host(input.host), input.snapshot, signal);
    const evidence = [`${input.snapshot} has ${holds} hold${holds === 1 ? '' : 's'}`];
    if (result === undefined) return { ok: 'unknown', evidence };
    return { ok: holds === result.before + (input.release ? -1 : 1) ? 'yes' : 'no', evidence };
  },
});

async function holdsOf(
  host: { snapshots(dataset: string, signal: AbortSignal): Promise<readonly { name: string; holds: number }[]> },
  snapshot: string,
  signal: AbortSignal,
): Promise<number> {
  const all = await host.snapshots(ownerName(snapshot), signal);
  return all.find(({ name }) => name === snapshot)?.holds ?? 0;
}
