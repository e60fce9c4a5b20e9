import type { LabApi } from '../controller.ts';
import { all, one, type PersistentVolume, type PersistentVolumeClaim, type Pod } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { isDeleting, isFinished, MANAGER, tolerate, writeStatus } from './support.ts';
import { bindClaim } from './volume-binding.ts';

const NAME = 'persistentvolume-controller';
const PROTECTION = 'kubernetes.io/pvc-protection';
const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';

type Claim = PersistentVolumeClaim;

const isUsed = (claim: Claim, pods: readonly Pod[]): boolean =>
  pods.some(
    (pod) =>
      pod.metadata.namespace === claim.metadata.namespace &&
      !isFinished(pod) &&
      pod.spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim.metadata.name),
  );

/** Keeps a claim while a pod uses it; false when there is nothing more to do about it now. */
const isProtected = (api: LabApi, claim: Claim, pods: readonly Pod[]): boolean => {
  const finalizers = claim.metadata.finalizers ?? [];
  const has = finalizers.includes(PROTECTION);
  const leaves = isDeleting(claim);
  if (leaves ? !has || isUsed(claim, pods) : has) return !leaves;
  const next = leaves ? finalizers.filter((each) => each !== PROTECTION) : [...finalizers, PROTECTION];
  const written = { ...claim, metadata: { ...claim.metadata, finalizers: next } };
  tolerate(() => api.update('persistentvolumeclaims', written, MANAGER));
  return false;
};

interface Binder {
  /** Claim -> why it waits: the same words again would only count up. */
  readonly said: Map<string, string>;
  isStuck(claim: Claim): boolean;
}

const bindPending = (api: LabApi, claim: Claim, binder: Binder): void => {
  const { said } = binder;
  const waiting = bindClaim(api, claim, (each) => binder.isStuck(each));
  if (!waiting || said.get(claim.metadata.uid) === waiting.message) return;
  said.set(claim.metadata.uid, waiting.message);
  const type = waiting.reason === 'ProvisioningFailed' ? 'Warning' : 'Normal';
  api.event(claim, type, waiting.reason, waiting.message, NAME);
};

const boundStatus = ({ spec }: PersistentVolume) => ({
  phase: 'Bound',
  accessModes: spec.accessModes ?? [],
  capacity: { storage: spec.capacity?.['storage'] ?? '0' },
});

const reconcileClaim = (api: LabApi, claim: Claim, pods: readonly Pod[], binder: Binder): void => {
  if (!isProtected(api, claim, pods)) return;
  const { volumeName } = claim.spec;
  const volume = volumeName === undefined ? undefined : one(api, 'persistentvolumes', undefined, volumeName);
  if (claim.status?.phase === 'Bound') {
    if (!volume) writeStatus(api, 'persistentvolumeclaims', claim, { ...claim.status, phase: 'Lost' });
  } else if (volume && volume.spec.claimRef?.uid === claim.metadata.uid)
    writeStatus(api, 'persistentvolumeclaims', claim, boundStatus(volume));
  else bindPending(api, claim, binder);
};

const isHeld = (api: LabApi, { spec: { claimRef } }: PersistentVolume): boolean =>
  claimRef?.name !== undefined &&
  api.get('persistentvolumeclaims', claimRef.namespace, claimRef.name)?.metadata.uid === claimRef.uid;

const setPhase = (api: LabApi, volume: PersistentVolume, phase: string): void => {
  if (volume.status?.phase !== phase) writeStatus(api, 'persistentvolumes', volume, { ...volume.status, phase });
};

/** A volume whose claim is gone is deleted or kept as Released, as its policy says. */
const reconcileVolume = (api: LabApi, volume: PersistentVolume): void => {
  const finalizers = volume.metadata.finalizers ?? [];
  if (isDeleting(volume) && finalizers.includes(VOLUME_PROTECTION) && !isHeld(api, volume)) {
    const metadata = { ...volume.metadata, finalizers: finalizers.filter((each) => each !== VOLUME_PROTECTION) };
    return void tolerate(() => api.update('persistentvolumes', { ...volume, metadata }, MANAGER));
  }
  if (!volume.spec.claimRef?.uid) return setPhase(api, volume, 'Available');
  if (isHeld(api, volume)) return;
  if (volume.spec.persistentVolumeReclaimPolicy !== 'Delete') return setPhase(api, volume, 'Released');
  tolerate(() => api.delete('persistentvolumes', undefined, volume.metadata.name, {}));
};

/**
 * Binds claims to volumes, provisions volumes by StorageClass, and says in events why a claim waits.
 * `isStuck` = the provisioner of this claim does not answer (a fault of a scenario).
 */
export const createVolumeController = (isStuck: (claim: Claim) => boolean = () => false): LoopController => {
  const binder: Binder = { said: new Map(), isStuck };
  return {
    name: NAME,
    watches: ['persistentvolumeclaims', 'persistentvolumes', 'storageclasses.storage.k8s.io', 'pods'],
    // Pods matter when they go (protection of claims in use).
    wants: ({ resource, type, object }) =>
      resource !== 'pods' ||
      type === 'DELETED' ||
      ['Succeeded', 'Failed'].includes(String((object as Pod).status?.phase)),
    reconcile(api) {
      const pods = all(api, 'pods');
      for (const claim of all(api, 'persistentvolumeclaims')) reconcileClaim(api, claim, pods, binder);
      for (const volume of all(api, 'persistentvolumes')) reconcileVolume(api, volume);
      return undefined;
    },
  };
};
