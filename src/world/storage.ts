import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from './kubernetes/storage.ts';
import type { Parts } from './parts.ts';
import type { Workload } from './relations.ts';

export type StorageParts = Pick<Parts, 'persistentVolumeClaims' | 'persistentVolumes'>;

/** Keys of the claims that a pod of this spec mounts: `namespace/name`. */
export const claimsOf = ({ namespace, spec }: Pick<Workload, 'namespace' | 'spec'>): readonly string[] =>
  spec.volumes.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [`${namespace}/${persistentVolumeClaim.claimName}`],
  );

export const volumeOf = (
  claim: PersistentVolumeClaim,
  { persistentVolumes }: Pick<Parts, 'persistentVolumes'>,
): PersistentVolume | undefined => persistentVolumes.get(claim.spec.volumeName ?? '');

export const classOf = (
  claim: PersistentVolumeClaim,
  { storageClasses }: Pick<Parts, 'storageClasses'>,
): StorageClass | undefined => storageClasses.get(claim.spec.storageClassName ?? '');

/** The volumes of the bound claims that a pod of this spec mounts. */
export const boundVolumes = (
  workload: Pick<Workload, 'namespace' | 'spec'>,
  parts: StorageParts,
): readonly PersistentVolume[] =>
  claimsOf(workload).flatMap((id) => {
    const claim = parts.persistentVolumeClaims.get(id);
    const volume = claim === undefined ? undefined : volumeOf(claim, parts);
    return volume === undefined ? [] : [volume];
  });
