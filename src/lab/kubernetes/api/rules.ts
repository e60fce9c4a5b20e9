import type { KubeJson } from '../json.ts';
import { applyDefaults } from '../objects/defaults.ts';
import { isObject } from '../objects/json.ts';
import { customShape, type Shape, shapeOf, untypedShape } from '../objects/schema.ts';
import { validateObject } from '../objects/validate.ts';
import type { ServedResource } from './catalogue.ts';
import { definitionSpec } from './custom.ts';

const customShapes = new WeakMap<KubeJson, Map<string, Shape>>();

/** The schema of a resource: recorded for built-in kinds, from its definition for custom ones. */
export function shapeFor({ group, version, kind, definition }: ServedResource): Shape {
  if (!definition) return shapeOf({ group, version, kind }) ?? untypedShape();
  const known = customShapes.get(definition) ?? new Map<string, Shape>();
  customShapes.set(definition, known);
  const schema = definitionSpec(definition).versions.find(({ name }) => name === version)?.schema?.openAPIV3Schema;
  // A definition is stored as JSON, so its schema is a JSON object.
  const shape = known.get(version) ?? (isObject(schema) ? customShape(schema) : untypedShape());
  known.set(version, shape);
  return shape;
}

/** The object with the defaults of its kind. */
export const defaulted = (resource: ServedResource, object: KubeJson): KubeJson =>
  resource.definition ? object : applyDefaults(resource, object);

/** Judges a new object, or a changed one against the stored one; throws 422. */
export const check = (resource: ServedResource, object: KubeJson, current?: KubeJson): void =>
  validateObject(resource, object, current);

export const owned = (
  _resource: ServedResource,
  _current: KubeJson | undefined,
  next: KubeJson,
  _manager: string,
  _now: string,
  _subresource?: string,
): KubeJson => next;
