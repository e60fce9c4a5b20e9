import type { Change } from '../core/change.ts';
import type { Effect } from '../core/effect.ts';
import { StewardError } from '../core/errors.ts';
import { type ObjectPartName, type PartName, type Parts, partSchemas, replacedKey, type WorldObject } from './parts.ts';

/** `unknown` = it should be there and could not be read; `absent` = that system is not configured. Neither is ever "pass". */
export type Part<T> =
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'unknown'; readonly reason: string }
  | { readonly state: 'absent' };

export const known = <T>(value: T): Part<T> => ({ state: 'known', value });
export const unknown = (reason: string): Part<never> => ({ state: 'unknown', reason });
export const absent: Part<never> = { state: 'absent' };

/** Every part of the world that was gathered; a name that is missing is `absent`. */
export type WorldParts = { readonly [K in PartName]?: Part<Parts[K]> };

/** An immutable picture of the lab at one time. */
export class World {
  readonly at: Date;
  readonly #parts: WorldParts;

  constructor(at: Date, parts: WorldParts) {
    this.at = at;
    this.#parts = parts;
  }

  part<K extends PartName>(name: K): Part<Parts[K]> {
    return (this.#parts[name] as Part<Parts[K]> | undefined) ?? absent;
  }

  /**
   * The world as it would be after `change`. Effects on a part that is unknown or absent leave it so.
   * A value that does not fit the schema of its part makes that part unknown: doubt must not look like health.
   * With a `change`, the parts `change` and `replaced` (the objects as they were) become known.
   */
  patch(effects: readonly Effect[], change?: Change): World {
    const parts: Record<string, Part<unknown>> = { ...this.#parts };
    for (const name of new Set(effects.map((effect) => effect.part))) {
      if (!isPartName(name))
        throw new StewardError(`Unable to patch the world: there is no part "${name}".`, {
          kind: 'internal',
          code: 'unknown_world_part',
        });
      const current = parts[name];
      if (current?.state === 'known')
        parts[name] = patchPart(name, current.value as ReadonlyMap<string, unknown>, effects);
    }
    if (change !== undefined) {
      parts['change'] = known(change);
      parts['replaced'] = known(this.#replacedBy(effects));
    }
    return new World(this.at, parts as WorldParts);
  }

  #replacedBy(effects: readonly Effect[]): ReadonlyMap<string, WorldObject> {
    const replaced = new Map<string, WorldObject>();
    for (const { part, id } of effects) {
      const current = isPartName(part) && part !== 'images' ? this.part(part) : absent;
      // every part but `images` holds API objects, which all have metadata
      const before = current.state === 'known' ? (current.value.get(id) as WorldObject | undefined) : undefined;
      if (before !== undefined) replaced.set(replacedKey(part, id), before);
    }
    return replaced;
  }
}

export const isPartName = (name: string): name is ObjectPartName => Object.hasOwn(partSchemas, name);

function patchPart(
  name: ObjectPartName,
  current: ReadonlyMap<string, unknown>,
  effects: readonly Effect[],
): Part<unknown> {
  const next = new Map(current);
  for (const effect of effects) {
    if (effect.part !== name) continue;
    if (effect.op === 'remove') {
      next.delete(effect.id);
      continue;
    }
    const parsed = partSchemas[name].safeParse(effect.value);
    if (!parsed.success) return unknown(`the planned ${name} "${effect.id}" does not fit: ${parsed.error.message}`);
    next.set(effect.id, parsed.data);
  }
  return known(next);
}
