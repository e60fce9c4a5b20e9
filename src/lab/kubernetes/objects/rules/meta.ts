import type { JsonObject } from '../../json.ts';
import { at, listAt, objectAt, objectsAt, textAt } from '../json.ts';
import { labelValueFaults, qualifiedNameFaults } from '../names.ts';
import { type Cause, named, required, unchanged, wrong } from './causes.ts';

const ANNOTATIONS_MAX_BYTES = 256 * 1024;
const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Names, labels, annotations, owners and finalizers of any object, at `metadata` or in a template. */
export function metadataCauses(
  metadata: JsonObject,
  field: string,
  nameFaults: (name: string) => readonly string[],
): Cause[] {
  const name = textAt(metadata, 'name');
  const generated = textAt(metadata, 'generateName');
  return [
    ...(generated ? named(`${field}.generateName`, generated.replace(/[-.]$/, 'a'), nameFaults) : []),
    ...(name
      ? named(`${field}.name`, name, nameFaults)
      : generated
        ? []
        : [required(`${field}.name`, 'name or generateName is required')]),
    ...ownerCauses(metadata, `${field}.ownerReferences`),
    ...labelCauses(objectAt(metadata, 'labels'), `${field}.labels`),
    ...annotationCauses(objectAt(metadata, 'annotations'), `${field}.annotations`),
    ...finalizerCauses(metadata, `${field}.finalizers`),
  ];
}

/** Label keys and values, wherever labels stand. */
export const labelCauses = (labels: JsonObject | undefined, field: string): Cause[] =>
  Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...named(field, key, qualifiedNameFaults),
    ...named(field, typeof value === 'string' ? value : '', labelValueFaults),
  ]);

export function annotationCauses(annotations: JsonObject | undefined, field: string): Cause[] {
  const entries = Object.entries(annotations ?? {});
  const size = entries.reduce(
    (sum, [key, value]) => sum + key.length + (typeof value === 'string' ? value.length : 0),
    0,
  );
  const tooLong: Cause = {
    reason: 'FieldValueTooLong',
    field,
    message: `Too long: may not be more than ${ANNOTATIONS_MAX_BYTES} bytes`,
  };
  return [
    ...entries.flatMap(([key]) => named(field, key.toLowerCase(), qualifiedNameFaults)),
    ...(size > ANNOTATIONS_MAX_BYTES ? [tooLong] : []),
  ];
}

function ownerCauses(metadata: JsonObject, field: string): Cause[] {
  const owners = objectsAt(metadata, 'ownerReferences');
  const controllers = owners.filter((owner) => at(owner, 'controller') === true);
  const empty = (owner: JsonObject, member: string): Cause[] =>
    textAt(owner, member) ? [] : [wrong(`${field}.${member}`, '', 'must not be empty')];
  return [
    ...owners.flatMap((owner) => [
      ...(textAt(owner, 'apiVersion') ? [] : [wrong(`${field}.apiVersion`, '', 'version must not be empty')]),
      ...['kind', 'name', 'uid'].flatMap((member) => empty(owner, member)),
    ]),
    ...(controllers.length > 1
      ? [wrong(field, owners.slice(), 'Only one reference can have Controller set to true.')]
      : []),
  ];
}

function finalizerCauses(metadata: JsonObject, field: string): Cause[] {
  const finalizers = listAt(metadata, 'finalizers').map((name) => (typeof name === 'string' ? name : ''));
  return [
    ...finalizers.flatMap((name) => named(field, name, qualifiedNameFaults)),
    ...finalizers.flatMap((name, index) =>
      name.includes('/') || STANDARD_FINALIZERS.includes(name)
        ? []
        : [wrong(`${field}[${index}]`, name, 'name is neither a standard finalizer name nor is it fully qualified')],
    ),
  ];
}

/** What of the metadata no update may change. */
export const metadataChangeCauses = (now: JsonObject, before: JsonObject): Cause[] =>
  ['name', 'namespace', 'uid', 'deletionTimestamp', 'deletionGracePeriodSeconds'].flatMap((member) =>
    unchanged(`metadata.${member}`, now[member], before[member]),
  );
