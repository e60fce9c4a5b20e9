import type { Clock } from '../../core/clock.ts';
import type { Lessons } from '../../core/consult.ts';
import { denied, inputError, notFound } from '../../core/errors.ts';
import type { Lesson } from '../../core/lesson.ts';
import { hasScope, type Principal } from '../../core/principal.ts';
import type { Guards } from '../guard.ts';
import { parseLesson } from '../lesson-file.ts';
import { lessonNode } from '../links.ts';
import type { LessonStore, StoredLesson } from '../store.ts';
import { judgeExample } from './example.ts';
import { itemOf, queueOf, type ReviewItem } from './review-queue.ts';
import { keepGuard, type LearnedGuard, learnedGuard, precisionOf } from './shadow-guard.ts';

/** What a person, and nobody else, decides about lessons. Every method that changes something needs the scope `approve`. */
export interface LessonReview {
  queue(): Promise<readonly ReviewItem[]>;
  item(id: string): Promise<ReviewItem>;
  confirm(id: string, person: Principal): Promise<Lesson>;
  retire(id: string, person: Principal): Promise<Lesson>;
  /** `id` is retired, and what was learned with it belongs to `into`. */
  merge(id: string, into: string, person: Principal): Promise<Lesson>;
  /** Takes the text of a lesson file; errors: `invalid_lesson`. */
  edit(file: string, text: string, person: Principal): Promise<Lesson>;
  /** Errors: `no_learned_guard | guard_not_proven | guard_fixture_failed | lesson_not_confirmed`. */
  promote(id: string, person: Principal, options?: PromoteOptions): Promise<Lesson>;
  /** Back to shadow. */
  demote(id: string, person: Principal): Promise<Lesson>;
}

export interface PromoteOptions {
  readonly effect?: 'note' | 'ask' | 'deny';
}

/** A guard acts only after so many matches, of which so many were right. */
export const MIN_MATCHES = 5;
export const MIN_PRECISION = 0.9;

interface Needs {
  readonly store: LessonStore;
  readonly lessons: Pick<Lessons, 'search'>;
  readonly guards: Guards;
  readonly clock: Clock;
}

export function createReview({ store, guards, clock }: Needs): LessonReview {
  const at = (): string => clock.now().toISOString();
  const save = async (lesson: Lesson, person: Principal): Promise<Lesson> => {
    await store.save({ lesson, by: person.id, at: at() });
    return lesson;
  };
  const setStatus = async (id: string, status: Lesson['status'], person: Principal): Promise<Lesson> => {
    demandApprove(person);
    const { lesson } = await demandLesson(store, id);
    return save({ ...lesson, status }, person);
  };
  return {
    queue: () => queueOf(store),
    item: async (id) => itemOf(store, await demandLesson(store, id)),
    confirm: (id, person) => setStatus(id, 'confirmed', person),
    retire: (id, person) => setStatus(id, 'retired', person),
    async merge(id, into, person) {
      demandApprove(person);
      if (id === into)
        throw inputError('same_lesson', `Unable to merge ${id}: it is the same lesson.`, 'Name another one.');
      const [{ lesson: from }, { lesson: kept }] = [await demandLesson(store, id), await demandLesson(store, into)];
      await inherit(store, id, into, at());
      await save({ ...from, status: 'retired' }, person);
      return save({ ...kept, supersedes: [...new Set([...kept.supersedes, id])] }, person);
    },
    async edit(file, text, person) {
      demandApprove(person);
      const parsed = parseLesson(file, text);
      if (parsed.ok) return save(parsed.lesson, person);
      const [problem] = parsed.problems;
      throw inputError(
        'invalid_lesson',
        `Unable to take the lesson of ${file}: ${problem?.field ?? ''} ${problem?.message ?? 'it is not valid'}.`,
        problem?.line === undefined ? 'See the lesson schema.' : `Look at line ${problem.line}.`,
      );
    },
    async promote(id, person, options = {}) {
      demandApprove(person);
      const { lesson } = await demandLesson(store, id);
      const guard = await provenGuard({ store, guards }, lesson);
      const effect = options.effect ?? guard.effect;
      await keepGuard(store, id, { ...guard, effect, state: 'active' }, { by: person.id, at: at() });
      return save({ ...lesson, guard: { when: guard.when, effect } }, person);
    },
    async demote(id, person) {
      demandApprove(person);
      return demoteGuard(store, id, { by: person.id, at: at() });
    },
  };
}

/** Also when a person says that it was in the way for nothing. Errors: `no_learned_guard`. */
export async function demoteGuard(
  store: LessonStore,
  id: string,
  who: { readonly by: string; readonly at: string },
): Promise<Lesson> {
  const { lesson } = await demandLesson(store, id);
  const guard = await learnedGuard(store, id);
  if (guard?.state !== 'active' || lesson.guard?.when !== guard.when) throw noGuard(id);
  await keepGuard(store, id, { ...guard, state: 'shadow' }, who);
  const { guard: _, ...without } = lesson;
  await store.save({ lesson: without, ...who });
  return without;
}

export function demandApprove(person: Principal): void {
  if (!hasScope(person, 'approve'))
    throw denied(
      'denied_scope',
      `Unable to decide about lessons: ${person.id} has no scope "approve".`,
      'A person does it at the terminal: steward lessons review.',
    );
}

async function demandLesson(store: LessonStore, id: string): Promise<StoredLesson> {
  const found = await store.get(id);
  if (found !== undefined) return found;
  throw notFound('unknown_lesson', `Unable to find lesson ${id}: there is none.`, 'List them with: steward lessons.');
}

const noGuard = (id: string) =>
  notFound(
    'no_learned_guard',
    `Unable to find a learned guard of ${id}: there is none of that state.`,
    'See: steward lessons review.',
  );

/** The guard of a confirmed lesson that has matched often enough, was right often enough and still fits its examples. */
async function provenGuard({ store, guards }: Pick<Needs, 'store' | 'guards'>, lesson: Lesson): Promise<LearnedGuard> {
  const guard = await learnedGuard(store, lesson.id);
  if (guard?.state !== 'shadow') throw noGuard(lesson.id);
  if (lesson.status !== 'confirmed')
    throw inputError(
      'lesson_not_confirmed',
      `Unable to promote the guard of ${lesson.id}: nobody has confirmed the lesson.`,
      'Confirm it first.',
    );
  const matches = guard.true_positives + guard.false_positives;
  if (matches < MIN_MATCHES || precisionOf(guard) < MIN_PRECISION)
    throw inputError(
      'guard_not_proven',
      `Unable to promote the guard of ${lesson.id}: ${matches} matches, ${guard.true_positives} of them right; it takes ${MIN_MATCHES} with ${MIN_PRECISION * 100} %.`,
      'Let it watch on, or write a guard into the lesson yourself: steward lessons edit.',
    );
  for (const [wanted, examples] of [
    ['yes', guard.fail],
    ['no', guard.pass],
  ] as const)
    for (const example of examples)
      if ((await judgeExample(guards, guard.when, example)) !== wanted)
        throw inputError(
          'guard_fixture_failed',
          `Unable to promote the guard of ${lesson.id}: it no longer fits its own examples.`,
          'Retire the lesson or write the guard yourself.',
        );
  return guard;
}

/** Evidence, incidents and symptoms of a lesson also belong to the one it was merged into. */
async function inherit(store: LessonStore, id: string, into: string, at: string): Promise<void> {
  const near = await store.neighbours(lessonNode(id), {
    depth: 1,
    limit: 500,
    kinds: ['supports', 'derived_from', 'recurrence_of', 'has_symptom'],
  });
  const moved = near.map(({ from, kind, to, weight, data }) => ({
    from: from === lessonNode(id) ? lessonNode(into) : from,
    kind,
    to: to === lessonNode(id) ? lessonNode(into) : to,
    weight,
    at,
    ...(data !== undefined && { data }),
  }));
  await store.link(moved);
}
