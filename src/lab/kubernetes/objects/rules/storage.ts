import type { JsonObject, KubeJson } from '../../json.ts';
import { at, equalJson, listAt, objectAt, textAt } from '../json.ts';
import { dnsSubdomainFaults } from '../names.ts';
import { compareQuantities, quantityNumber } from '../quantity.ts';
import { type Cause, forbiddenField, named, oneOf, required, unchanged, unsupported, wrong } from './causes.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

const modeCauses = (spec: JsonObject, field: string): Cause[] =>
  listAt(spec, 'accessModes').flatMap((mode) => oneOf(`${field}.accessModes`, mode, MODES));

/** The spec of a claim, of its own or in a StatefulSet. */
export function claimSpecCauses(spec: JsonObject, field: string): Cause[] {
  const size = textAt(spec, 'resources', 'requests', 'storage');
  const storageClass = textAt(spec, 'storageClassName');
  return [
    ...(listAt(spec, 'accessModes').length === 0
      ? [required(`${field}.accessModes`, 'at least 1 access mode is required')]
      : []),
    ...modeCauses(spec, field),
    ...(size === undefined ? [required(`${field}.resources[storage]`)] : []),
    ...(size !== undefined && quantityNumber(size) <= 0
      ? [wrong(`${field}.resources[storage]`, size, 'must be greater than zero')]
      : []),
    ...(storageClass ? named(`${field}.storageClassName`, storageClass, dnsSubdomainFaults) : []),
    ...oneOf(`${field}.volumeMode`, at(spec, 'volumeMode'), ['Block', 'Filesystem']),
  ];
}

/** Of a claim only the size may change once it is bound, and an empty storage class once. */
function claimChangeCauses(spec: JsonObject, old: KubeJson): Cause[] {
  const before = objectAt(old, 'spec') ?? {};
  const isBound = textAt(old, 'status', 'phase') === 'Bound';
  const comparable = (value: JsonObject): JsonObject => ({
    ...value,
    volumeName: textAt(before, 'volumeName') ? (value['volumeName'] ?? '') : '',
    ...(isBound && { resources: null, volumeAttributesClassName: null }),
    ...(before['storageClassName'] === undefined && { storageClassName: null }),
  });
  const asked = textAt(spec, 'resources', 'requests', 'storage') ?? '0';
  const wanted = textAt(before, 'resources', 'requests', 'storage') ?? '0';
  if (!equalJson(comparable(spec), comparable(before)))
    return [
      forbiddenField(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    ];
  const current = textAt(old, 'status', 'capacity', 'storage') ?? wanted;
  return compareQuantities(asked, wanted) < 0 && compareQuantities(asked, current) < 0
    ? [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')]
    : [];
}

export function claimCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  return [...claimSpecCauses(spec, 'spec'), ...(old ? claimChangeCauses(spec, old) : [])];
}

const NOT_A_SOURCE = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

const sourceOf = (spec: JsonObject | undefined): JsonObject =>
  Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => !NOT_A_SOURCE.has(key)));

export function volumeCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const spec = objectAt(object, 'spec') ?? {};
  const capacity = objectAt(spec, 'capacity');
  const source = sourceOf(spec);
  const changed = old && !equalJson(source, sourceOf(objectAt(old, 'spec')));
  return [
    ...(listAt(spec, 'accessModes').length === 0 ? [required('spec.accessModes')] : []),
    ...modeCauses(spec, 'spec'),
    ...(capacity ? [] : [required('spec.capacity')]),
    ...(capacity && 'storage' in capacity ? [] : [unsupported('spec.capacity', capacity, ['storage'])]),
    ...(Object.keys(source).length === 0 ? [required('spec', 'must specify a volume type')] : []),
    ...oneOf('spec.persistentVolumeReclaimPolicy', at(spec, 'persistentVolumeReclaimPolicy'), [
      'Delete',
      'Recycle',
      'Retain',
    ]),
    ...oneOf('spec.volumeMode', at(spec, 'volumeMode'), ['Block', 'Filesystem']),
    ...(changed
      ? [forbiddenField('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')]
      : []),
    ...(old ? unchanged('spec.volumeMode', at(spec, 'volumeMode'), at(old, 'spec', 'volumeMode')) : []),
  ];
}

export function storageClassCauses(object: KubeJson, old?: KubeJson): Cause[] {
  const fixed = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'];
  return [
    ...(textAt(object, 'provisioner') ? [] : [required('provisioner')]),
    ...oneOf('reclaimPolicy', at(object, 'reclaimPolicy'), ['Delete', 'Retain']),
    ...oneOf('volumeBindingMode', at(object, 'volumeBindingMode'), ['Immediate', 'WaitForFirstConsumer']),
    ...(old ? fixed.flatMap((member) => unchanged(member, at(object, member), at(old, member))) : []),
  ];
}
