import * as z from 'zod';
import { datasetVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { inputError } from '../../../core/errors.ts';
import { datasetObject, zfsKey } from '../../../world/zfs/objects.ts';
import { defineAction } from '../../define.ts';
import { DatasetName, Host } from '../support/inputs.ts';
import { readDataset, stillSo, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({ host: Host, dataset: DatasetName });
const parentOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')));

export default defineAction({
  name: 'zfs_create_dataset',
  title: 'Create a dataset',
  description: 'Make a file system; it inherits everything. Settings come afterwards with zfs_set_property.',
  signature: '{host, dataset}',
  // No action destroys a dataset: an empty one is taken away by a person.
  reversibility: 'externally_reversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, dataset }) => [zfsTarget(host, 'Dataset', dataset)],
  async plan({ host, dataset }, { clients: { zfs }, now, signal }) {
    const parent = parentOf(dataset);
    if (parent === '')
      throw inputError('no_parent', `Unable to make ${dataset}: it would be a pool.`, 'Name a dataset below a pool.');
    const found = await readDataset(zfs, host, parent, signal);
    if ((await found.reader.datasets(signal)).some(({ name }) => name === dataset))
      throw inputError('dataset_exists', `Unable to make ${dataset}: it exists.`, 'Choose another name.');
    const value = datasetObject(host, {
      ...found.dataset,
      name: dataset,
      guid: 'new',
      type: 'filesystem',
      used: 0,
      referenced: 0,
      mountpoint: found.dataset.mountpoint && `${found.dataset.mountpoint}/${dataset.slice(parent.length + 1)}`,
      origin: undefined,
      createdAt: now.toISOString(),
    });
    return {
      preview: `Dataset ${host}/${dataset}: new file system in ${parent}`,
      effects: [{ op: 'put', part: 'zfsDatasets', id: zfsKey(host, dataset), value }],
      preconditions: [
        { target: zfsTarget(host, 'Dataset', dataset), absent: true },
        stillSo(zfsTarget(host, 'Dataset', parent), datasetVersion(found.dataset, found.snapshots)),
      ],
      touches: [touchOf(host, { verb: 'create', dataset })],
      undo: `A person at a shell: zfs destroy ${dataset}, while it is empty.`,
    };
  },
  async run({ host, dataset }, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(host)).write({ verb: 'create', dataset }, permit, signal);
  },
  async verify({ host, dataset }, _result, { clients: { zfs }, signal }) {
    const found = (await (await zfs.host(host)).datasets(signal)).find(({ name }) => name === dataset);
    return found
      ? { ok: 'yes', evidence: [`${dataset} has the guid ${found.guid}, mounted at ${found.mountpoint ?? 'nowhere'}`] }
      : { ok: 'no', evidence: [`there is no ${dataset}`] };
  },
});
