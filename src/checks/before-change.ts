import type { Change } from '../core/change.ts';
import { type ObjectPartName, type ObjectParts, type Parts, replacedKey } from '../world/parts.ts';

/** A part of the world as it was before the change of a plan: what was replaced is put back, what is new is left out. */
export function beforeChange<K extends ObjectPartName>(
  part: K,
  after: ObjectParts[K],
  change: Change,
  replaced: Parts['replaced'],
): ObjectParts[K] {
  const touched = change.effects.filter((effect) => effect.part === part);
  if (touched.length === 0) return after;
  const before = new Map<string, unknown>(after);
  for (const { id } of touched) {
    const old = replaced.get(replacedKey(part, id));
    if (old === undefined) before.delete(id);
    else before.set(id, old);
  }
  return before as unknown as ObjectParts[K]; // sound: `replaced` holds under the name of a part what that part held
}

type Planned = { readonly change?: Change | undefined; readonly replaced?: Parts['replaced'] | undefined };

/** A part as it was before the plan; as it is when there is no plan. */
export const before = <K extends ObjectPartName>(
  part: K,
  after: ObjectParts[K],
  { change, replaced }: Planned,
): ObjectParts[K] =>
  change === undefined || replaced === undefined ? after : beforeChange(part, after, change, replaced);
