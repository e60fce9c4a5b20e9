import type { Json, JsonObject } from '../../json.ts';
import type { Shape } from '../schema.ts';
import { granularity, itemShape, itemsOf, memberShape, membersOf } from './typed.ts';

/** A configuration laid over an object: what it names wins, by the list types and keys of the schema. */
export function mergeTyped(base: Json | undefined, over: Json | undefined, shape: Shape): Json | undefined {
  if (base === undefined || base === null) return over === undefined ? base : over;
  if (over === undefined) return base;
  const kind = granularity(shape, base, over);
  if (kind === 'leaf' || over === null) return over;
  return kind === 'map' ? mergeMembers(base, over, shape) : mergeItems(base, over, shape);
}

function mergeMembers(base: Json, over: Json, shape: Shape): JsonObject {
  const [old, now] = [membersOf(base), membersOf(over)];
  const merged: JsonObject = {};
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const value = mergeTyped(old.get(key), now.get(key), memberShape(shape, key));
    if (value !== undefined) merged[key] = value;
  }
  return merged;
}

/** Items keep the order of the configuration; the object's own stay where they were among those they share. */
function mergeItems(base: Json, over: Json, shape: Shape): Json[] {
  const [old, now] = [itemsOf(base, shape), itemsOf(over, shape)];
  const merged = (edge: string): Json => mergeTyped(old.get(edge), now.get(edge), itemShape(shape)) ?? null;
  return mergedOrder([...old.keys()], [...now.keys()]).map(merged);
}

function mergedOrder(old: readonly string[], now: readonly string[]): string[] {
  const [inOld, inNow] = [new Set(old), new Set(now)];
  const shared = now.filter((edge) => inOld.has(edge));
  const waiting = [...old];
  const order: string[] = [];
  /** The object's own items up to the next one that both have. */
  const takeOwnUntil = (stop: string | undefined): void => {
    while (waiting[0] !== undefined && waiting[0] !== stop)
      order.push(...waiting.splice(0, 1).filter((edge) => !inNow.has(edge)));
  };
  for (const edge of now) {
    takeOwnUntil(shared[0]);
    order.push(edge);
    if (edge !== shared[0]) continue;
    shared.shift();
    waiting.shift();
  }
  takeOwnUntil(undefined);
  return order;
}
