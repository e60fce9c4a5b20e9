import type { Json, JsonObject } from '../json.ts';

/** A JSON object: neither null, nor a list, nor a plain value. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path of member names, undefined as soon as one is missing. */
export function at(value: unknown, ...path: string[]): Json | undefined {
  let here: unknown = value;
  for (const name of path) here = isObject(here) && Object.hasOwn(here, name) ? here[name] : undefined;
  return here as Json | undefined; // members of a JSON object are JSON
}

export const objectAt = (value: unknown, ...path: string[]): JsonObject | undefined => {
  const found = at(value, ...path);
  return isObject(found) ? found : undefined;
};

export const listAt = (value: unknown, ...path: string[]): readonly Json[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

/** The objects of a list; anything else in it is left out. */
export const objectsAt = (value: unknown, ...path: string[]): readonly JsonObject[] =>
  listAt(value, ...path).filter(isObject);

export const textAt = (value: unknown, ...path: string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

export const numberAt = (value: unknown, ...path: string[]): number | undefined => {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
};

/** Equal as JSON, whatever the order of members. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
  );
}
