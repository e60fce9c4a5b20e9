import type { CelInput } from '@bufbuild/cel';
import type { Proposal } from '../core/consult.ts';
import { messageOf } from '../core/errors.ts';
import type { Facts } from './proposal.ts';

const MAX_EXPRESSION = 2_000;
/** Loops in loops: objects, their containers, the mounts of these. */
const MAX_NESTED_LOOPS = 3;
/** Turns that loops may take on one action: the longest list in it to the power of the depth. */
const MAX_TURNS = 1_000_000;
/** Characters of JSON that a predicate looks at; beyond, it is not asked and a person is. */
const MAX_ACTION_CHARACTERS = 1_000_000;

/** `error` = it could not be judged: counts as a match that asks, never as no. */
export type GuardVerdict = 'yes' | 'no' | 'error';

type Predicate = (action: GuardAction) => GuardVerdict;

/** The proposal as predicates see it, and the length of the longest list or map in it. */
export interface GuardAction {
  readonly value: CelInput;
  readonly longest: number;
}

/**
 * Evaluates the CEL predicates of lessons over `action`:
 * `{name, verb, kinds, namespaces, names, targets, input, objects, text, checks}`. There is no other variable.
 * The evaluator is loaded with the first predicate, and each predicate is compiled once.
 */
export class Guards {
  readonly #compiled = new Map<string, Predicate>();

  /** `action` is asked for only once, however many predicates are judged on it. */
  async judge(when: string, action: GuardAction | undefined): Promise<GuardVerdict> {
    if (action === undefined) return 'error';
    const predicate = this.#compiled.get(when) ?? (await compile(when));
    this.#compiled.set(when, predicate);
    return predicate(action);
  }
}

/** What is wrong with a predicate, or undefined. */
export async function guardProblem(when: string): Promise<string | undefined> {
  const { parse } = await import('@bufbuild/cel');
  if (when.length > MAX_EXPRESSION) return `is longer than ${MAX_EXPRESSION} characters`;
  try {
    const parsed = parse(when);
    const loops = nestedLoops(parsed.expr);
    return loops > MAX_NESTED_LOOPS ? `has ${loops} loops in each other; ${MAX_NESTED_LOOPS} are allowed` : undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function compile(when: string): Promise<Predicate> {
  if ((await guardProblem(when)) !== undefined) return () => 'error';
  const { celEnv, parse, plan } = await import('@bufbuild/cel');
  const parsed = parse(when);
  const loops = nestedLoops(parsed.expr);
  const run = plan(celEnv(), parsed);
  return ({ value, longest }) => {
    if (longest ** loops > MAX_TURNS) return 'error';
    try {
      const verdict = run({ action: value });
      return verdict === true ? 'yes' : verdict === false ? 'no' : 'error';
    } catch {
      return 'error'; // a fault of the evaluator is no answer
    }
  };
}

/** Depth of comprehensions (`all`, `exists`, `map` ...) in a parsed expression. */
function nestedLoops(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  const inner = Math.max(0, ...Object.values(node).map(nestedLoops));
  return inner + ('case' in node && node.case === 'comprehensionExpr' ? 1 : 0);
}

/** The proposal as predicates see it; undefined when it is too big to be judged. */
export function guardAction(proposal: Proposal, facts: Facts): GuardAction | undefined {
  const { targets, input, objects, text, introducedChecks } = proposal;
  const seen = { targets, input, objects, text, checks: introducedChecks };
  const json = JSON.stringify({
    ...seen,
    name: facts.action,
    verb: facts.verb,
    kinds: [...facts.kinds],
    namespaces: [...facts.namespaces],
    names: [...facts.names],
  });
  if (json.length > MAX_ACTION_CHARACTERS) return undefined;
  const value = JSON.parse(json) as CelInput; // JSON is text, numbers, booleans, null, lists and maps: all of them CEL values
  return { value, longest: longestIn(value) };
}

/** With a stack of its own: depth comes from outside. */
function longestIn(root: unknown): number {
  let longest = 0;
  const open = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    const members = Object.values(node);
    longest = Math.max(longest, members.length);
    for (const member of members) open.push(member);
  }
  return longest;
}
