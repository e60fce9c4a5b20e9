import * as z from 'zod';
import { datasetVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { inputError } from '../../../core/errors.ts';
import { sizeText } from '../../../core/size.ts';
import { snapshotsObject, zfsKey } from '../../../world/zfs/objects.ts';
import { defineAction } from '../../define.ts';
import { DatasetName, Host } from '../support/inputs.ts';
import { readDataset, stillSo, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({
  host: Host,
  dataset: DatasetName,
  name: z.string().regex(/^steward-[A-Za-z0-9_.:-]{1,60}$/, 'must begin with steward-'),
});
const fullName = ({ dataset, name }: z.output<typeof Input>): string => `${dataset}@${name}`;

export default defineAction({
  name: 'zfs_create_snapshot',
  title: 'Snapshot a dataset',
  description: 'Keep a dataset as it is now, without its children.',
  signature: '{host, dataset, name: steward-...}',
  reversibility: 'reversible',
  needs: ['zfs'],
  input: Input,
  targets: (input) => [zfsTarget(input.host, 'Snapshot', fullName(input))],
  async plan(input, { clients: { zfs }, now, signal }) {
    const { dataset, snapshots } = await readDataset(zfs, input.host, input.dataset, signal);
    const snapshot = fullName(input);
    if (snapshots.some(({ name }) => name === snapshot))
      throw inputError('snapshot_exists', `Unable to make ${snapshot}: it exists.`, 'Choose another name.');
    const fresh = {
      name: snapshot,
      guid: 'new',
      used: 0,
      referenced: dataset.referenced,
      createdAt: now.toISOString(),
      holds: 0,
      clones: [],
    };
    return {
      preview: `Snapshot ${input.host}/${snapshot}: new, of ${sizeText(dataset.referenced)}; it keeps what is deleted from now on`,
      effects: [
        {
          op: 'put',
          part: 'zfsSnapshots',
          id: zfsKey(input.host, input.dataset),
          value: snapshotsObject(input.host, input.dataset, [...snapshots, fresh]),
        },
      ],
      preconditions: [
        stillSo(zfsTarget(input.host, 'Dataset', input.dataset), datasetVersion(dataset, snapshots)),
        { target: zfsTarget(input.host, 'Snapshot', snapshot), absent: true },
      ],
      touches: [touchOf(input.host, { verb: 'snapshot', snapshot })],
      undo: 'zfs_destroy_snapshot of it.',
    };
  },
  async run(input, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(input.host)).write({ verb: 'snapshot', snapshot: fullName(input) }, permit, signal);
  },
  async verify(input, _result, { clients: { zfs }, signal }) {
    const { snapshots } = await readDataset(zfs, input.host, input.dataset, signal);
    const found = snapshots.find(({ name }) => name === fullName(input));
    return found
      ? { ok: 'yes', evidence: [`${found.name} has the guid ${found.guid}`] }
      : { ok: 'no', evidence: [`there is no ${fullName(input)}`] };
  },
});
