import type { PersistentVolume } from '../kubernetes/storage.ts';
import { push } from '../labels.ts';
import type { Parts } from '../parts.ts';
import type { LonghornReplica, LonghornVolume } from './schema.ts';

export const LONGHORN_DRIVER = 'driver.longhorn.io';

/** It has all of the data: written to the end once, and not given up since. */
export const holdsData = ({ spec }: LonghornReplica): boolean =>
  spec.active && spec.healthyAt !== undefined && spec.failedAt === undefined;

/** It runs, and does not have all of the data yet. */
export const isRebuilding = ({ spec, status }: LonghornReplica): boolean =>
  spec.healthyAt === undefined && spec.failedAt === undefined && status.currentState === 'running';

/** Name of a volume -> its replicas; the volume's own key where the namespace matters. */
export function replicasByVolume({
  longhornReplicas,
}: Pick<Parts, 'longhornReplicas'>): ReadonlyMap<string, readonly LonghornReplica[]> {
  const found = new Map<string, LonghornReplica[]>();
  for (const replica of longhornReplicas.values())
    push(found, `${replica.metadata.namespace ?? ''}/${replica.spec.volumeName}`, replica);
  return found;
}

/** Claim that uses a volume now: `namespace/name`; undefined when nobody does. */
export const claimOf = ({ status: { kubernetesStatus: is } }: LonghornVolume): string | undefined =>
  is.pvcName === '' || is.lastPVCRefAt !== undefined ? undefined : `${is.namespace}/${is.pvcName}`;

/** Persistent volumes by the name of the Longhorn volume behind them. */
export const volumesByHandle = ({
  persistentVolumes,
}: Pick<Parts, 'persistentVolumes'>): ReadonlyMap<string, PersistentVolume> =>
  new Map(
    [...persistentVolumes.values()].flatMap((volume) =>
      volume.spec.csi?.driver === LONGHORN_DRIVER
        ? [[volume.spec.csi.volumeHandle ?? volume.metadata.name, volume] as const]
        : [],
    ),
  );
