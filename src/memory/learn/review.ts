import * as z from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Lessons } from '../../core/consult.ts';
import { denied, inputError, notFound } from '../../core/errors.ts';
import type { Lesson } from '../../core/lesson.ts';
import { hasScope, type Principal } from '../../core/principal.ts';
import { bySeverity } from '../../core/severity.ts';
import type { Guards } from '../guard.ts';
import { parseLesson } from '../lesson-file.ts';
import { lessonNode, type NodeId } from '../links.ts';
import type { LessonStore, Neighbour, StoredLesson } from '../store.ts';
import { judgeExample } from './example.ts';
import { keepGuard, type LearnedGuard, learnedGuard, precisionOf, watchedLessons } from './shadow-guard.ts';

/** A lesson that waits for a person, with everything that speaks for and against it. */
export interface ReviewItem {
  readonly lesson: Lesson;
  readonly counters: StoredLesson['counters'];
  readonly recordedAt: string;
  readonly by: string;
  readonly why: 'candidate' | 'contradicted' | 'guard';
  readonly evidence: readonly { readonly type: string; readonly digest: string; readonly excerpt: string }[];
  readonly incidents: readonly { readonly id: NodeId; readonly title: string; readonly opened: string }[];
  readonly similar: readonly string[];
  readonly contradicts: readonly string[];
  /** A learned guard that watches, how often it matched and how often it was right. */
  readonly guard?: Pick<LearnedGuard, 'when' | 'effect' | 'state'> & {
    readonly matches: number;
    readonly precision: number;
    readonly fixtures: { readonly pass: number; readonly fail: number };
  };
}

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

const MAX_QUEUE = 500;

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

async function queueOf(store: LessonStore): Promise<readonly ReviewItem[]> {
  const candidates = await store.list({ status: 'candidate', limit: MAX_QUEUE });
  const guarded = await store.many((await watchedLessons(store)).map(({ lesson }) => lesson));
  const contradicted = await store.many(await contradictedLessons(store));
  const all = new Map([...candidates, ...guarded, ...contradicted].map((one) => [one.lesson.id, one]));
  const items: ReviewItem[] = [];
  for (const one of all.values()) if (one.lesson.status !== 'retired') items.push(await itemOf(store, one));
  const waiting = items.filter((item) => item.why !== 'guard' || item.guard?.state === 'shadow');
  return waiting.sort(
    (a, b) =>
      bySeverity(a.lesson.severity, b.lesson.severity) ||
      b.incidents.length - a.incidents.length ||
      (a.lesson.id < b.lesson.id ? -1 : 1),
  );
}

/** Both ends of every open contradiction. */
async function contradictedLessons(store: LessonStore): Promise<readonly string[]> {
  const links = new Map<string, readonly string[]>();
  for (const { from, kind, to, retiredAt } of await store.foundLinks(0))
    if (kind === 'contradicts') {
      if (retiredAt === undefined) links.set(`${from} ${to}`, [from, to]);
      else links.delete(`${from} ${to}`);
    }
  return [...links.values()]
    .flat()
    .flatMap((node) => (node.startsWith('lesson:') ? [node.slice('lesson:'.length)] : []));
}

const EvidenceData = z.object({ type: z.string(), digest: z.string(), excerpt: z.string() });
const IncidentData = z.object({ title: z.string(), opened: z.string() });

const REVIEWED = ['supports', 'derived_from', 'recurrence_of', 'similar', 'contradicts'];

async function itemOf(store: LessonStore, { lesson, counters, recordedAt, by }: StoredLesson): Promise<ReviewItem> {
  const near = await store.neighbours(lessonNode(lesson.id), { depth: 1, limit: 200, kinds: REVIEWED });
  const others = (kind: string): string[] =>
    near.flatMap((one) =>
      one.kind === kind && one.node.startsWith('lesson:') ? [one.node.slice('lesson:'.length)] : [],
    );
  const guard = await learnedGuard(store, lesson.id);
  const contradicts = others('contradicts');
  return {
    lesson,
    counters,
    recordedAt,
    by,
    why: lesson.status === 'candidate' ? 'candidate' : contradicts.length > 0 ? 'contradicted' : 'guard',
    evidence: await dataOf(store, near, 'evidence', (data) => EvidenceData.parse(data)),
    incidents: await dataOf(store, near, 'incident', (data, id) => ({ id, ...IncidentData.parse(data) })),
    similar: others('similar'),
    contradicts,
    ...(guard !== undefined && { guard: shownGuard(guard) }),
  };
}

const shownGuard = (guard: LearnedGuard): NonNullable<ReviewItem['guard']> => ({
  when: guard.when,
  effect: guard.effect,
  state: guard.state,
  matches: guard.true_positives + guard.false_positives,
  precision: precisionOf(guard),
  fixtures: { pass: guard.pass.length, fail: guard.fail.length },
});

async function dataOf<T>(
  store: LessonStore,
  near: readonly Neighbour[],
  kind: string,
  shape: (data: unknown, id: NodeId) => T,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (const { node } of near) {
    const kept = node.startsWith(`${kind}:`) ? await store.node(node) : undefined;
    if (kept !== undefined) found.push(shape(kept.data, node));
  }
  return found;
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
