import type { Json, JsonObject } from '../../json.ts';
import { goText } from '../fault.ts';
import { isObject } from '../json.ts';
import { type Shape, untypedShape } from '../schema.ts';
import { asMember, type FieldSet, fieldSet, MEMBER } from './field-set.ts';

/** How server-side apply looks at a value: a leaf is taken or left as a whole. */
export type Granularity = 'map' | 'list' | 'leaf';

export function granularity(shape: Shape, ...values: readonly (Json | undefined)[]): Granularity {
  if (shape.type === 'object' && !shape.atomic) return 'map';
  if (shape.type === 'array' && shape.list !== 'atomic') return 'list';
  const present = values.filter((value) => value !== undefined && value !== null);
  return shape.type === 'any' && present.length > 0 && present.every(isObject) ? 'map' : 'leaf';
}

/** An object that cannot be read by its schema; `message` begins with the path: `.spec.foo: field not declared in schema`. */
export class TypedError extends Error {}

const text = (value: Json | undefined): string => JSON.stringify(value ?? null);

/** The edge of an item in a list merged by value or by keys; defaults of the schema complete the keys. */
function itemEdge(item: Json, shape: Shape): string {
  if (shape.list === 'set') return `v:${text(item)}`;
  const keys = [...shape.keys].sort().map((key): [string, Json] => {
    const given = isObject(item) ? item[key] : undefined;
    const value = given ?? shape.items?.field(key)?.default;
    if (value === undefined)
      throw new TypedError(
        `: associative list with keys has an element that omits key field ${text(key)} (and doesn't have default value)`,
      );
    return [key, value];
  });
  return `k:${text(Object.fromEntries(keys))}`;
}

/** The items of a list by their edge, in order; of doubles the first. */
export function itemsOf(list: Json | undefined, shape: Shape): Map<string, Json> {
  const found = new Map<string, Json>();
  for (const item of Array.isArray(list) ? list : []) {
    const edge = itemEdge(item, shape);
    if (!found.has(edge)) found.set(edge, item);
  }
  return found;
}

/** The members of a map with the shape of each; what no schema knows is untyped. */
export const membersOf = (value: Json | undefined): ReadonlyMap<string, Json> =>
  new Map(Object.entries(isObject(value) ? value : {}));

export const memberShape = (shape: Shape, key: string): Shape => shape.field(key) ?? untypedShape();
export const itemShape = (shape: Shape): Shape => shape.items ?? untypedShape();

/** Every place that a configuration says something about. */
export function fieldsOf(value: Json, shape: Shape): FieldSet {
  switch (granularity(shape, value)) {
    case 'leaf':
      return MEMBER;
    case 'list':
      return fieldSet(
        [...itemsOf(value, shape)].map(([edge, item]) => [edge, asMember(fieldsOf(item, itemShape(shape)))] as const),
      );
    case 'map':
      return fieldSet(
        [...membersOf(value)].map(([key, member]) => [`f:${key}`, memberFields(key, member, shape)] as const),
      );
  }
}

function memberFields(key: string, member: Json, shape: Shape): FieldSet {
  const below = fieldsOf(member, memberShape(shape, key));
  const isBare = member === null || (isObject(member) && Object.keys(member).length === 0);
  return isBare || !shape.isField(key) ? asMember(below) : below;
}

/** The value without the places in `gone`; undefined when nothing is left of it. */
export function removeFields(value: Json, shape: Shape, gone: FieldSet): Json | undefined {
  const kind = granularity(shape, value);
  if (kind === 'leaf' || value === null) return value;
  return kind === 'map' ? removeMembers(value, shape, gone) : removeListItems(value, shape, gone);
}

function removeMembers(value: Json, shape: Shape, gone: FieldSet): Json | undefined {
  const members = [...membersOf(value)];
  if (members.length === 0) return value;
  const left = members.flatMap(([key, member]): [string, Json][] => {
    const kept = removeChild(member, memberShape(shape, key), gone.children.get(`f:${key}`));
    return kept === undefined ? [] : [[key, kept]];
  });
  return left.length > 0 ? Object.fromEntries(left) : undefined;
}

function removeListItems(value: Json, shape: Shape, gone: FieldSet): Json | undefined {
  const items = Array.isArray(value) ? value : [];
  if (items.length === 0) return value;
  const left = items.flatMap((item): Json[] => {
    const kept = removeChild(item, itemShape(shape), gone.children.get(itemEdge(item, shape)));
    return kept === undefined ? [] : [kept];
  });
  return left.length > 0 ? left : undefined;
}

function removeChild(child: Json, shape: Shape, gone: FieldSet | undefined): Json | undefined {
  if (!gone) return child;
  if (gone.isMember) return undefined;
  return removeFields(child, shape, gone) ?? null;
}

/** Reads a configuration strictly by its schema; throws `TypedError` with the path of the first fault. */
export function checkTyped(value: Json, shape: Shape, path = ''): void {
  const expected = (what: string): TypedError => new TypedError(`${path}: expected ${what}, got ${found(value, what)}`);
  if (value === null || shape.type === 'any') return;
  if (shape.type === 'object') {
    if (!isObject(value)) throw expected('map');
    checkMembers(value, shape, path);
  } else if (shape.type === 'array') {
    if (!Array.isArray(value)) throw expected('list');
    checkItems(value, shape, path);
  } else if (!isScalar(value, shape.type)) throw expected(SCALARS[shape.type]?.[1] ?? 'scalar');
}

const isScalar = (value: Json, type: Shape['type']): boolean => {
  const wanted = SCALARS[type]?.[0];
  return typeof value !== 'object' && (wanted === undefined || typeof value === wanted);
};

/** The server prints what it found in as many ways as it has checks. */
function found(value: Json, wanted: string): string {
  if (wanted === 'string') return `&value.valueUnstructured{Value:${isObject(value) ? goText(value) : text(value)}}`;
  return wanted.startsWith('numeric') ? goKind(value) : `&{${goText(value)}}`;
}

function goKind(value: Json): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const SCALARS: Readonly<Record<string, readonly [type: string, words: string]>> = {
  string: ['string', 'string'],
  boolean: ['boolean', 'boolean'],
  integer: ['number', 'numeric (int or float)'],
  number: ['number', 'numeric (int or float)'],
};

function checkMembers(value: JsonObject, shape: Shape, path: string): void {
  for (const [key, member] of Object.entries(value)) {
    const below = shape.field(key);
    if (!below) throw new TypedError(`${path}.${key}: field not declared in schema`);
    checkTyped(member, below, `${path}.${key}`);
  }
}

function checkItems(items: readonly Json[], shape: Shape, path: string): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const edge = shape.list === 'atomic' ? String(index) : edgeAt(item, shape, path, index);
    if (seen.has(edge)) throw new TypedError(`${path}: duplicate entries for key ${keyText(edge)}`);
    seen.add(edge);
    checkTyped(item, itemShape(shape), shape.list === 'atomic' ? `${path}[${index}]` : `${path}${keyText(edge)}`);
  }
}

function edgeAt(item: Json, shape: Shape, path: string, index: number): string {
  try {
    return itemEdge(item, shape);
  } catch (error) {
    throw new TypedError(`${path}: element ${index}${error instanceof Error ? error.message : ''}`);
  }
}

function keyText(edge: string): string {
  const key: unknown = JSON.parse(edge.slice(2));
  if (!edge.startsWith('k:') || !isObject(key)) return `[=${edge.slice(2)}]`;
  return `[${Object.entries(key)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(',')}]`;
}
