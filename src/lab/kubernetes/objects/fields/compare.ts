import type { Json } from '../../json.ts';
import { equalJson, isObject } from '../json.ts';
import type { Shape } from '../schema.ts';
import { asMember, type FieldSet, fieldSet, MEMBER, NO_FIELDS, union } from './field-set.ts';
import { granularity, itemShape, itemsOf, memberShape, membersOf } from './typed.ts';

/** What is different between two versions of an object. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const SAME: Comparison = { added: NO_FIELDS, modified: NO_FIELDS, removed: NO_FIELDS };

const isBare = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

/** Compares place by place; a struct or item that comes or goes counts itself and all that is in it. */
export function compareTyped(before: Json | undefined, after: Json | undefined, shape: Shape): Comparison {
  if (before === undefined && after === undefined) return SAME;
  const kind = granularity(shape, before, after);
  if (kind === 'leaf' || (isBare(before) && isBare(after))) return compareLeaf(before, after);
  const below = kind === 'map' ? compareMembers(before, after, shape) : compareItems(before, after, shape);
  if (before === undefined) return { ...below, added: asMember(below.added) };
  return after === undefined ? { ...below, removed: asMember(below.removed) } : below;
}

function compareLeaf(before: Json | undefined, after: Json | undefined): Comparison {
  if (before === undefined) return { ...SAME, added: MEMBER };
  if (after === undefined) return { ...SAME, removed: MEMBER };
  return equalJson(before, after) ? SAME : { ...SAME, modified: MEMBER };
}

function compareMembers(before: Json | undefined, after: Json | undefined, shape: Shape): Comparison {
  const [old, now] = [membersOf(before), membersOf(after)];
  return gather(
    [...new Set([...old.keys(), ...now.keys()])].map((key) => [
      `f:${key}`,
      compareTyped(old.get(key), now.get(key), memberShape(shape, key)),
    ]),
  );
}

function compareItems(before: Json | undefined, after: Json | undefined, shape: Shape): Comparison {
  const [old, now] = [itemsOf(before, shape), itemsOf(after, shape)];
  return gather(
    [...new Set([...old.keys(), ...now.keys()])].map((edge) => [
      edge,
      compareTyped(old.get(edge), now.get(edge), itemShape(shape)),
    ]),
  );
}

function gather(parts: readonly (readonly [string, Comparison])[]): Comparison {
  const part = (name: keyof Comparison): FieldSet =>
    fieldSet(parts.map(([edge, found]) => [edge, found[name]] as const));
  return { added: part('added'), modified: part('modified'), removed: part('removed') };
}

export const addedOrModified = ({ added, modified }: Comparison): FieldSet => union(added, modified);
