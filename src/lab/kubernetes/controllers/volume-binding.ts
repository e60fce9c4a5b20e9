import type { LabApi } from '../controller.ts';
import { compareQuantities } from '../objects/quantity.ts';
import { all, one, type PersistentVolume, type PersistentVolumeClaim, type StorageClass } from './kinds.ts';
import { selects } from './selecting.ts';
import { isDeleting, MANAGER, tolerate, writeStatus } from './support.ts';
import { provisionVolume, requestedStorage, SELECTED_NODE } from './volume-provisioning.ts';

type Claim = PersistentVolumeClaim;

const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

export const waitsForConsumer = (storage: StorageClass | undefined): boolean =>
  storage?.volumeBindingMode === 'WaitForFirstConsumer';

const sizeOf = ({ spec }: PersistentVolume): string => spec.capacity?.['storage'] ?? '0';

const isReservedFor = ({ spec: { claimRef } }: PersistentVolume, { metadata }: Claim): boolean =>
  claimRef?.name === metadata.name &&
  claimRef.namespace === metadata.namespace &&
  (claimRef.uid === undefined || claimRef.uid === metadata.uid);

const satisfies = (volume: PersistentVolume, claim: Claim): boolean =>
  (volume.spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '') &&
  compareQuantities(sizeOf(volume), requestedStorage(claim)) >= 0 &&
  (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode)) &&
  (claim.spec.selector === undefined || selects(claim.spec.selector, volume.metadata.labels));

const fits = (volume: PersistentVolume, claim: Claim): boolean => {
  if (isDeleting(volume)) return false;
  if (volume.spec.claimRef?.name !== undefined) return isReservedFor(volume, claim);
  if (claim.spec.volumeName !== undefined) return claim.spec.volumeName === volume.metadata.name;
  return satisfies(volume, claim);
};

const bind = (api: LabApi, claim: Claim, volume: PersistentVolume): void => {
  const { name, namespace, uid } = claim.metadata;
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid };
  if (volume.spec.claimRef?.uid !== uid)
    tolerate(() => api.update('persistentvolumes', { ...volume, spec: { ...volume.spec, claimRef } }, MANAGER));
  const taken = one(api, 'persistentvolumes', undefined, volume.metadata.name);
  if (taken) writeStatus(api, 'persistentvolumes', taken, { ...taken.status, phase: 'Bound' });
  const annotations = { ...claim.metadata.annotations, 'pv.kubernetes.io/bind-completed': 'yes' };
  const bound = {
    ...claim,
    metadata: { ...claim.metadata, annotations },
    spec: { ...claim.spec, volumeName: volume.metadata.name },
  };
  tolerate(() => api.update('persistentvolumeclaims', bound, MANAGER));
};

/** Why a claim is not bound, in the words of the real controller. */
export interface Waiting {
  readonly reason: 'FailedBinding' | 'ProvisioningFailed' | 'WaitForFirstConsumer' | 'ExternalProvisioning';
  readonly message: string;
}

const smallestFit = (api: LabApi, claim: Claim): PersistentVolume | undefined =>
  [...all(api, 'persistentvolumes')]
    .sort((a, b) => compareQuantities(sizeOf(a), sizeOf(b)))
    .find((volume) => fits(volume, claim));

/** Why no volume can be made for the claim; the class when one can. */
const provisioning = (
  claim: Claim,
  storage: StorageClass | undefined,
  hasConsumer: boolean,
  isStuck: (claim: Claim) => boolean,
): StorageClass | Waiting => {
  const className = claim.spec.storageClassName;
  if (!className)
    return {
      reason: 'FailedBinding',
      message: 'no persistent volumes available for this claim and no storage class is set',
    };
  if (!storage)
    return { reason: 'ProvisioningFailed', message: `storageclass.storage.k8s.io "${className}" not found` };
  if (waitsForConsumer(storage) && !hasConsumer)
    return { reason: 'WaitForFirstConsumer', message: 'waiting for first consumer to be created before binding' };
  if (isStuck(claim) || storage.provisioner === NO_PROVISIONER)
    return {
      reason: 'ExternalProvisioning',
      message: `Waiting for a volume to be created either by the external provisioner '${storage.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    };
  return storage;
};

/** Binds a claim to a volume that fits, or has one made; otherwise says why it must wait. */
export const bindClaim = (api: LabApi, claim: Claim, isStuck: (claim: Claim) => boolean): Waiting | undefined => {
  const className = claim.spec.storageClassName;
  const storage = className ? one(api, 'storageclasses.storage.k8s.io', undefined, className) : undefined;
  const hasConsumer = claim.metadata.annotations?.[SELECTED_NODE] !== undefined;
  const ready = smallestFit(api, claim);
  if (ready && (!waitsForConsumer(storage) || hasConsumer || ready.spec.claimRef?.name !== undefined)) {
    bind(api, claim, ready);
    return undefined;
  }
  const outcome = provisioning(claim, storage, hasConsumer, isStuck);
  if ('reason' in outcome && 'message' in outcome) return outcome as Waiting; // a class has no such fields
  provisionVolume(api, claim, outcome as StorageClass);
  return undefined;
};
