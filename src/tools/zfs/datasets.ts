import * as z from 'zod';
import { inputError, StewardError } from '../../core/errors.ts';
import { parseCursor } from '../../core/render.ts';
import { sizeText } from '../../core/size.ts';
import type { Parts } from '../../world/parts.ts';
import type { World } from '../../world/world.ts';
import { ownerOf, podsOn, volumesByDataset, type ZfsRelationParts } from '../../world/zfs/relations.ts';
import type { ZfsDataset, ZfsSnapshots } from '../../world/zfs/schema.ts';
import { age } from '../cluster/support/age.ts';
import { Cursor } from '../cluster/support/inputs.ts';
import { defineTool } from '../define.ts';
import { DatasetName, Host } from './support/inputs.ts';

const PAGE = 150;

interface Row {
  readonly key: string;
  readonly dataset: ZfsDataset;
  readonly snapshots: ZfsSnapshots | undefined;
  readonly owner: string;
  readonly users: string;
}

interface Found {
  readonly rows: readonly Row[];
  readonly offset: number;
  readonly now: Date;
  readonly gaps: readonly string[];
}

const Input = z.strictObject({ host: Host.optional(), root: DatasetName.optional(), cursor: Cursor.optional() });

export default defineTool({
  name: 'zfs_datasets',
  title: 'ZFS datasets',
  description:
    'Datasets with size, snapshots (count, newest, held, cloned), origin, owner (CSI, Proxmox, replication) and the pods that use them. root narrows to one tree.',
  effect: 'read',
  needs: ['world'],
  taints: [],
  input: Input,
  async run({ host, root, cursor }, { clients: { world }, now, signal }): Promise<Found> {
    const offset = cursor === undefined ? 0 : parseCursor(cursor);
    if (offset === undefined)
      throw inputError('invalid_cursor', 'Unable to list: the cursor is not one of ours.', 'Leave cursor out.');
    const seen = await world.world({ maxAgeMs: 10_000, signal });
    const { parts, gaps } = partsOf(seen);
    const rows = [...parts.zfsDatasets]
      .filter(([, { metadata }]) => isWanted(metadata, host, root))
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, dataset]) => rowOf(key, dataset, parts));
    return { rows, offset, now, gaps };
  },
  render: ({ rows, offset, now, gaps }) => ({
    summary: `${rows.length} dataset${rows.length === 1 ? '' : 's'}, ${rows.filter(({ owner }) => owner !== '').length} of them owned by something else.`,
    sections: [
      ...(gaps.length > 0 ? [{ kind: 'text' as const, title: 'Not known', text: gaps.join('\n') }] : []),
      {
        kind: 'table',
        columns: ['dataset', 'used', 'left', 'snapshots', 'owner', 'used by'],
        rows: rows.slice(offset, offset + PAGE).map((row) => cellsOf(row, now)),
      },
    ],
    page: { offset, total: rows.length },
    ...(rows.length === 0 && { next: 'Leave root and host out to see all.' }),
  }),
});

const isWanted = (
  { namespace, name }: ZfsDataset['metadata'],
  host: string | undefined,
  root: string | undefined,
): boolean =>
  (host === undefined || namespace === host) && (root === undefined || name === root || name.startsWith(`${root}/`));

/** Datasets must be known; whatever else is not makes fewer owners and users known, and is said. */
function partsOf(world: World): { parts: ZfsRelationParts; gaps: readonly string[] } {
  const datasets = world.part('zfsDatasets');
  if (datasets.state !== 'known')
    throw new StewardError(
      `Unable to list datasets: ${datasets.state === 'unknown' ? datasets.reason : 'no ZFS host is configured'}.`,
      { kind: 'target', code: 'world_unknown', hint: 'zfs_status says what can be read.', retryable: true },
    );
  const gaps: string[] = [];
  const others: Partial<Record<(typeof OTHERS)[number], unknown>> = {};
  for (const name of OTHERS) {
    const part = world.part(name);
    if (part.state === 'known') others[name] = part.value;
    else if (part.state === 'unknown') gaps.push(`${name}: ${part.reason}`);
  }
  // sound: each value is that of its own part
  return { parts: { zfsDatasets: datasets.value, ...(others as Partial<Parts>) }, gaps };
}

const OTHERS = ['zfsSnapshots', 'persistentVolumes', 'persistentVolumeClaims', 'pods', 'nodes'] as const;

function rowOf(key: string, dataset: ZfsDataset, parts: ZfsRelationParts): Row {
  const owner = ownerOf(key, parts);
  const [volume] = volumesByDataset(parts).get(key) ?? [];
  const claim = volume?.spec.claimRef;
  const pods = podsOn(key, parts);
  return {
    key,
    dataset,
    snapshots: parts.zfsSnapshots?.get(key),
    owner:
      owner === undefined
        ? ''
        : `${owner.kind}: ${claim ? `claim ${claim.namespace ?? ''}/${claim.name ?? ''}` : owner.by}`,
    users: pods.length > 3 ? `${pods.slice(0, 3).join(', ')}, ${pods.length - 3} more` : pods.join(', '),
  };
}

function cellsOf({ key, dataset, snapshots, owner, users }: Row, now: Date): readonly string[] {
  const name = dataset.origin === undefined ? key : `${key} (clone of ${dataset.origin})`;
  return [name, sizeText(dataset.used), sizeText(dataset.available), snapshotsText(snapshots, now), owner, users];
}

function snapshotsText(snapshots: ZfsSnapshots | undefined, now: Date): string {
  if (snapshots === undefined || snapshots.count === 0) return '-';
  const { count, newest, held, cloned, usedBytes } = snapshots;
  return [
    `${count}, ${sizeText(usedBytes)}`,
    ...(newest ? [`newest @${newest.name} ${age(newest.createdAt, now)}`] : []),
    ...(held.length > 0 ? [`${held.length} held`] : []),
    ...(cloned.length > 0 ? [`${cloned.length} cloned`] : []),
  ].join(', ');
}
