import * as z from 'zod';
import type { DatasetProperty } from '../../../clients/zfs/lists.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { hashOf } from '../../../core/canonical.ts';
import type { Effect } from '../../../core/effect.ts';
import { datasetObject, zfsKey } from '../../../world/zfs/objects.ts';
import { defineAction } from '../../define.ts';
import { DatasetName, Host } from '../support/inputs.ts';
import { type DatasetCase, readDataset, zfsTarget } from '../support/pools.ts';
import { demandRoom, demandSetting, settingText } from '../support/settings.ts';

const Input = z.strictObject({
  host: Host,
  dataset: DatasetName,
  property: z.string().min(1).max(100),
  value: z.string().min(1).max(200),
});
type Input = z.output<typeof Input>;

const writeOf = ({ dataset, property, value }: Input) => ({ verb: 'set', dataset, property, value }) as const;

export default defineAction({
  name: 'zfs_set_property',
  title: 'Set a property of a dataset',
  description:
    'Set one property. dedup, sync=disabled, checksum=off, copies, mountpoint and special_small_blocks are always refused.',
  signature: '{host, dataset, property, value} sizes in bytes',
  reversibility: 'reversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, dataset }) => [zfsTarget(host, 'Dataset', dataset)],
  async plan(input, { clients: { zfs }, signal }) {
    const { host, dataset, property, value } = input;
    demandSetting(dataset, property, value);
    const found = await readDataset(zfs, host, dataset, signal);
    demandRoom(found.dataset, property, value);
    const before = (await found.reader.properties(dataset, signal)).find((one) => one.property === property);
    const target = zfsTarget(host, 'Property', `${dataset}:${property}`);
    return {
      preview: `Dataset ${host}/${dataset}: ${property} ${settingText(property, before?.value ?? '-')} (${before?.source ?? 'not set'}) -> ${settingText(property, value)} (local)`,
      effects: effectsOf(host, found, input),
      preconditions: [
        { target, uid: found.dataset.guid, version: hashOf([before?.value ?? '-', before?.source ?? '-']) },
      ],
      touches: before?.value === value && before.source === 'local' ? [] : [touchOf(host, writeOf(input))],
      undo: undoOf(before),
    };
  },
  async run(input, { clients: { zfs }, permit, signal }) {
    await (await zfs.host(input.host)).write(writeOf(input), permit, signal);
  },
  async verify({ host, dataset, property, value }, _result, { clients: { zfs }, signal }) {
    const all = await (await zfs.host(host)).properties(dataset, signal);
    const now = all.find((one) => one.property === property);
    const evidence = [`${property} of ${dataset} is ${now?.value ?? '-'} (${now?.source ?? 'not set'})`];
    return { ok: isSet(now, value) ? 'yes' : 'no', evidence };
  },
});

/** `none` of a size reads as 0 and as not set. */
function isSet(now: DatasetProperty | undefined, wanted: string): boolean {
  if (wanted === 'none') return now?.value === '0' || now?.value === 'none';
  return now?.value === wanted && now.source === 'local';
}

/** What it was, or that it was inherited: there is no action that takes a local value away again. */
const undoOf = (before: DatasetProperty | undefined): string =>
  before?.source === 'local'
    ? `zfs_set_property ${before.property}=${before.value}.`
    : `zfs_set_property with the old value (${before?.value ?? 'none'}); a person can zfs inherit it.`;

/** User properties are part of the world; the others show in what ZFS does. */
function effectsOf(host: string, { dataset, own }: DatasetCase, { property, value }: Input): readonly Effect[] {
  if (!property.includes(':')) return [];
  const changed = datasetObject(host, dataset, { ...own, [property]: value });
  return [{ op: 'put', part: 'zfsDatasets', id: zfsKey(host, dataset.name), value: changed }];
}
