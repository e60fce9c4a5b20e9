import type { Proposal } from '../core/consult.ts';
import type { Lesson } from '../core/lesson.ts';
import { type GuardAction, type Guards, guardAction } from './guard.ts';
import type { Entry, LiveIndex } from './live-index.ts';
import type { Found } from './match.ts';
import type { Facts } from './proposal.ts';
import { fit, isElsewhere, type SelectorFit } from './selectors.ts';

/** A lesson that holds today, how its selectors fit the proposal, and what its guard said. */
export interface Candidate {
  readonly entry: Entry;
  readonly how: SelectorFit;
  /** Absent when it has none, or when it is about something else. */
  readonly guard?: GuardAnswer;
}

type GuardAnswer =
  | { readonly says: 'no' }
  | { readonly says: 'yes' | 'error'; readonly effect: NonNullable<Found['guard']> };

/** Every lesson that is not retired, is valid today and is not replaced by a confirmed one; by id. */
export async function candidates(
  index: LiveIndex,
  guards: Guards,
  { proposal, facts, now }: { readonly proposal: Proposal; readonly facts: Facts; readonly now: Date },
): Promise<ReadonlyMap<string, Candidate>> {
  const today = now.toISOString().slice(0, 10);
  const valid = [...index.entries.values()].filter(({ lesson }) => isValid(lesson, today));
  const replaced = replacedIds(valid);
  const found = new Map<string, Candidate>();
  let action: { readonly seen: GuardAction | undefined } | undefined;
  for (const entry of valid) {
    const { id, status, applies_to: selectors, guard } = entry.lesson;
    if (replaced.has(id)) continue;
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

const isValid = ({ status, valid_from: from, valid_to: to }: Lesson, today: string): boolean =>
  status !== 'retired' && (from === undefined || from <= today) && (to === undefined || today <= to);

/** Ids that a confirmed lesson says it replaces; a candidate replaces nothing. */
const replacedIds = (valid: readonly Entry[]): ReadonlySet<string> =>
  new Set(
    valid
      .filter(({ lesson }) => lesson.status === 'confirmed')
      .flatMap(({ lesson }) => lesson.supersedes.filter((id) => id !== lesson.id)),
  );

async function ask(
  guards: Guards,
  { when, effect }: NonNullable<Lesson['guard']>,
  action: GuardAction | undefined,
): Promise<GuardAnswer> {
  const says = await guards.judge(when, action);
  return says === 'no' ? { says } : { says, effect: says === 'yes' ? effect : 'ask' };
}
