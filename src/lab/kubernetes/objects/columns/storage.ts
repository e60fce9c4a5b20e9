import type { KubeJson } from '../../json.ts';
import { at, listAt, objectAt, textAt } from '../json.ts';
import { AGE, type Column, integer, NAME, scalar, text, textOr, wide, yesNo } from './column.ts';

const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

const modes = (object: unknown, ...path: string[]): string => {
  const given = new Set(listAt(object, ...path).map(scalar));
  return Object.entries(SHORT_MODES)
    .filter(([mode]) => given.has(mode))
    .map(([, short]) => short)
    .join(',');
};

const phase = (object: KubeJson): string =>
  object.metadata.deletionTimestamp === undefined ? textOr(object, '', 'status', 'phase') : 'Terminating';

const classOf = (object: KubeJson): string =>
  object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ??
  textOr(object, '', 'spec', 'storageClassName');

const isBound = (claim: KubeJson): boolean => textOr(claim, '', 'spec', 'volumeName') !== '';

const attributesClass = text('VolumeAttributesClass', (object) =>
  textOr(object, '<unset>', 'spec', 'volumeAttributesClassName'),
);
const volumeMode = wide(text('VolumeMode', (object) => textOr(object, '<unset>', 'spec', 'volumeMode')));

export const CLAIM_COLUMNS: readonly Column[] = [
  NAME,
  text('Status', phase),
  text('Volume', (claim) => textOr(claim, '', 'spec', 'volumeName')),
  text('Capacity', (claim) => (isBound(claim) ? scalar(at(claim, 'status', 'capacity', 'storage')) || '0' : '')),
  text('Access Modes', (claim) => (isBound(claim) ? modes(claim, 'status', 'accessModes') : '')),
  text('StorageClass', classOf),
  attributesClass,
  AGE,
  volumeMode,
];

export const VOLUME_COLUMNS: readonly Column[] = [
  NAME,
  text('Capacity', (volume) => scalar(at(volume, 'spec', 'capacity', 'storage'))),
  text('Access Modes', (volume) => modes(volume, 'spec', 'accessModes')),
  text('Reclaim Policy', (volume) => textOr(volume, '', 'spec', 'persistentVolumeReclaimPolicy')),
  text('Status', phase),
  text('Claim', (volume) => {
    const claim = objectAt(volume, 'spec', 'claimRef');
    return claim ? `${textOr(claim, '', 'namespace')}/${textOr(claim, '', 'name')}` : '';
  }),
  text('StorageClass', classOf),
  attributesClass,
  text('Reason', (volume) => textOr(volume, '', 'status', 'reason')),
  AGE,
  volumeMode,
];

const isDefault = ({ metadata: { annotations } }: KubeJson): boolean =>
  annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ||
  annotations?.['storageclass.beta.kubernetes.io/is-default-class'] === 'true';

export const STORAGE_CLASS_COLUMNS: readonly Column[] = [
  { ...NAME, cell: (object) => `${object.metadata.name}${isDefault(object) ? ' (default)' : ''}` },
  text('Provisioner', (object) => textOr(object, '', 'provisioner')),
  text('ReclaimPolicy', (object) => textOr(object, 'Delete', 'reclaimPolicy')),
  text('VolumeBindingMode', (object) => textOr(object, 'Immediate', 'volumeBindingMode')),
  text('AllowVolumeExpansion', (object) => at(object, 'allowVolumeExpansion') === true),
  AGE,
];

export const CSI_DRIVER_COLUMNS: readonly Column[] = [
  NAME,
  yesNo('AttachRequired', (driver) => at(driver, 'spec', 'attachRequired') !== false),
  yesNo('PodInfoOnMount', (driver) => at(driver, 'spec', 'podInfoOnMount') === true),
  yesNo('StorageCapacity', (driver) => at(driver, 'spec', 'storageCapacity') === true),
  text('TokenRequests', () => '<unset>'),
  yesNo('RequiresRepublish', (driver) => at(driver, 'spec', 'requiresRepublish') === true),
  text('Modes', (driver) => listAt(driver, 'spec', 'volumeLifecycleModes').map(scalar).join(',') || '<none>'),
  AGE,
];

export const CSI_NODE_COLUMNS: readonly Column[] = [
  NAME,
  integer('Drivers', (node) => listAt(node, 'spec', 'drivers').length),
  AGE,
];

export const VOLUME_ATTACHMENT_COLUMNS: readonly Column[] = [
  NAME,
  { ...text('Attacher', (object) => textOr(object, '', 'spec', 'attacher')), format: 'name' },
  text('PV', (object) => textAt(object, 'spec', 'source', 'persistentVolumeName') ?? ''),
  text('Node', (object) => textOr(object, '', 'spec', 'nodeName')),
  yesNo('Attached', (object) => at(object, 'status', 'attached') === true),
  AGE,
];
