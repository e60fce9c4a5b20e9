import * as z from 'zod';
import type { Lesson } from '../../core/lesson.ts';
import { bySeverity } from '../../core/severity.ts';
import { lessonNode, type NodeId } from '../links.ts';
import type { LessonStore, Neighbour, StoredLesson } from '../store.ts';
import { type LearnedGuard, learnedGuard, precisionOf, watchedLessons } from './shadow-guard.ts';

const MAX_QUEUE = 500;

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

/** Candidates, contradictions and guards that watch, worst first. */
export async function queueOf(store: LessonStore): Promise<readonly ReviewItem[]> {
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

export async function itemOf(
  store: LessonStore,
  { lesson, counters, recordedAt, by }: StoredLesson,
): Promise<ReviewItem> {
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
