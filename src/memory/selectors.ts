import type { Selectors } from '../core/lesson.ts';
import type { Facts } from './proposal.ts';

/** How one field of the selectors fits: `any` = not given. */
export type Fit = 'any' | 'match' | 'mismatch';

export interface SelectorFit {
  readonly action: Fit;
  readonly kind: Fit;
  readonly namespace: Fit;
  readonly name: Fit;
  /** Field paths together with values: a value counts where one of the given paths leads. */
  readonly content: Fit;
  /** What matched, for `why`: `action cluster_label`, `field metadata.labels`. */
  readonly reasons: readonly string[];
}

/** In each field one entry is enough; a name may end in `*`. `paths` belong to repositories and are not looked at. */
export function fit(selectors: Selectors, facts: Facts): SelectorFit {
  const reasons: string[] = [];
  const one = (label: string, wanted: readonly string[] | undefined, has: (entry: string) => boolean): Fit => {
    if (wanted === undefined || wanted.length === 0) return 'any';
    const found = wanted.find(has);
    if (found !== undefined) reasons.push(`${label} ${found}`);
    return found === undefined ? 'mismatch' : 'match';
  };
  return {
    action: one('action', selectors.actions, (entry) => entry === facts.action),
    kind: one('kind', selectors.kinds, (entry) => facts.kinds.has(entry)),
    namespace: one('namespace', selectors.namespaces, (entry) => facts.namespaces.has(entry)),
    name: one('name', selectors.names, (entry) => hasName(facts.names, entry)),
    content: fitContent(selectors, facts, reasons),
    reasons,
  };
}

function hasName(names: ReadonlySet<string>, entry: string): boolean {
  if (!entry.endsWith('*')) return names.has(entry);
  const start = entry.slice(0, -1);
  return [...names].some((name) => name.startsWith(start));
}

function fitContent({ field_paths: paths = [], values = [] }: Selectors, facts: Facts, reasons: string[]): Fit {
  const found = paths.length === 0 ? fitValue(values, facts) : fitPath(paths, values, facts);
  if (found !== undefined && found !== 'any') reasons.push(found);
  return found === undefined ? 'mismatch' : found === 'any' ? 'any' : 'match';
}

function fitValue(values: readonly string[], facts: Facts): string | undefined {
  if (values.length === 0) return 'any';
  const value = values.find((entry) => holds(facts.texts, entry));
  return value === undefined ? undefined : `value ${value}`;
}

function fitPath(paths: readonly string[], values: readonly string[], facts: Facts): string | undefined {
  for (const path of paths) {
    const there = facts.values.get(path);
    if (there === undefined) continue;
    if (values.length === 0) return `field ${path}`;
    const value = values.find((entry) => holds(there, entry));
    if (value !== undefined) return `field ${path} = ${value}`;
  }
  return undefined;
}

/** Short words such as `0` stand alone; longer ones may be a part, as `:latest` is of an image. */
const SHORT = 3;
const holds = (values: readonly string[], wanted: string): boolean =>
  values.some((value) => (wanted.length <= SHORT && /^\w+$/.test(wanted) ? value === wanted : value.includes(wanted)));

/** True when everything that is given matches, and something specific (a field, a value or a name) is given. */
export const isCertain = (it: SelectorFit): boolean =>
  (it.content === 'match' || it.name === 'match') &&
  [it.action, it.kind, it.namespace, it.name, it.content].every((one) => one !== 'mismatch');

/** True when the lesson is about another action, kind, namespace or name. */
export const isElsewhere = (it: SelectorFit): boolean =>
  [it.action, it.kind, it.namespace, it.name].includes('mismatch');
