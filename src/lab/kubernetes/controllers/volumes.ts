import type { LabApi } from '../controller.ts';
import { compareQuantities } from '../objects/quantity.ts';
import { all, one, type PersistentVolume, type PersistentVolumeClaim, type Pod, type StorageClass } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { selects } from './selecting.ts';
import { attemptCreate, isDeleting, isFinished, MANAGER, tolerate, writeStatus } from './support.ts';

const NAME = 'persistentvolume-controller';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const PROTECTION = 'kubernetes.io/pvc-protection';
const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

type Claim = PersistentVolumeClaim;

const requested = ({ spec }: Claim): string => String(spec.resources?.requests?.['storage'] ?? '0');

export const waitsForConsumer = (storage: StorageClass | undefined): boolean =>
  storage?.volumeBindingMode === 'WaitForFirstConsumer';

const isUsed = (claim: Claim, pods: readonly Pod[]): boolean =>
  pods.some(
    (pod) =>
      pod.metadata.namespace === claim.metadata.namespace &&
      !isFinished(pod) &&
      pod.spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim.metadata.name),
  );

const fits = (volume: PersistentVolume, claim: Claim): boolean => {
  const { claimRef } = volume.spec;
  if (isDeleting(volume)) return false;
  if (claimRef?.name !== undefined)
    return (
      claimRef.name === claim.metadata.name &&
      claimRef.namespace === claim.metadata.namespace &&
      (claimRef.uid === undefined || claimRef.uid === claim.metadata.uid)
    );
  if (claim.spec.volumeName !== undefined) return claim.spec.volumeName === volume.metadata.name;
  return (
    (volume.spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '') &&
    compareQuantities(volume.spec.capacity?.['storage'] ?? '0', requested(claim)) >= 0 &&
    (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode)) &&
    (claim.spec.selector === undefined || selects(claim.spec.selector, volume.metadata.labels))
  );
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

const provision = (api: LabApi, claim: Claim, storage: StorageClass): void => {
  const { name, namespace, uid, annotations } = claim.metadata;
  const node = annotations?.[SELECTED_NODE];
  const local = /local|hostpath/i.test(storage.provisioner);
  const provisioner = `${storage.provisioner}_${node ?? 'csi-provisioner'}`;
  const about = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
  api.event(claim, 'Normal', 'Provisioning', about, provisioner);
  const outcome = attemptCreate(api, 'persistentvolumes', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: `pvc-${uid}`,
      annotations: { 'pv.kubernetes.io/provisioned-by': storage.provisioner },
    },
    spec: {
      capacity: { storage: requested(claim) },
      accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
      volumeMode: claim.spec.volumeMode ?? 'Filesystem',
      persistentVolumeReclaimPolicy: storage.reclaimPolicy ?? 'Delete',
      storageClassName: storage.metadata.name,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
      ...(local
        ? { local: { path: `/var/lib/rancher/k3s/storage/pvc-${uid}_${namespace}_${name}` } }
        : { csi: { driver: storage.provisioner, volumeHandle: `pvc-${uid}`, fsType: 'ext4' } }),
      ...affinityOf(storage, local ? node : undefined),
    },
  });
  if ('refused' in outcome) api.event(claim, 'Warning', 'ProvisioningFailed', outcome.refused, provisioner);
  else api.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume pvc-${uid}`, provisioner);
};

/** A volume on a local disk stays on its node; a class may name the nodes that can reach its volumes. */
const affinityOf = ({ allowedTopologies }: StorageClass, node: string | undefined): object => {
  if (node !== undefined) return { nodeAffinity: { required: onNode(node) } };
  if (!allowedTopologies || allowedTopologies.length === 0) return {};
  const nodeSelectorTerms = allowedTopologies.map(({ matchLabelExpressions = [] }) => ({
    matchExpressions: matchLabelExpressions.map(({ key, values }) => ({ key, operator: 'In', values })),
  }));
  return { nodeAffinity: { required: { nodeSelectorTerms } } };
};

const onNode = (node: string) => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }],
});

/** Says once why a claim waits; the same words again would only count up. */
const explain = (said: Map<string, string>, api: LabApi, claim: Claim, reason: string, message: string): void => {
  if (said.get(claim.metadata.uid) === message) return;
  said.set(claim.metadata.uid, message);
  const type = reason === 'ProvisioningFailed' ? 'Warning' : 'Normal';
  api.event(claim, type, reason, message, NAME);
};

const bindOrExplain = (api: LabApi, claim: Claim, said: Map<string, string>, isStuck: (claim: Claim) => boolean) => {
  const volumes = all(api, 'persistentvolumes');
  const className = claim.spec.storageClassName;
  const storage = className ? one(api, 'storageclasses.storage.k8s.io', undefined, className) : undefined;
  const consumer = claim.metadata.annotations?.[SELECTED_NODE] !== undefined;
  const ready = [...volumes]
    .sort((a, b) => compareQuantities(a.spec.capacity?.['storage'] ?? '0', b.spec.capacity?.['storage'] ?? '0'))
    .find((volume) => fits(volume, claim));
  if (ready && (!waitsForConsumer(storage) || consumer || ready.spec.claimRef?.name !== undefined))
    return bind(api, claim, ready);
  if (!className)
    return explain(
      said,
      api,
      claim,
      'FailedBinding',
      'no persistent volumes available for this claim and no storage class is set',
    );
  if (!storage)
    return explain(said, api, claim, 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`);
  if (waitsForConsumer(storage) && !consumer)
    return explain(said, api, claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  if (isStuck(claim) || storage.provisioner === NO_PROVISIONER)
    return explain(
      said,
      api,
      claim,
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${storage.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
  return provision(api, claim, storage);
};

const reconcileClaim = (
  api: LabApi,
  claim: Claim,
  pods: readonly Pod[],
  said: Map<string, string>,
  isStuck: (claim: Claim) => boolean,
): void => {
  const finalizers = claim.metadata.finalizers ?? [];
  if (isDeleting(claim)) {
    if (!finalizers.includes(PROTECTION) || isUsed(claim, pods)) return;
    const left = finalizers.filter((each) => each !== PROTECTION);
    const written = { ...claim, metadata: { ...claim.metadata, finalizers: left } };
    return void tolerate(() => api.update('persistentvolumeclaims', written, MANAGER));
  }
  if (!finalizers.includes(PROTECTION)) {
    const metadata = { ...claim.metadata, finalizers: [...finalizers, PROTECTION] };
    return void tolerate(() => api.update('persistentvolumeclaims', { ...claim, metadata }, MANAGER));
  }
  const volume = claim.spec.volumeName && one(api, 'persistentvolumes', undefined, claim.spec.volumeName);
  if (claim.status?.phase === 'Bound') {
    if (!volume) writeStatus(api, 'persistentvolumeclaims', claim, { ...claim.status, phase: 'Lost' });
    return;
  }
  if (volume && volume.spec.claimRef?.uid === claim.metadata.uid)
    return writeStatus(api, 'persistentvolumeclaims', claim, {
      phase: 'Bound',
      accessModes: volume.spec.accessModes ?? [],
      capacity: { storage: volume.spec.capacity?.['storage'] ?? '0' },
    });
  if (claim.status?.phase === undefined)
    writeStatus(api, 'persistentvolumeclaims', claim, { ...claim.status, phase: 'Pending' });
  return bindOrExplain(api, claim, said, isStuck);
};

const isHeld = (api: LabApi, { spec: { claimRef } }: PersistentVolume): boolean =>
  claimRef?.name !== undefined &&
  api.get('persistentvolumeclaims', claimRef.namespace, claimRef.name)?.metadata.uid === claimRef.uid;

/** A volume whose claim is gone is deleted or kept as Released, as its policy says. */
const reconcileVolume = (api: LabApi, volume: PersistentVolume): void => {
  const finalizers = volume.metadata.finalizers ?? [];
  if (isDeleting(volume) && finalizers.includes(VOLUME_PROTECTION) && !isHeld(api, volume)) {
    const metadata = { ...volume.metadata, finalizers: finalizers.filter((each) => each !== VOLUME_PROTECTION) };
    return void tolerate(() => api.update('persistentvolumes', { ...volume, metadata }, MANAGER));
  }
  const { claimRef, persistentVolumeReclaimPolicy: policy } = volume.spec;
  const claim = claimRef?.name && api.get('persistentvolumeclaims', claimRef.namespace, claimRef.name);
  if (!claimRef?.uid) {
    if (volume.status?.phase !== 'Available')
      writeStatus(api, 'persistentvolumes', volume, { ...volume.status, phase: 'Available' });
  } else if (!claim || claim.metadata.uid !== claimRef.uid) {
    if (policy === 'Delete') tolerate(() => api.delete('persistentvolumes', undefined, volume.metadata.name, {}));
    else if (volume.status?.phase !== 'Released')
      writeStatus(api, 'persistentvolumes', volume, { ...volume.status, phase: 'Released' });
  }
};

/**
 * Binds claims to volumes, provisions volumes by StorageClass, and says in events why a claim waits.
 * `isStuck` = the provisioner of this claim does not answer (a fault of a scenario).
 */
export const createVolumeController = (isStuck: (claim: Claim) => boolean = () => false): LoopController => {
  const said = new Map<string, string>();
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
      for (const claim of all(api, 'persistentvolumeclaims')) reconcileClaim(api, claim, pods, said, isStuck);
      for (const volume of all(api, 'persistentvolumes')) reconcileVolume(api, volume);
      return undefined;
    },
  };
};
