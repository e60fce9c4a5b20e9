import type { Json, JsonObject } from '../../json.ts';
import { isObject, objectAt, objectsAt } from '../json.ts';

/** Sets what is not there yet; changes `target`, which is a fresh copy of its own. */
export function fill(target: JsonObject, defaults: Readonly<Record<string, Json>>): void {
  for (const [key, value] of Object.entries(defaults)) target[key] ??= structuredClone(value);
}

/** The object at a member, made when it is not there. */
export function child(target: JsonObject, key: string): JsonObject {
  const found = target[key];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  target[key] = made;
  return made;
}

/** Runs `change` on the object at a path, when there is one. */
export function within(target: JsonObject, path: readonly string[], change: (found: JsonObject) => void): void {
  const found = objectAt(target, ...path);
  if (found) change(found);
}

export function each(target: JsonObject, path: readonly string[], change: (item: JsonObject) => void): void {
  for (const item of objectsAt(target, ...path)) change(item);
}
