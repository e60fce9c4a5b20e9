import type { Lesson } from '../../core/lesson.ts';
import type { Guards } from '../guard.ts';
import { factsOf } from '../proposal.ts';
import { fit, isElsewhere } from '../selectors.ts';
import type { LessonStore } from '../store.ts';
import type { Change } from './change.ts';
import { type Example, exampleOf } from './example.ts';
import { generateGuard } from './generate-guard.ts';
import type { Learned } from './keep.ts';
import { LEARNER } from './needs.ts';
import { keepGuard, type LearnedGuard, learnedGuard } from './shadow-guard.ts';

/** As often must a mistake come back, although it was known, before a guard is proposed for it. */
const RECURRENCES = 2;
const MAX_EXAMPLES = 20;

interface Needs {
  readonly store: LessonStore;
  readonly guards: Guards;
  readonly at: string;
}

/**
 * Proposes a guard, in `shadow`, for lessons that recurred, that somebody went past into an incident, or that are severe.
 * It stands in no decision: only a person makes it act.
 */
export async function proposeGuards(
  { store, guards, at }: Needs,
  learned: readonly Learned[],
  changes: readonly Change[],
): Promise<void> {
  const ids = new Set(learned.flatMap(({ lesson, incident }) => [lesson, ...incident.overridden]));
  for (const id of ids) {
    const found = await store.get(id);
    if (found === undefined || found.lesson.status === 'retired' || found.lesson.guard !== undefined) continue;
    const isOverridden = learned.some(({ incident }) => incident.overridden.includes(id));
    if (!isOverridden && !isSevere(found.lesson) && found.counters.recurred < RECURRENCES) continue;
    if ((await learnedGuard(store, id)) !== undefined) continue;
    const { failing, harmless } = await examplesFor(store, found.lesson, changes);
    const generated = await generateGuard(guards, found.lesson, failing, harmless);
    if (generated === undefined) continue;
    const { when, pass, fail } = generated;
    const guard: LearnedGuard = {
      when,
      pass: [...pass],
      fail: [...fail],
      effect: effectOf(found.lesson),
      state: 'shadow',
      true_positives: 0,
      false_positives: 0,
    };
    await keepGuard(store, id, guard, { by: LEARNER, at });
  }
}

const isSevere = ({ severity }: Lesson): boolean => severity === 'critical' || severity === 'high';

/** What it asks for when it is promoted, unless the person says otherwise. */
const effectOf = ({ severity }: Lesson): 'ask' | 'deny' => (severity === 'critical' ? 'deny' : 'ask');

/** Changes that led to incidents of this lesson, and changes of the same action that went well. */
async function examplesFor(store: LessonStore, lesson: Lesson, changes: readonly Change[]) {
  const near = await store.neighbours(`lesson:${lesson.id}`, {
    depth: 1,
    limit: 500,
    kinds: ['derived_from', 'recurrence_of', 'relates_to'],
  });
  const incidents = new Set(near.map(({ node }) => node));
  const failing: Example[] = [];
  const harmless: Example[] = [];
  const about = changes.filter(({ proposal }) => !isElsewhere(fit(lesson.applies_to, factsOf(proposal))));
  for (const { plan, outcome, proposal } of about.toReversed()) {
    const isFailing = incidents.has(`incident:${plan.id}`);
    const isHarmless =
      !isFailing && outcome?.verified === 'yes' && (await store.node(`incident:${plan.id}`)) === undefined;
    const list = isFailing ? failing : isHarmless ? harmless : undefined;
    const example = list === undefined || list.length >= MAX_EXAMPLES ? undefined : exampleOf(proposal);
    if (example !== undefined) list?.push(example);
  }
  return { failing, harmless };
}
