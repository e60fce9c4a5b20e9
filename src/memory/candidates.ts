import type { Proposal } from '../core/consult.ts';
import type { Lesson } from '../core/lesson.ts';
import { type GuardAction, type Guards, guardAction } from './guard.ts';
import type { Entry } from './live-index.ts';
import { ANY_ACTION, type LiveLessons } from './live-lessons.ts';
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
  | { readonly says: 'no' }
  | { readonly says: 'yes' | 'error'; readonly effect: NonNullable<Found['guard']> };

/** Every lesson that a rule may find: named by a finding or a check, or specific about this action; by id. */
export async function candidates(
  live: LiveLessons,
  guards: Guards,
  proposal: Proposal,
  facts: Facts,
): Promise<ReadonlyMap<string, Candidate>> {
  const found = new Map<string, Candidate>();
  let action: { readonly seen: GuardAction | undefined } | undefined;
  for (const entry of entriesFor(live, facts)) {
    const { id, status, applies_to: selectors, guard } = entry.lesson;
    const how = fit(selectors, facts);
    if (guard === undefined || status !== 'confirmed' || isElsewhere(how)) {
      found.set(id, { entry, how });
      continue;
    }
    action ??= { seen: guardAction(proposal, facts) };
    found.set(id, { entry, how, guard: await ask(guards, guard, action.seen) });
  }
  return found;
}

function entriesFor({ byId, byCheck, byAction }: LiveLessons, facts: Facts): ReadonlySet<Entry> {
  const entries = new Set([...(byAction.get(facts.action) ?? []), ...(byAction.get(ANY_ACTION) ?? [])]);
  for (const check of facts.checks) for (const entry of byCheck.get(check) ?? []) entries.add(entry);
  for (const id of facts.lessons) {
    const entry = byId.get(id);
    if (entry !== undefined) entries.add(entry);
  }
  return entries;
}

async function ask(
  guards: Guards,
  { when, effect }: NonNullable<Lesson['guard']>,
  action: GuardAction | undefined,
): Promise<GuardAnswer> {
  const says = await guards.judge(when, action);
  return says === 'no' ? { says } : { says, effect: says === 'yes' ? effect : 'ask' };
}
