import * as z from 'zod';
import { lessonNode } from '../links.ts';
import type { GraphNode } from '../nodes.ts';
import type { LessonStore } from '../store.ts';

/** A guard that was learned. Kept beside the lesson, not in it, until a person promotes it: until then nothing asks it. */
export const LearnedGuard = z.object({
  when: z.string(),
  effect: z.enum(['note', 'ask', 'deny']),
  state: z.enum(['proposed', 'shadow', 'active', 'off']),
  pass: z.array(z.unknown()),
  fail: z.array(z.unknown()),
  true_positives: z.int(),
  false_positives: z.int(),
});
export type LearnedGuard = z.output<typeof LearnedGuard>;

/** Ids of lessons hold no slash, so that this is never the node of a lesson's own guard. */
export const guardNode = (lesson: string): `guard:${string}` => `guard:${lesson}/learned`;

export async function learnedGuard(store: LessonStore, lesson: string): Promise<LearnedGuard | undefined> {
  const node = await store.node(guardNode(lesson));
  return node === undefined ? undefined : LearnedGuard.parse(node.data);
}

/** Keeps the guard and ties it to its lesson. */
export async function keepGuard(
  store: LessonStore,
  lesson: string,
  guard: LearnedGuard,
  { by, at }: { readonly by: string; readonly at: string },
): Promise<void> {
  const id = guardNode(lesson);
  await store.saveNodes([{ id, data: guard, by, at }]);
  await store.link([
    { from: lessonNode(lesson), kind: 'enforced_by', to: id, data: { state: guard.state }, weight: 1, at },
  ]);
}

/** Share of its matches that were right; 0 when it has matched nothing yet. */
export const precisionOf = ({
  true_positives: right,
  false_positives: wrong,
}: Pick<LearnedGuard, 'true_positives' | 'false_positives'>): number =>
  right + wrong === 0 ? 0 : right / (right + wrong);

/** When it began to watch. */
export async function watchingSince(store: LessonStore, lesson: string): Promise<string | undefined> {
  return (await store.nodeHistory(guardNode(lesson)))[0]?.recordedAt;
}

const PAGE = 200;
const MAX_GUARDS = 1_000;

/** Lessons with a learned guard that watches or acts. */
export async function watchedLessons(store: LessonStore): Promise<readonly Watched[]> {
  const found: Watched[] = [];
  for (let after: string | undefined; found.length < MAX_GUARDS; ) {
    const page = await store.nodes({ kind: 'guard', limit: PAGE, ...(after !== undefined && { after }) });
    found.push(...page.flatMap(watchedIn));
    after = page.at(-1)?.id;
    if (after === undefined || page.length < PAGE) break;
  }
  return found;
}

export interface Watched {
  readonly lesson: string;
  readonly guard: LearnedGuard;
}

function watchedIn({ id, data }: GraphNode): readonly Watched[] {
  const lesson = /^guard:(.+)\/learned$/.exec(id)?.[1];
  const guard = lesson === undefined ? undefined : LearnedGuard.safeParse(data).data;
  return lesson !== undefined && (guard?.state === 'shadow' || guard?.state === 'active') ? [{ lesson, guard }] : [];
}
