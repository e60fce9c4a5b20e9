import type { JsonObject, KubeJson } from '../json.ts';
import { isObject, listAt, objectAt, objectsAt, textAt } from '../objects/json.ts';
import { type FieldError, invalid } from './fault.ts';

const CRD = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };

/** Holds a definition until its objects have gone. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

export const withCleanup = (finalizers: readonly string[]): string[] =>
  finalizers.includes(CLEANUP) ? [...finalizers] : [...finalizers, CLEANUP];

const required = (field: string, why = ''): FieldError => ({
  field,
  reason: 'FieldValueRequired',
  message: `Required value${why && `: ${why}`}`,
});

/** What must be there for a definition to be served at all; throws 422. */
function checkDefinition(definition: KubeJson): void {
  const { spec } = definition;
  const errors: FieldError[] = [];
  for (const path of [['group'], ['names', 'plural'], ['names', 'kind'], ['scope']])
    if (!textAt(spec, ...path)) errors.push(required(`spec.${path.join('.')}`));
  const versions = objectsAt(spec, 'versions');
  const storing = versions.filter(({ storage }) => storage === true);
  if (storing.length !== 1)
    errors.push({
      field: 'spec.versions',
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(listAt(spec, 'versions'))}: must have exactly one version marked as storage version`,
    });
  versions.forEach((version, index) => {
    if (!objectAt(version, 'schema', 'openAPIV3Schema'))
      errors.push(required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required'));
  });
  const wanted = `${textAt(spec, 'names', 'plural') ?? ''}.${textAt(spec, 'group') ?? ''}`;
  if (definition.metadata.name !== wanted)
    errors.push({
      field: 'metadata.name',
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${JSON.stringify(definition.metadata.name)}: must be spec.names.plural+"."+spec.group`,
    });
  if (errors.length > 0) throw invalid(CRD, definition.metadata.name, errors);
}

/** Checked and with the names it may leave out. */
export function completeDefinition(definition: KubeJson): KubeJson {
  checkDefinition(definition);
  const spec: JsonObject = isObject(definition.spec) ? definition.spec : {};
  const names: JsonObject = { ...objectAt(spec, 'names') };
  const kind = textAt(names, 'kind') ?? '';
  names.singular ??= kind.toLowerCase();
  names.listKind ??= `${kind}List`;
  return { ...definition, spec: { ...spec, names, conversion: spec.conversion ?? { strategy: 'None' } } };
}

/** The lab serves a definition as soon as it is stored, so it is established from the start. */
export function establishedStatus(definition: KubeJson, now: string): JsonObject {
  const storage = objectsAt(definition.spec, 'versions').find((version) => version.storage === true);
  const condition = (type: string, reason: string, message: string): JsonObject => ({
    type,
    status: 'True',
    lastTransitionTime: now,
    reason,
    message,
  });
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: { ...objectAt(definition.spec, 'names') },
    storedVersions: [textAt(storage, 'name') ?? ''],
  };
}
