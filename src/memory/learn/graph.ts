import type { Clock } from '../../core/clock.ts';
import type { FoundLesson, LessonQuery, Lessons } from '../../core/consult.ts';
import { inputError, notFound } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import { hasScope, type Principal } from '../../core/principal.ts';
import type { AsOf } from '../as-of.ts';
import { kindOfNode, lessonNode, NODE_KINDS, type NodeId } from '../links.ts';
import { symptomNode } from '../signature.ts';
import type { LessonStore, Neighbour } from '../store.ts';
import { twinLink, twinsOf } from './keep.ts';
import { demoteGuard } from './review.ts';
import { lessonsAbout, searchThen } from './search-then.ts';
import { keepMatch, recount } from './shadow.ts';
import { learnedGuard, precisionOf } from './shadow-guard.ts';

/** What somebody says about a lesson that was shown with a plan. */
export const FEEDBACK = ['heeded', 'irrelevant', 'wrong'] as const;
export type FeedbackWord = (typeof FEEDBACK)[number];

export interface FeedbackGiven {
  readonly lesson: string;
  readonly verdict: FeedbackWord;
  /** The plan it was shown with. */
  readonly plan: Plan;
  readonly by: Principal;
}

export interface Neighbourhood {
  readonly node: NodeId;
  /** Nearest first. */
  readonly around: readonly Neighbour[];
  /** Titles and states of the lessons in it, by their id. */
  readonly lessons: ReadonlyMap<string, { readonly title: string; readonly status: string }>;
}

/** The lessons graph besides consulting: what it holds around a thing, as it was then, and what people say of it. */
export interface LessonGraph {
  /** Lessons by words, component, kind and resource; with `asOf`, as they were known and valid then. */
  search(query: LessonQuery & { readonly resource?: string }, asOf?: AsOf): Promise<readonly FoundLesson[]>;
  /** Errors: `unknown_node` when nothing is known of it; `invalid_node`. */
  around(
    node: string,
    options: { readonly depth: number; readonly limit: number; readonly asOf?: AsOf },
  ): Promise<Neighbourhood>;
  /**
   * Counts one voice per principal. What an agent says can never take a guard back; a person's word can.
   * Errors: `unknown_lesson | lesson_not_shown`.
   */
  feedback(given: FeedbackGiven): Promise<{ readonly demoted: boolean }>;
  /** Ties a lesson that was just recorded to those that are like it or against it. */
  relate(lesson: string): Promise<{ readonly similar: readonly string[]; readonly contradicts: readonly string[] }>;
}

interface Needs {
  readonly store: LessonStore;
  readonly lessons: Pick<Lessons, 'search'>;
  readonly clock: Clock;
}

export function createLessonGraph(needs: Needs): LessonGraph {
  const { store, lessons } = needs;
  return {
    async search({ resource, ...query }, asOf) {
      const about = resource === undefined ? undefined : await lessonsAbout(store, resource, asOf);
      if (asOf !== undefined) return searchThen(store, query, asOf, about);
      const now = query.status === undefined ? { ...query, current: true } : query;
      if (about === undefined) return lessons.search(now);
      const found = await lessons.search({ ...now, limit: MAX_SEARCHED });
      return found.filter(({ lesson }) => about(lesson)).slice(0, query.limit);
    },
    around: async (node, options) => around(store, nodeOf(node), options),
    feedback: (given) => feedback(needs, given),
    relate: (lesson) => relate(needs, lesson),
  };
}

/** Of so many lessons the words decide before the resource does. */
const MAX_SEARCHED = 1_000;

/** `lesson:x`, `resource:kubernetes:apps/Deployment/media/web`; anything without a kind is the id of a lesson. */
function nodeOf(text: string): NodeId {
  const kind = kindOfNode(text);
  if (kind !== undefined) return text as NodeId; // its kind was found in it
  if (/^[a-z0-9-]+$/.test(text)) return lessonNode(text);
  throw inputError(
    'invalid_node',
    'Unable to look around: this names no node of the graph.',
    `Kinds of nodes: ${NODE_KINDS.join(', ')}, each followed by a colon.`,
  );
}

async function around(
  store: LessonStore,
  node: NodeId,
  { depth, limit, asOf }: Parameters<LessonGraph['around']>[1],
): Promise<Neighbourhood> {
  const found = await store.neighbours(node, { depth, limit, ...(asOf !== undefined && { asOf }) });
  const ids = [node, ...found.map((one) => one.node)].flatMap((one) =>
    one.startsWith('lesson:') ? [one.slice('lesson:'.length)] : [],
  );
  const lessons = await store.many(ids);
  if (found.length === 0 && lessons.length === 0 && (await store.node(node, asOf)) === undefined)
    throw notFound(
      'unknown_node',
      'Unable to look around: nothing is known of it.',
      'Search first: lessons_search, with component or resource.',
    );
  return {
    node,
    around: found,
    lessons: new Map(lessons.map(({ lesson: { id, title, status } }) => [id, { title, status }])),
  };
}

const VERDICTS = { heeded: 'helped', irrelevant: 'irrelevant', wrong: 'wrong' } as const;
/** So often must a person say that an acting guard was in the way for nothing. */
const FALSE_BLOCKS = 2;

async function feedback({ store, clock }: Needs, { lesson: id, verdict, plan, by }: FeedbackGiven) {
  const at = clock.now().toISOString();
  const found = await store.get(id);
  if (found === undefined)
    throw notFound(
      'unknown_lesson',
      'Unable to take the feedback: there is no such lesson.',
      'Use the ids that the plan shows.',
    );
  if (!plan.lessons.some((match) => match.id === id))
    throw inputError(
      'lesson_not_shown',
      `Unable to take the feedback: plan ${plan.id} did not show lesson ${id}.`,
      `It showed: ${plan.lessons.map((match) => match.id).join(', ') || 'none'}.`,
    );
  await store.giveFeedback({ lesson: id, verdict: VERDICTS[verdict], by: by.id, at, receipt: plan.receipt.id });
  const guard = await learnedGuard(store, id);
  const isPerson = hasScope(by, 'approve');
  const hasMatched = plan.lessons.some((match) => match.id === id && match.guard !== undefined);
  // Agents judge a guard that only watches; of one that acts, only a person's word counts.
  if (guard === undefined || (guard.state === 'active' && !(isPerson && hasMatched))) return { demoted: false };
  await keepMatch(
    store,
    id,
    { plan },
    { isRight: verdict === 'heeded', said: isPerson ? 'person' : 'feedback', by: by.id, at },
  );
  const counted = await recount(store, id, guard, at);
  const isInTheWay = counted.false_positives >= FALSE_BLOCKS && precisionOf(counted) < ENOUGH_PRECISION;
  if (guard.state !== 'active' || !isInTheWay) return { demoted: false };
  await demoteGuard(store, id, { by: by.id, at });
  return { demoted: true };
}

const ENOUGH_PRECISION = 0.9;

async function relate(needs: Needs, id: string) {
  const { store, clock } = needs;
  const found = await store.get(id);
  if (found === undefined) return { similar: [], contradicts: [] };
  const twins = await twinsOf(needs, found.lesson, symptomNode(found.lesson.symptom));
  const at = clock.now().toISOString();
  if (twins.length > 0) await store.link(twins.map((one) => ({ ...twinLink(id, one), weight: 1, at })));
  const those = (isOpposite: boolean) =>
    twins.filter(({ twin }) => (twin === 'contradicts') === isOpposite).map((one) => one.id);
  return { similar: those(false), contradicts: those(true) };
}
