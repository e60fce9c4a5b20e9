import type { LabApi } from '../controller.ts';
import type { PersistentVolumeClaim, StorageClass } from './kinds.ts';
import { attemptCreate } from './support.ts';

/** Written by the scheduler: where the first pod that uses a claim will run. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';

export const requestedStorage = ({ spec }: PersistentVolumeClaim): string =>
  String(spec.resources?.requests?.['storage'] ?? '0');

const onNode = (node: string) => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }],
});

/** A volume on a local disk stays on its node; a class may name the nodes that can reach its volumes. */
const affinityOf = ({ allowedTopologies }: StorageClass, node: string | undefined): object => {
  if (node !== undefined) return { nodeAffinity: { required: onNode(node) } };
  if (!allowedTopologies || allowedTopologies.length === 0) return {};
  const nodeSelectorTerms = allowedTopologies.map(({ matchLabelExpressions = [] }) => ({
    matchExpressions: matchLabelExpressions.map(({ key, values }) => ({ key, operator: 'In', values })),
  }));
  return { nodeAffinity: { required: { nodeSelectorTerms } } };
};

/** Where the data lies: on a disk of the node, or wherever the driver keeps it. */
const sourceOf = ({ provisioner }: StorageClass, { metadata }: PersistentVolumeClaim, isLocal: boolean): object => {
  const { uid, namespace, name } = metadata;
  if (isLocal) return { local: { path: `/var/lib/rancher/k3s/storage/pvc-${uid}_${namespace}_${name}` } };
  return { csi: { driver: provisioner, volumeHandle: `pvc-${uid}`, fsType: 'ext4' } };
};

const volumeSpec = (claim: PersistentVolumeClaim, storage: StorageClass, node: string | undefined): object => {
  const { name, namespace, uid } = claim.metadata;
  // The driver of a local ZFS pool is a CSI driver too, and its volumes stay on the node as well.
  const isLocal = /local|hostpath/i.test(storage.provisioner);
  const isPath = storage.provisioner === 'rancher.io/local-path';
  return {
    capacity: { storage: requestedStorage(claim) },
    accessModes: claim.spec.accessModes ?? ['ReadWriteOnce'],
    volumeMode: claim.spec.volumeMode ?? 'Filesystem',
    persistentVolumeReclaimPolicy: storage.reclaimPolicy ?? 'Delete',
    storageClassName: storage.metadata.name,
    claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name, namespace, uid },
    ...sourceOf(storage, claim, isPath),
    ...affinityOf(storage, isLocal ? node : undefined),
  };
};

/** Makes a volume for a claim, as the provisioner of its class would; the binder binds the two afterwards. */
export const provisionVolume = (api: LabApi, claim: PersistentVolumeClaim, storage: StorageClass): void => {
  const { name, namespace, uid, annotations } = claim.metadata;
  const node = annotations?.[SELECTED_NODE];
  const provisioner = `${storage.provisioner}_${node ?? 'csi-provisioner'}`;
  const about = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
  api.event(claim, 'Normal', 'Provisioning', about, provisioner);
  const outcome = attemptCreate(api, 'persistentvolumes', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: `pvc-${uid}`, annotations: { 'pv.kubernetes.io/provisioned-by': storage.provisioner } },
    spec: volumeSpec(claim, storage, node),
  });
  if ('refused' in outcome) api.event(claim, 'Warning', 'ProvisioningFailed', outcome.refused, provisioner);
  else api.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume pvc-${uid}`, provisioner);
};
