/** Makes a thing when it is first needed, once; a failure is not kept, so the next call tries again. */
export interface Lazy<T> {
  (): Promise<T>;
  /** The thing if it was made, and nothing is made now. */
  peek(): Promise<T> | undefined;
}

export function lazy<T>(make: () => Promise<T>): Lazy<T> {
  let kept: Promise<T> | undefined;
  const get = (): Promise<T> => {
    kept ??= make().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
  return Object.assign(get, { peek: () => kept });
}

type AsyncMethods<T> = { readonly [K in keyof T]: T[K] extends (...args: never[]) => Promise<unknown> ? T[K] : never };

/**
 * An object that stands for one which is made at the first call of a method.
 * `methods` names every one of them; only interfaces whose methods all return promises fit.
 */
export function standIn<T extends AsyncMethods<T>>(
  load: Lazy<T>,
  methods: Readonly<Record<keyof T & string, true>>,
): T {
  const entries = (Object.keys(methods) as (keyof T & string)[]).map((name) => [
    name,
    async (...args: unknown[]) => {
      const real = await load();
      const method: unknown = real[name];
      if (typeof method !== 'function') throw new TypeError(`there is no method ${name}`);
      return method.apply(real, args) as unknown;
    },
  ]);
  return Object.fromEntries(entries) as T; // sound: every method of T is here and does what the real one does
}
