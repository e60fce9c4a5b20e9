import { hashOf } from '../../core/canonical.ts';
import { targetLabel } from '../../core/target.ts';
import type { Guards } from '../guard.ts';
import type { NodeId } from '../links.ts';
import { factsOf } from '../proposal.ts';
import { fit, isElsewhere } from '../selectors.ts';
import type { LessonStore } from '../store.ts';
import { type Change, mainTarget } from './change.ts';
import { judgeProposal } from './example.ts';
import { SOON_MS } from './incident.ts';
import { LEARNER } from './needs.ts';
import { guardNode, type LearnedGuard, type Watched, watchedLessons, watchingSince } from './shadow-guard.ts';

interface Needs {
  readonly store: LessonStore;
  readonly guards: Guards;
  readonly at: string;
  /** What was judged before and did not match, by guard and plan: it never will. */
  readonly judged: Set<string>;
}

/** So many questions per run; what is left is asked the next time. */
const MAX_ASKED = 500;

const MAX_MATCHES = 2_000;

/** The node that stands for one plan among the matches of guards. */
export const planNode = (planId: string): `evidence:${string}` => `evidence:${planId}`;

/**
 * Asks every learned guard about the changes that ended since it began to watch. Nobody waits for it and nothing is
 * decided by it: it only counts. A match was right when the change came to grief, and wrong when it went well for 30 minutes.
 */
export async function countShadowMatches(needs: Needs, changes: readonly Change[]): Promise<void> {
  const { store, at } = needs;
  let left = MAX_ASKED;
  for (const watched of await watchedLessons(store)) {
    left -= await countOf(needs, watched, changes, left);
    await recount(store, watched.lesson, watched.guard, at);
  }
}

/** Returns how often the guard was asked, at most `limit` times. */
async function countOf(needs: Needs, { lesson, guard }: Watched, changes: readonly Change[], limit: number) {
  const { store, guards, at, judged } = needs;
  const found = await store.get(lesson);
  const since = await watchingSince(store, lesson);
  if (found === undefined || since === undefined) return 0;
  const said = await matchesOf(store, lesson);
  let asked = 0;
  for (const change of changes) {
    const { plan, proposal } = change;
    const question = `${lesson} ${guard.when} ${plan.id}`;
    if (plan.createdAt <= since || said.has(planNode(plan.id)) || judged.has(question)) continue;
    const isRight = await cameToGrief(store, change, at);
    if (isRight === undefined || asked === limit) continue;
    asked++;
    const isAbout = !isElsewhere(fit(found.lesson.applies_to, factsOf(proposal)));
    // What cannot be judged would ask: for the one who is asked it is a match like any other.
    if (isAbout && (await judgeProposal(guards, guard.when, proposal)) !== 'no')
      await keepMatch(store, lesson, change, { isRight, said: 'outcome', by: LEARNER, at });
    else judged.add(question);
  }
  return asked;
}

/** Undefined = not known yet. */
async function cameToGrief(store: LessonStore, { plan, outcome }: Change, at: string): Promise<boolean | undefined> {
  if ((await store.node(`incident:${plan.id}`)) !== undefined) return true;
  if (outcome?.state !== 'done' || outcome.verified !== 'yes') return undefined;
  return Date.parse(at) - Date.parse(outcome.at) > SOON_MS ? false : undefined;
}

/** What is known of a guard's matches: by plan, whether it was right. */
async function matchesOf(store: LessonStore, lesson: string): Promise<ReadonlyMap<NodeId, boolean>> {
  const near = await store.neighbours(guardNode(lesson), { depth: 1, limit: MAX_MATCHES, kinds: ['relates_to'] });
  return new Map(
    near.flatMap(({ node, data }) =>
      data?.['relation'] === 'matched' ? [[node, data['right'] === true] as const] : [],
    ),
  );
}

interface Verdict {
  readonly isRight: boolean;
  /** By the outcome of the change, or by somebody who looked at it: the latter is never overwritten by the former. */
  readonly said: 'outcome' | 'feedback' | 'person';
  readonly by: string;
  readonly at: string;
}

/** Keeps one match of a guard on one plan; the same plan counts once. */
export async function keepMatch(
  store: LessonStore,
  lesson: string,
  change: Pick<Change, 'plan'>,
  { isRight, said, by, at }: Verdict,
): Promise<void> {
  const { plan } = change;
  const target = mainTarget(change);
  const node = planNode(plan.id);
  const excerpt = `${plan.action}${target === undefined ? '' : ` of ${targetLabel(target)}`}`.slice(0, 300);
  await store.saveNodes([{ id: node, data: { type: 'command', digest: hashOf(plan.hash), excerpt }, by, at }]);
  await store.link([
    {
      from: guardNode(lesson),
      kind: 'relates_to',
      to: node,
      data: { relation: 'matched', right: isRight, said, by },
      weight: 1,
      at,
    },
  ]);
}

/** Counts anew from the matches, so that counting twice changes nothing. */
export async function recount(
  store: LessonStore,
  lesson: string,
  guard: LearnedGuard,
  at: string,
): Promise<LearnedGuard> {
  const matches = [...(await matchesOf(store, lesson)).values()];
  const right = matches.filter((isRight) => isRight).length;
  const counted = { ...guard, true_positives: right, false_positives: matches.length - right };
  if (right !== guard.true_positives || counted.false_positives !== guard.false_positives)
    await store.saveNodes([{ id: guardNode(lesson), data: counted, by: LEARNER, at }]);
  return counted;
}
