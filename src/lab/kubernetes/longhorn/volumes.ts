import type { LabApi } from '../controller.ts';
import { all, type Node, one, type PersistentVolume } from '../controllers/kinds.ts';
import { attemptCreate, safeHash, timestamp, tolerate } from '../controllers/support.ts';
import { quantityNumber } from '../objects/quantity.ts';
import { longhornObject } from './definitions.ts';
import type { LonghornPlan } from './facts.ts';
import { longhornList } from './kinds.ts';
import { DRIVER, isReady, ZONE } from './nodes.ts';

export interface Backed {
  readonly volume: PersistentVolume;
  readonly handle: string;
  readonly claim: string;
}

/** Persistent volumes that Longhorn serves. */
export const backedVolumes = (api: LabApi): readonly Backed[] =>
  all(api, 'persistentvolumes').flatMap((volume) => {
    const csi = volume.spec['csi'] as { driver?: string; volumeHandle?: string } | undefined; // of the API's own schema
    const { namespace = '', name = '' } = volume.spec.claimRef ?? {};
    return csi?.driver === DRIVER && csi.volumeHandle !== undefined
      ? [{ volume, handle: csi.volumeHandle, claim: `${namespace}/${name}` }]
      : [];
  });

/** Makes the objects of volumes that are new, and takes away those whose persistent volume is gone; what people made by hand stays. */
export function keepVolumes(api: LabApi, plan: LonghornPlan): void {
  const backed = backedVolumes(api);
  const there = new Map(longhornList(api, 'volumes.longhorn.io').map((volume) => [volume.metadata.name, volume]));
  for (const each of backed) if (!there.has(each.handle)) createVolume(api, plan, each);
  const wanted = new Set(backed.map(({ handle }) => handle));
  const gone = new Set(
    [...there.values()].flatMap(({ metadata, status }) =>
      !wanted.has(metadata.name) && status?.kubernetesStatus?.pvName ? [metadata.name] : [],
    ),
  );
  for (const name of gone) tolerate(() => api.delete('volumes.longhorn.io', plan.namespace, name, {}));
  for (const { metadata, spec } of longhornList(api, 'replicas.longhorn.io'))
    if (gone.has(spec.volumeName))
      tolerate(() => api.delete('replicas.longhorn.io', plan.namespace, metadata.name, {}));
}

function createVolume(api: LabApi, plan: LonghornPlan, { volume, handle, claim }: Backed): void {
  const amount = replicasOf(api, volume, plan);
  const size = String(quantityNumber(volume.spec.capacity?.['storage'] ?? '0'));
  const spec = {
    size,
    numberOfReplicas: amount,
    dataEngine: 'v1',
    dataLocality: 'disabled',
    frontend: 'blockdev',
    accessMode: volume.spec.accessModes?.includes('ReadWriteMany') ? 'rwx' : 'rwo',
    backupTargetName: 'default',
    Standby: false,
    staleReplicaTimeout: 30,
  };
  attemptCreate(
    api,
    'volumes.longhorn.io',
    longhornObject('Volume', plan, handle, { spec }, { 'recurring-job-group.longhorn.io/default': 'enabled' }),
  );
  const now = timestamp(api.now());
  for (const node of placesFor(api, plan, claim, amount)) {
    const name = `${handle}-r-${safeHash(`${handle}/${node}`, 8)}`;
    const replica = {
      volumeName: handle,
      volumeSize: size,
      nodeID: node,
      diskID: safeHash(node, 12),
      diskPath: '/var/lib/longhorn/',
      dataDirectoryName: `${handle}-${safeHash(name, 8)}`,
      desireState: 'running',
      engineName: `${handle}-e-0`,
      active: true,
      healthyAt: now,
      failedAt: '',
    };
    const labels = { longhornvolume: handle, longhornnode: node };
    attemptCreate(api, 'replicas.longhorn.io', longhornObject('Replica', plan, name, { spec: replica }, labels));
  }
}

function replicasOf(api: LabApi, { spec }: PersistentVolume, plan: LonghornPlan): number {
  const storage = api.get('storageclasses.storage.k8s.io', undefined, spec.storageClassName ?? '');
  const parameters = storage?.['parameters'] as Readonly<Record<string, string>> | undefined; // of the API's own schema
  return Number(parameters?.['numberOfReplicas'] ?? plan.replicas);
}

/** The emptiest nodes that are open for replicas, no two of one zone while there is a choice. */
function placesFor(api: LabApi, plan: LonghornPlan, claim: string, amount: number): readonly string[] {
  const given = plan.volumes.get(claim)?.on;
  if (given !== undefined) return given;
  const used = new Map<string, number>();
  for (const { spec } of longhornList(api, 'replicas.longhorn.io'))
    used.set(spec.nodeID, (used.get(spec.nodeID) ?? 0) + 1);
  const open = longhornList(api, 'nodes.longhorn.io')
    .flatMap(({ metadata, spec }) => (spec.allowScheduling ? (one(api, 'nodes', undefined, metadata.name) ?? []) : []))
    .filter((node) => isReady(node) && node.spec?.unschedulable !== true)
    .sort((a, b) => (used.get(a.metadata.name) ?? 0) - (used.get(b.metadata.name) ?? 0));
  const zoneOf = ({ metadata }: Node): string => metadata.labels?.[ZONE] ?? metadata.name;
  const chosen: Node[] = [];
  for (const node of open)
    if (chosen.length < amount && !chosen.some((other) => zoneOf(other) === zoneOf(node))) chosen.push(node);
  for (const node of open) if (chosen.length < amount && !chosen.includes(node)) chosen.push(node);
  return chosen.map(({ metadata }) => metadata.name);
}
