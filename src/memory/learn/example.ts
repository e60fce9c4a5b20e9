import type { CelInput } from '@bufbuild/cel';
import type { Proposal } from '../../core/consult.ts';
import { redactText } from '../../core/redact.ts';
import { type GuardAction, type Guards, guardAction } from '../guard.ts';
import { factsOf } from '../proposal.ts';

/** An action as predicates see it, kept as a fixture: plain JSON, without secrets and without what the system writes. */
export interface Example {
  readonly name: string;
  readonly verb: string;
  readonly kinds: readonly string[];
  readonly namespaces: readonly string[];
  readonly names: readonly string[];
  readonly targets: readonly unknown[];
  readonly input: unknown;
  readonly objects: readonly unknown[];
  readonly text: string;
  readonly checks: readonly string[];
}

const MAX_EXAMPLE = 24_000;
const MAX_TEXT = 300;
const WRITTEN_BY_SYSTEM = new Set([
  'managedFields',
  'status',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'annotations',
]);
const SECRET_KINDS = new Set(['Secret']);
const SECRET_FIELDS = new Set(['data', 'stringData', 'binaryData', 'env', 'manifest']);

/** Undefined when it is too large to be kept. */
export function exampleOf(proposal: Proposal): Example | undefined {
  const facts = factsOf(proposal);
  const example: Example = {
    name: facts.action,
    verb: facts.verb,
    kinds: [...facts.kinds],
    namespaces: [...facts.namespaces],
    names: [...facts.names],
    targets: proposal.targets,
    input: clean(proposal.input),
    objects: proposal.objects.map(clean),
    text: '',
    checks: proposal.introducedChecks,
  };
  return JSON.stringify(example).length > MAX_EXAMPLE ? undefined : example;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value.slice(0, MAX_TEXT));
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  const isSecret = 'kind' in value && SECRET_KINDS.has(String(value.kind));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
      if (WRITTEN_BY_SYSTEM.has(key) || SECRET_FIELDS.has(key) || (isSecret && key !== 'kind' && key !== 'metadata'))
        return [];
      return [[key, clean(member)]];
    }),
  );
}

/** What a predicate says of an example, by the same evaluator that judges plans. */
export const judgeExample = (guards: Guards, when: string, example: unknown) => guards.judge(when, toAction(example));

function toAction(example: unknown): GuardAction {
  // An example is plain JSON, as it was made or read from the store: text, numbers, booleans, null, lists and maps.
  const value = JSON.parse(JSON.stringify(example)) as CelInput;
  return { value, longest: longestIn(example) };
}

function longestIn(root: unknown): number {
  let longest = 0;
  const open = [root];
  for (let node = open.pop(); open.length > 0 || node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    const members: readonly unknown[] = Object.values(node);
    longest = Math.max(longest, members.length);
    open.push(...members.filter((member) => typeof member === 'object' && member !== null));
  }
  return longest;
}

/** What a predicate says of a real proposal, by the same evaluator. */
export const judgeProposal = (guards: Guards, when: string, proposal: Proposal) =>
  guards.judge(when, guardAction(proposal, factsOf(proposal)));
