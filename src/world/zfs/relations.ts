import type { Pod } from '../kubernetes/pod.ts';
import type { PersistentVolume } from '../kubernetes/storage.ts';
import { push } from '../labels.ts';
import type { Parts } from '../parts.ts';
import { idOf } from '../relations.ts';
import { claimsOf } from '../storage.ts';
import type { ZfsDataset } from './schema.ts';

/** What hangs on what, from a pod down to a disk. Parts that are not known are left out: then less is known to hang on it. */
export type ZfsRelationParts = Pick<Parts, 'zfsDatasets'> &
  Partial<Pick<Parts, 'zfsSnapshots' | 'zfsDisks' | 'persistentVolumes' | 'persistentVolumeClaims' | 'pods' | 'nodes'>>;

/** Whose a dataset is. `plain` ones have no owner. */
export interface Owner {
  readonly kind: 'csi' | 'openebs' | 'pve' | 'replication';
  /** What says so, as people read it: `PersistentVolume pvc-1`, `guest 103`. */
  readonly by: string;
}

const lastOf = (dataset: string): string => dataset.slice(dataset.lastIndexOf('/') + 1);
const hostOf = ({ metadata }: ZfsDataset): string => metadata.namespace ?? '';

interface VolumeIndex {
  readonly byDataset: ReadonlyMap<string, readonly PersistentVolume[]>;
  readonly datasetOf: ReadonlyMap<string, string>;
}
const kept = new WeakMap<object, { readonly volumes: unknown; readonly index: VolumeIndex }>();

/** Parts never change, so the index of the same two parts is made once, in time linear in both. */
function indexVolumes({ zfsDatasets, persistentVolumes }: ZfsRelationParts): VolumeIndex {
  const known = kept.get(zfsDatasets);
  if (known !== undefined && known.volumes === persistentVolumes) return known.index;
  const byName = new Map<string, string>();
  for (const [key, { metadata, properties }] of zfsDatasets) {
    byName.set(`last ${lastOf(metadata.name)}`, key);
    byName.set(`path ${metadata.name}`, key);
    const volume = properties['democratic-csi:csi_volume_name'];
    if (volume !== undefined) byName.set(`csi ${volume}`, key);
  }
  const datasetOf = new Map<string, string>();
  const byDataset = new Map<string, PersistentVolume[]>();
  for (const volume of persistentVolumes?.values() ?? []) {
    const key = datasetBehind(volume, byName);
    if (key === undefined) continue;
    datasetOf.set(volume.metadata.name, key);
    push(byDataset, key, volume);
  }
  const index = { byDataset, datasetOf };
  kept.set(zfsDatasets, { volumes: persistentVolumes, index });
  return index;
}

function datasetBehind({ spec }: PersistentVolume, byName: ReadonlyMap<string, string>): string | undefined {
  const { driver, volumeHandle, volumeAttributes = {} } = spec.csi ?? {};
  if (driver === undefined || volumeHandle === undefined || !/zfs|democratic-csi/.test(driver)) return undefined;
  const home = volumeAttributes['openebs.io/poolname'];
  if (home !== undefined) return byName.get(`path ${home}/${volumeHandle}`);
  return byName.get(`csi ${volumeHandle}`) ?? byName.get(`last ${volumeHandle}`);
}

/** The dataset or zvol behind a volume of democratic-csi or OpenEBS: its key, or undefined when it lies elsewhere. */
export const datasetOfVolume = (volume: PersistentVolume, parts: ZfsRelationParts): string | undefined =>
  indexVolumes(parts).datasetOf.get(volume.metadata.name);

/** dataset key -> the volumes that lie on it. */
export const volumesByDataset = (parts: ZfsRelationParts): ReadonlyMap<string, readonly PersistentVolume[]> =>
  indexVolumes(parts).byDataset;

const OWNERS: readonly ((dataset: ZfsDataset) => Owner | undefined)[] = [
  ({ properties }) => {
    const name = properties['democratic-csi:csi_volume_name'];
    const isManaged = name !== undefined || properties['democratic-csi:managed_resource'] === 'true';
    return isManaged ? { kind: 'csi', by: `democratic-csi volume ${name ?? 'without a name'}` } : undefined;
  },
  ({ properties }) => {
    const name = Object.entries(properties).find(([key]) => key.startsWith('openebs.io'))?.[1];
    return name === undefined ? undefined : { kind: 'openebs', by: `OpenEBS volume ${name}` };
  },
  ({ metadata }) => {
    const guest = /^(?:vm|subvol|base)-(\d+)-/.exec(lastOf(metadata.name))?.[1];
    return guest === undefined ? undefined : { kind: 'pve', by: `guest ${guest} of Proxmox` };
  },
];

/** The owner of a dataset by its properties, its name, its snapshots, or a PersistentVolume; of an owned parent as well. */
export function ownerOf(key: string, parts: ZfsRelationParts): Owner | undefined {
  const volumes = volumesByDataset(parts);
  for (let at = key; at.includes('/'); at = at.slice(0, at.lastIndexOf('/'))) {
    const dataset = parts.zfsDatasets.get(at);
    if (dataset === undefined) continue;
    for (const rule of OWNERS) {
      const owner = rule(dataset);
      if (owner !== undefined) return owner;
    }
    const [volume] = volumes.get(at) ?? [];
    if (volume !== undefined) return { kind: 'csi', by: `PersistentVolume ${volume.metadata.name}` };
  }
  const [marked] = parts.zfsSnapshots?.get(key)?.marked ?? [];
  return marked === undefined ? undefined : { kind: 'replication', by: `snapshot @${marked}` };
}

/** The first owned dataset right below: then this one is the home of that owner's volumes. */
export function homeOf(key: string, parts: ZfsRelationParts): Owner | undefined {
  for (const child of parts.zfsDatasets.keys()) {
    if (!child.startsWith(`${key}/`) || child.slice(key.length + 1).includes('/')) continue;
    const owner = ownerOf(child, parts);
    if (owner !== undefined && owner.kind !== 'replication') return owner;
  }
  return undefined;
}

/** The node that runs on a ZFS host: of the same name. */
const nodeOfHost = (host: string, { nodes }: ZfsRelationParts): string | undefined =>
  nodes?.has(host) ? host : undefined;

/** Pods that use a dataset, through a claim or through a path of the host: `namespace/name`. */
export function podsOn(key: string, parts: ZfsRelationParts): readonly string[] {
  const dataset = parts.zfsDatasets.get(key);
  if (dataset === undefined) return [];
  const claims = new Set(
    (volumesByDataset(parts).get(key) ?? []).map(
      ({ spec }) => `${spec.claimRef?.namespace ?? ''}/${spec.claimRef?.name ?? ''}`,
    ),
  );
  const node = nodeOfHost(hostOf(dataset), parts);
  return [...(parts.pods?.values() ?? [])]
    .filter(
      (pod) =>
        claimsOf({ namespace: pod.metadata.namespace ?? '', spec: pod.spec }).some((claim) => claims.has(claim)) ||
        (node !== undefined && pod.spec.nodeName === node && usesPath(pod, dataset.mountpoint)),
    )
    .map(({ metadata }) => idOf(metadata));
}

/** A path inside the file system, or one above it that shows it. `/` and the like show everything and mean nothing. */
function usesPath({ spec }: Pod, mountpoint: string | undefined): boolean {
  if (mountpoint === undefined || !mountpoint.startsWith('/')) return false;
  return spec.volumes.some(({ hostPath }) => {
    const path = hostPath?.path.replace(/\/+$/, '');
    if (path === undefined || path === '') return false;
    return path === mountpoint || path.startsWith(`${mountpoint}/`) || mountpoint.startsWith(`${path}/`);
  });
}
