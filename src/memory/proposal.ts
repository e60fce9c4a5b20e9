import { parseAllDocuments } from 'yaml';
import type { Proposal } from '../core/consult.ts';
import { flatten, type Leaf } from './flatten.ts';
import { MAX_VALUE, namesIn, termsOf } from './proposal-terms.ts';
import { tokens } from './tokens.ts';

/** A proposal in the words that lessons are written in. */
export interface Facts {
  readonly action: string;
  readonly verb: string;
  readonly kinds: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  /** Changed path -> lower-case values at it and below it. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** All values, lower case, each once. */
  readonly texts: readonly string[];
  /** Stem -> the word it came from: the set of terms that text search asks for. */
  readonly terms: ReadonlyMap<string, string>;
  /** Those of them that only name something: what a thing is called says little about what is done to it. */
  readonly nameTerms: ReadonlySet<string>;
  /** Terms of the changed paths and values, names and namespaces: what selectors are compared with. */
  readonly fieldTerms: ReadonlySet<string>;
  readonly checks: ReadonlySet<string>;
  readonly lessons: ReadonlySet<string>;
}

const WORKLOADS = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
]);
/** Actions whose objects are wanted as they stand. Of any other, only what the input names was changed. */
const WHOLE_OBJECT_VERBS = new Set(['apply', 'create', 'replace', 'rollback', 'install', 'upgrade']);
/** A label given as text: `key=value`. */
const ASSIGNMENT = /^([\w./-]+)=/;
const POD_SPEC = /^spec\.(?:jobTemplate\.spec\.)?(?:template\.spec\.)?/;

/** The kind itself, and Pod for everything that makes pods. */
export const kindsOf = (kind: string): string[] => (WORKLOADS.has(kind) ? [kind, 'Pod'] : [kind]);

/** Normalises a proposal: verbs, kinds (a workload is also a Pod), names, changed paths with their values, terms. */
export function factsOf(proposal: Proposal): Facts {
  const verb = proposal.action.slice(proposal.action.indexOf('_') + 1);
  const input = inputLeaves(proposal.input);
  const changed = [...input, ...objectLeaves(proposal.objects, verb, input)];
  const objects = proposal.objects.map(identityOf);
  const kinds = [...proposal.targets.map(({ kind }) => kind), ...objects.map(({ kind }) => kind)]
    .filter(isText)
    .flatMap(kindsOf);
  const names = [...proposal.targets.map(({ name }) => name), ...objects.map(({ name }) => name)];
  const namespaces = [...proposal.targets.map(({ namespace }) => namespace), ...objects.map((it) => it.namespace)];
  return {
    action: proposal.action,
    verb,
    kinds: new Set(verb === 'drain' ? [...kinds, 'Pod'] : kinds), // a drain evicts pods
    namespaces: new Set(namespaces.filter(isText)),
    names: new Set(names.filter(isText)),
    values: valuesByPath(changed),
    texts: [...new Set(changed.map(({ value }) => value.toLowerCase()))],
    fieldTerms: fieldTermsOf(changed, [...names, ...namespaces].filter(isText)),
    terms: termsOf(proposal, [...kinds, verb], changed),
    nameTerms: new Set([...names, ...namespaces].filter(isText).concat(namesIn(proposal.text)).flatMap(tokens)),
    checks: new Set(proposal.introducedChecks),
    lessons: new Set(proposal.introducedLessons),
  };
}

const isText = (value: string | undefined): value is string => value !== undefined && value !== '';

function identityOf(object: unknown): { kind?: string; name?: string; namespace?: string } {
  if (typeof object !== 'object' || object === null) return {};
  const { kind, metadata } = object as { kind?: unknown; metadata?: unknown }; // narrowed below
  const { name, namespace } = (typeof metadata === 'object' && metadata !== null ? metadata : {}) as Record<
    string,
    unknown
  >; // narrowed below
  return {
    ...(typeof kind === 'string' && { kind }),
    ...(typeof name === 'string' && { name }),
    ...(typeof namespace === 'string' && { namespace }),
  };
}

/**
 * The input as it was given, also without its outermost key (`patch.spec.replicas` is `spec.replicas` of the object);
 * text that holds a document counts by what is in it.
 */
function inputLeaves(input: unknown): Leaf[] {
  return flatten(input).flatMap((leaf) => {
    const inner = documentIn(leaf.value);
    if (inner === undefined) return leaf.keys.length > 1 ? [leaf, { ...leaf, keys: leaf.keys.slice(1) }] : [leaf];
    return flatten(inner, { skipStatus: true }).map((part) => pointerAsPath(part));
  });
}

/** The documents of a YAML or JSON text, as one list. */
function documentIn(text: string): readonly unknown[] | undefined {
  if (!/^\s*[{[]/.test(text) && !/^[\w.-]+:(?:\s|$)/m.test(text)) return undefined;
  try {
    if (text.trimStart().startsWith('{')) return [JSON.parse(text) as unknown];
  } catch {
    // YAML may start with a brace too
  }
  try {
    const documents = [...parseAllDocuments(text)].map((document): unknown => document.toJS({ maxAliasCount: 50 }));
    return documents.every((document) => typeof document === 'object') ? documents : undefined;
  } catch {
    return undefined; // not a document after all: it counts as plain text
  }
}

/** `{op, path: /spec/replicas}` of a JSON patch names a field by a pointer. */
function pointerAsPath(leaf: Leaf): Leaf {
  if (leaf.keys.at(-1) !== 'path' || !leaf.value.startsWith('/')) return leaf;
  const keys = leaf.value
    .slice(1)
    .split('/')
    .filter((key) => !/^(?:\d+|-)$/.test(key));
  return { keys: keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')), value: '' };
}

/** Leaves of the objects as they would be; where only a field was asked for, the leaves at the paths that the input names. */
function objectLeaves(objects: readonly unknown[], verb: string, input: readonly Leaf[]): Leaf[] {
  const leaves = objects.flatMap((object) => flatten(object, { skipStatus: true }));
  if (WHOLE_OBJECT_VERBS.has(verb)) return leaves;
  const asked = new Set(
    input.flatMap(({ keys, value }) => {
      const label = ASSIGNMENT.exec(value)?.[1];
      return [...(isIdentity(keys) ? [] : [pathOf(keys)]), ...(label === undefined ? [] : [label])];
    }),
  );
  return leaves.filter(({ keys }) => keys.some((_, from) => asked.has(pathOf(keys.slice(from)))));
}

/** Keys may hold dots, as labels do. */
const pathOf = (keys: readonly string[]): string => keys.join('\u0000');
const IDENTITY = new Set(['kind', 'name', 'namespace', 'type', 'node', 'host', 'cluster']);
/** What an input says to tell which thing it means, not what becomes of it. */
const isIdentity = (keys: readonly string[]): boolean => keys.length === 1 && IDENTITY.has(keys[0] ?? '');

function valuesByPath(leaves: readonly Leaf[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const add = (path: string, value: string): void => {
    const values = found.get(path);
    if (values === undefined) found.set(path, [value]);
    else values.push(value);
  };
  for (const { keys, value } of leaves) {
    const lower = value.toLowerCase();
    let path = '';
    for (const key of keys) {
      path = path === '' ? key : `${path}.${key}`;
      for (const spelling of spellings(path)) add(spelling, lower);
    }
  }
  return found;
}

/** A pod's fields by the path they have in a Pod and in a workload, whichever of the two it is. */
function spellings(path: string): readonly string[] {
  const rest = path.replace(POD_SPEC, '');
  return rest === path || rest === '' ? [path] : [...new Set([path, `spec.${rest}`, `spec.template.spec.${rest}`])];
}

function fieldTermsOf(changed: readonly Leaf[], names: readonly string[]): ReadonlySet<string> {
  const terms = new Set(names.flatMap(tokens));
  for (const { keys, value } of changed) {
    for (const key of keys) for (const term of tokens(key)) terms.add(term);
    for (const term of tokens(value.slice(0, MAX_VALUE))) terms.add(term);
  }
  return terms;
}
