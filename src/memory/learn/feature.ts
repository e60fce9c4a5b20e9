import type { Selectors } from '../../core/lesson.ts';
import { redactText } from '../../core/redact.ts';
import { quoted } from './policy/cel-text.ts';

/** Where a value stands in an object; `*` = in every element of a list. */
export type Path = readonly string[];

/** Something that may tell a mistake from a harmless change: one condition over an object `o`, or over the action. */
export interface Feature {
  /** CEL; of an object the condition is over the variable `o`. */
  readonly cel: string;
  readonly over: 'object' | 'action';
  /** Of objects: what a harmless neighbour has otherwise. */
  readonly path?: Path;
  readonly isAbsence?: true;
  /** Lower is tried first: what a lesson itself names, a pattern known to be bad, what the input set, anything else. */
  readonly rank: 0 | 1 | 2 | 3;
}

const MAX_VALUE = 100;
const MAX_DEPTH = 10;
/** A predicate may loop three deep; one loop is over the objects. */
const MAX_LISTS = 2;
const MAX_FEATURES = 120;
const IDENTIFIER = /^[A-Za-z_]\w*$/;
/** Words of CEL that are no field names. */
const RESERVED = new Set(
  'false in null true as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
/** Says which object it is, or is written by the system; a rule about it would fit this one object only. */
const NOT_A_RULE = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'ownerReferences',
  'selfLink',
  'annotations',
  'env',
  'data',
  'stringData',
  'status',
  'apiVersion',
  'kind',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'schedulerName',
]);

/** What can be said in CEL about the values of an object. */
export function featuresOf(object: unknown, touched: ReadonlySet<string>, selectors: Selectors): readonly Feature[] {
  const features: Feature[] = [];
  for (const { path, value } of leavesOf(object)) {
    const cel = conditionOn(path, (at) => equals(at, value));
    const last = path.findLast((key) => key !== '*') ?? '';
    if (cel === undefined) continue;
    features.push({ cel, over: 'object', path, rank: touched.has(last) ? 2 : 3 });
    const tag = floating(last, value);
    const pattern = tag === undefined ? undefined : conditionOn(path, tag);
    if (pattern !== undefined) features.push({ cel: pattern, over: 'object', path, rank: 1 });
  }
  return [...selectorFeatures(object, selectors), ...features].slice(0, MAX_FEATURES);
}

/** What harmless objects of the kind have and this one lacks. */
export function absencesIn(object: unknown, harmless: readonly unknown[]): readonly Feature[] {
  const mine = new Set(leavesOf(object).flatMap(({ path }) => prefixes(path)));
  const theirs = new Set(harmless.flatMap(leavesOf).flatMap(({ path }) => prefixes(path)));
  return [...theirs].flatMap((text): readonly Feature[] => {
    const path = text.split('/');
    const parent = path.slice(0, -1).join('/');
    if (mine.has(text) || !mine.has(parent) || path.at(-1) === '*') return [];
    const cel = conditionOn(path, () => undefined);
    return cel === undefined ? [] : [{ cel, over: 'object', path, isAbsence: true, rank: 3 }];
  });
}

const prefixes = (path: Path): string[] => path.map((_, at) => path.slice(0, at + 1).join('/'));

/** Plain values of the input by their first key: `action.input.replicas == 0`. */
export function inputFeatures(input: unknown): readonly Feature[] {
  if (typeof input !== 'object' || input === null) return [];
  return Object.entries(input).flatMap(([key, value]): readonly Feature[] => {
    if (NOT_A_RULE.has(key) || key === 'reason' || !isField(key) || !isPlain(value)) return [];
    return [{ cel: `has(action.input.${key}) && action.input.${key} == ${literal(value)}`, over: 'action', rank: 2 }];
  });
}

/** A path and a value that the lesson itself names: the best that is known. */
function selectorFeatures(object: unknown, { field_paths: paths = [], values = [] }: Selectors): readonly Feature[] {
  const wanted = new Set(paths.flatMap((path) => [path, path.replace(/^spec\.template\.spec\./, 'spec.')]));
  return leavesOf(object).flatMap(({ path, value }): readonly Feature[] => {
    const plain = path.filter((key) => key !== '*').join('.');
    if (!wanted.has(plain)) return [];
    const named = values.find((one) => String(value).toLowerCase().includes(one));
    if (values.length > 0 && named === undefined) return [];
    const isPart = typeof value === 'string' && named !== undefined && named !== value;
    const cel = conditionOn(path, (at) => (isPart ? `${at}.contains(${literal(named)})` : equals(at, value)));
    return cel === undefined ? [] : [{ cel, over: 'object', path, rank: 0 }];
  });
}

type Plain = string | number | boolean;
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (typeof value === 'string' && value.length <= MAX_VALUE && redactText(value) === value);

interface PlainLeaf {
  readonly path: Path;
  readonly value: Plain;
}

function leavesOf(root: unknown): readonly PlainLeaf[] {
  const leaves: PlainLeaf[] = [];
  const visit = (node: unknown, path: Path): void => {
    if (path.length > MAX_DEPTH || leaves.length > MAX_FEATURES) return;
    if (Array.isArray(node)) for (const item of node) visit(item, [...path, '*']);
    else if (typeof node === 'object' && node !== null)
      for (const [key, value] of Object.entries(node)) if (!NOT_A_RULE.has(key)) visit(value, [...path, key]);
    if (isPlain(node)) leaves.push({ path, value: node });
  };
  visit(root, []);
  return leaves;
}

/**
 * The condition at the end of a path: `has(o.spec) && o.spec.containers.exists(a, has(a.image) && a.image == 'x')`.
 * Without a condition: the last key is not there. Undefined when the path cannot be said.
 */
function conditionOn(path: Path, condition: (at: string) => string | undefined): string | undefined {
  if (path.filter((key) => key === '*').length > MAX_LISTS) return undefined;
  return step('o', path, condition, 0);
}

function step(
  at: string,
  path: Path,
  condition: (at: string) => string | undefined,
  depth: number,
): string | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return condition(at);
  if (key === '*') {
    const item = ['a', 'b'][depth];
    const inner = item === undefined ? undefined : step(item, rest, condition, depth + 1);
    return inner === undefined ? undefined : `${at}.exists(${item}, ${inner})`;
  }
  const { is, there } = member(at, key);
  const inner = step(there, rest, condition, depth);
  if (inner !== undefined) return `${is} && ${inner}`;
  return rest.length === 0 ? `!${is.startsWith('has(') ? is : `(${is})`}` : undefined;
}

const isField = (key: string): boolean => IDENTIFIER.test(key) && !RESERVED.has(key);

const member = (at: string, key: string): { readonly is: string; readonly there: string } =>
  isField(key)
    ? { is: `has(${at}.${key})`, there: `${at}.${key}` }
    : { is: `${literal(key)} in ${at}`, there: `${at}[${literal(key)}]` };

const equals = (at: string, value: Plain): string => `${at} == ${literal(value)}`;

/** A tag that means another image each time. */
function floating(key: string, value: Plain): ((at: string) => string) | undefined {
  if (key !== 'image' || typeof value !== 'string') return undefined;
  if (value.endsWith(':latest')) return (at) => `${at}.endsWith(':latest')`;
  return value.includes(':') || value.includes('@') ? undefined : (at) => `!${at}.contains(':')`;
}

/** As CEL writes it; whole numbers stay whole. */
const literal = (value: Plain): string => (typeof value === 'string' ? quoted(value) : String(value));

/** The object without what the feature speaks of, or with it where it was missing. */
export function neighbourOf(object: unknown, { path = [], isAbsence }: Feature): unknown {
  const copy: unknown = structuredClone(object);
  const change = (node: unknown, [key, ...rest]: Path): void => {
    if (key === '*' && Array.isArray(node)) for (const item of node) change(item, rest);
    else if (key !== undefined && typeof node === 'object' && node !== null) {
      const record = node as Record<string, unknown>; // an object that is no list here
      if (rest.length > 0) change(record[key], rest);
      else if (isAbsence === true) record[key] = true;
      else delete record[key];
    }
  };
  change(copy, path);
  return copy;
}
