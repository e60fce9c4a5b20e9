import type { Proposal } from '../core/consult.ts';
import type { Lesson } from '../core/lesson.ts';
import { type GuardAction, type Guards, type GuardVerdict, guardAction } from './guard.ts';
import type { Entry, LiveIndex } from './live-index.ts';
import type { Found } from './match.ts';
import type { Facts } from './proposal.ts';
import { fit, isElsewhere, type SelectorFit } from './selectors.ts';

/** A lesson, how its selectors fit the proposal, and what its guard said. */
export interface Candidate {
  readonly entry: Entry;
  readonly how: SelectorFit;
  /** Absent when it has none, or when it is about something else. */
  readonly guard?: GuardAnswer;
}

type GuardAnswer =
  /** `isAbout` = its predicate does not ask for other actions only: that it says no counts against the lesson. */
  | { readonly says: 'no'; readonly isAbout: boolean }
  | { readonly says: 'yes' | 'error'; readonly effect: NonNullable<Found['guard']> };

/** Every lesson that a rule may find: named by a finding or a check, or specific about this action; by row. */
export async function candidates(
  index: LiveIndex,
  guards: Guards,
  proposal: Proposal,
  facts: Facts,
  day: number,
): Promise<ReadonlyMap<number, Candidate>> {
  const found = new Map<number, Candidate>();
  const ask = askOnce(guards, proposal, facts);
  for (const [row, entry] of await index.entries(rowsFor(index, facts, day))) {
    const { status, applies_to: selectors, guard } = entry.lesson;
    const how = fit(selectors, facts);
    if (guard === undefined || status !== 'confirmed' || isElsewhere(how)) found.set(row, { entry, how });
    else found.set(row, { entry, how, guard: await ask(guard) });
  }
  return found;
}

/** Live lessons that a rule may find; those about another action or kind are passed over unless they are named. */
function rowsFor({ columns, rules }: LiveIndex, facts: Facts, day: number): readonly number[] {
  const actions = columns.actions.idsOf([facts.action]);
  const kinds = columns.kinds.idsOf(facts.kinds);
  const suits = (row: number): boolean =>
    (columns.actions.isEmpty(row) || columns.actions.hits(row, actions)) &&
    (columns.kinds.isEmpty(row) || columns.kinds.hits(row, kinds));
  const rows = new Set([...rules.rowsFor(facts)].filter(suits));
  for (const id of facts.lessons) {
    const row = columns.rowOf(id);
    if (row !== undefined) rows.add(row);
  }
  return [...rows].filter((row) => columns.isLive(row, day));
}

/** The same predicate is judged only once, however many lessons carry it. */
function askOnce(guards: Guards, proposal: Proposal, facts: Facts) {
  let action: { readonly seen: GuardAction | undefined } | undefined;
  const answers = new Map<string, GuardVerdict>();
  return async ({ when, effect }: NonNullable<Lesson['guard']>): Promise<GuardAnswer> => {
    action ??= { seen: guardAction(proposal, facts) };
    const says = answers.get(when) ?? (await guards.judge(when, action.seen));
    answers.set(when, says);
    return says === 'no' ? { says, isAbout: isAbout(when, facts) } : { says, effect: says === 'yes' ? effect : 'ask' };
  };
}

/** False when the predicate looks at the verb or the name of the action and neither of ours stands in it. */
function isAbout(when: string, { action, verb }: Facts): boolean {
  if (!/\baction\.(?:verb|name)\b/.test(when)) return true;
  return [action, verb].some((name) => when.includes(`'${name}'`) || when.includes(`"${name}"`));
}
