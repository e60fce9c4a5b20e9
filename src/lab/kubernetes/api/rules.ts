import type { KubeJson } from '../json.ts';
import type { Writing } from '../objects/apply.ts';
import { customDefaults, validateCustom } from '../objects/custom.ts';
import { applyDefaults } from '../objects/defaults.ts';
import { customShape, type Shape, shapeOf, untypedShape } from '../objects/schema.ts';
import { validateObject } from '../objects/validate.ts';
import { resourceKey } from '../resource.ts';
import type { ServedResource } from './catalogue.ts';
import { definitionSpec } from './custom.ts';
import { withNameLabel } from './namespaces.ts';
import { withStringData } from './secrets.ts';

const shapes = new WeakMap<ServedResource, Shape>();

/** The schema of a resource: recorded for built-in kinds, from its definition for custom ones. */
export function shapeFor(resource: ServedResource): Shape {
  const known = shapes.get(resource);
  if (known) return known;
  const shape = findShape(resource);
  shapes.set(resource, shape);
  return shape;
}

function findShape({ group, version, kind, definition }: ServedResource): Shape {
  if (!definition) return shapeOf({ group, version, kind }) ?? untypedShape();
  const schema = definitionSpec(definition).versions.find(({ name }) => name === version)?.schema?.openAPIV3Schema;
  return schema ? customShape(schema) : untypedShape();
}

/** What belongs to an object of a kind before anybody owns its fields. */
const COMPLETED: Readonly<Record<string, (object: KubeJson) => KubeJson>> = {
  secrets: withStringData,
  namespaces: withNameLabel,
};

/** The object with the defaults of its kind. */
export function defaulted(resource: ServedResource, object: KubeJson): KubeJson {
  if (resource.definition) return customDefaults(object, shapeFor(resource));
  return applyDefaults(resource, COMPLETED[resourceKey(resource)]?.(object) ?? object);
}

/** Judges a new object, or a changed one against the stored one; throws 422. */
export function check(resource: ServedResource, object: KubeJson, current?: KubeJson): void {
  validateObject(resource, object, current);
  if (resource.definition) validateCustom(resource, object, shapeFor(resource));
}

/** Fields that each road does not write: what the server keeps from the stored object. */
const NOT_THROUGH_STATUS = [
  ['spec'],
  ['metadata', 'labels'],
  ['metadata', 'ownerReferences'],
  ['metadata', 'finalizers'],
];
const NOT_THROUGH_MAIN = [['status']];

/** Who writes what, as the field managers want it told. */
export function writing(resource: ServedResource, manager: string, now: Date, subresource?: string): Writing {
  const resetFields =
    subresource === 'status' ? NOT_THROUGH_STATUS : resource.subresources.includes('status') ? NOT_THROUGH_MAIN : [];
  return {
    gvk: resource,
    shape: shapeFor(resource),
    manager,
    now,
    resetFields,
    ...(subresource !== undefined && { subresource }),
  };
}
