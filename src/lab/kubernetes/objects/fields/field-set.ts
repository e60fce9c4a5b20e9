import type { Json, JsonObject } from '../../json.ts';
import { isObject } from '../json.ts';
import type { Shape } from '../schema.ts';

/**
 * A set of places in an object, as managedFields' FieldsV1 writes them: a tree whose edges are `f:name`, `k:{"name":"x"}`
 * or `v:"value"`. A node that is a member belongs to the set itself, whatever stands below it. Never changed once built.
 */
export interface FieldSet {
  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const NO_FIELDS: FieldSet = { isMember: false, children: new Map() };
export const MEMBER: FieldSet = { isMember: true, children: new Map() };

export const isEmpty = ({ isMember, children }: FieldSet): boolean => !isMember && children.size === 0;

/** The set with its empty branches cut off. */
function node(isMember: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { isMember, children: new Map([...children].filter(([, child]) => !isEmpty(child))) };
}

/** Builds a set from what stands below one place. */
export const fieldSet = (children: Iterable<readonly [string, FieldSet]>, isMember = false): FieldSet =>
  node(isMember, children);

/** The same place as a member, with what stands below it kept. */
export const asMember = (set: FieldSet): FieldSet => ({ ...set, isMember: true });

const keysOf = (a: FieldSet, b: FieldSet): Set<string> => new Set([...a.children.keys(), ...b.children.keys()]);

const childOf = (set: FieldSet, edge: string): FieldSet => set.children.get(edge) ?? NO_FIELDS;

export const union = (a: FieldSet, b: FieldSet): FieldSet =>
  node(
    a.isMember || b.isMember,
    [...keysOf(a, b)].map((edge) => [edge, union(childOf(a, edge), childOf(b, edge))] as const),
  );

export const intersection = (a: FieldSet, b: FieldSet): FieldSet =>
  node(
    a.isMember && b.isMember,
    [...a.children].map(([edge, child]) => [edge, intersection(child, childOf(b, edge))] as const),
  );

export const difference = (a: FieldSet, b: FieldSet): FieldSet =>
  node(
    a.isMember && !b.isMember,
    [...a.children].map(([edge, child]) => [edge, difference(child, childOf(b, edge))] as const),
  );

/** Without a place and everything below it. */
export function without(set: FieldSet, path: readonly string[]): FieldSet {
  const [edge, ...rest] = path;
  if (edge === undefined) return NO_FIELDS;
  return node(
    set.isMember,
    [...set.children].map(([key, child]) => [key, key === edge ? without(child, rest) : child] as const),
  );
}

/** Adds the structs on the way to each member: they are there as soon as something in them is. */
export function withNamedFields(set: FieldSet, shape: Shape | undefined): FieldSet {
  return node(
    set.isMember,
    [...set.children].map(([edge, child]) => {
      const inner = withNamedFields(child, shapeBelow(shape, edge));
      const isNamed = edge.startsWith('f:') && child.children.size > 0 && shape?.isField(edge.slice(2)) === true;
      return [edge, isNamed ? asMember(inner) : inner] as const;
    }),
  );
}

const shapeBelow = (shape: Shape | undefined, edge: string): Shape | undefined =>
  edge.startsWith('f:') ? shape?.field(edge.slice(2)) : shape?.items;

/** Every member as a list of edges; a place before what stands below it. */
export function paths(set: FieldSet): string[][] {
  const edges = [...set.children].sort(([a], [b]) => compareEdges(a, b));
  return [
    ...edges.filter(([, child]) => child.isMember).map(([edge]) => [edge]),
    ...edges.flatMap(([edge, child]) => paths({ ...child, isMember: false }).map((path) => [edge, ...path])),
  ];
}

/** `.spec.containers[name="x"].image`, as conflicts name a place. */
export const pathText = (path: readonly string[]): string => path.map(edgeText).join('');

function edgeText(edge: string): string {
  const text = edge.slice(2);
  if (edge.startsWith('f:')) return `.${text}`;
  if (edge.startsWith('v:')) return `[=${text}]`;
  const key: unknown = JSON.parse(text);
  const members = isObject(key) ? Object.entries(key) : [];
  return `[${members.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

const KINDS = ['f', 'k', 'v', 'i'];

function compareEdges(a: string, b: string): number {
  const byKind = KINDS.indexOf(a.charAt(0)) - KINDS.indexOf(b.charAt(0));
  if (byKind !== 0 || a.startsWith('f:')) return byKind || compareText(a, b);
  return compareJson(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareJson(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (!isObject(a) || !isObject(b)) return compareText(JSON.stringify(a), JSON.stringify(b));
  for (const key of Object.keys(a)) {
    const order = compareJson(a[key] ?? null, b[key] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** Reads `fieldsV1` of a managedFields entry. */
export function readFieldsV1(fields: Json | undefined): FieldSet {
  if (!isObject(fields)) return NO_FIELDS;
  const children = Object.entries(fields).filter(([edge]) => edge !== '.');
  const isLeaf = children.length === 0;
  return node(
    isLeaf || '.' in fields,
    children.map(([edge, below]) => [edge, readFieldsV1(below)] as const),
  );
}

/** Writes a set as `fieldsV1`, in the order of the real server. */
export function writeFieldsV1(set: FieldSet): JsonObject {
  const edges = [...set.children].sort(([a], [b]) => compareEdges(a, b));
  return Object.fromEntries(
    edges.map(([edge, child]): [string, Json] => {
      const below = writeFieldsV1(child);
      return [edge, child.isMember && child.children.size > 0 ? { '.': {}, ...below } : below];
    }),
  );
}
