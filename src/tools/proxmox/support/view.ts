import type { TableSection } from '../../../core/output.ts';
import type { ObjectPartName, Parts } from '../../../world/parts.ts';
import type { World } from '../../../world/world.ts';

/** Every read looks anew: a kept world may be from before the change that was just made. */
export const FRESH_MS = 0;

type ValueOf<M> = M extends ReadonlyMap<string, infer V> ? V : never;

/** Objects of one part of one or all connections, or why they cannot be told. */
export function objectsOf<K extends ObjectPartName>(
  world: World,
  name: K,
  cluster?: string,
): { readonly values: readonly ValueOf<Parts[K]>[]; readonly gap?: string } {
  const part = world.part(name);
  if (part.state === 'absent') return { values: [], gap: 'not configured' };
  if (part.state === 'unknown') return { values: [], gap: part.reason };
  // sound: the values of the map of that very part
  const all = [...part.value] as unknown as readonly (readonly [string, ValueOf<Parts[K]>])[];
  return {
    values: all
      .filter(([key]) => cluster === undefined || key === cluster || key.startsWith(`${cluster}/`))
      .map(([, value]) => value),
  };
}

/** What could not be read, one line for each reason: never the same as nothing. */
export const gapsOf = (world: World, names: readonly ObjectPartName[]): readonly string[] =>
  [
    ...Map.groupBy(
      names.flatMap((name) => {
        const part = world.part(name);
        return part.state === 'unknown' ? [{ name, reason: part.reason }] : [];
      }),
      ({ reason }) => reason,
    ),
  ].map(([reason, own]) => `${own.map(({ name }) => name).join(', ')}: unknown, ${reason}`);

export const percent = (part: number, whole: number): string =>
  whole === 0 ? '?' : `${Math.floor((part / whole) * 100)} %`;
export const table = (
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): readonly TableSection[] => (rows.length === 0 ? [] : [{ kind: 'table', title, columns, rows }]);
