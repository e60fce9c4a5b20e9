/** Careful reading of objects whose shape is the cluster's, not ours: what is not there is undefined, never an exception. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `at(pod, 'spec', 'nodeName')` */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isJson(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

export const jsonAt = (value: unknown, ...path: readonly string[]): Json => {
  const found = at(value, ...path);
  return isJson(found) ? found : {};
};

export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

export const numberAt = (value: unknown, ...path: readonly string[]): number | undefined => {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
};

/** The objects of a list; everything else in it is left out. */
export const listAt = (value: unknown, ...path: readonly string[]): readonly Json[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isJson) : [];
};

export const textsAt = (value: unknown, ...path: readonly string[]): readonly string[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : [];
};
