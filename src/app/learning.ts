import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Gate } from '../core/gate.ts';
import type { SqliteJournal } from '../guard/journal/sqlite-journal.ts';
import type { EntityGraph } from '../memory/learn/entities.ts';
import type { LessonGraph } from '../memory/learn/graph.ts';
import type { Learner } from '../memory/learn/learner.ts';
import type { LearningMetrics } from '../memory/learn/metrics.ts';
import type { LessonReview } from '../memory/learn/review.ts';
import type { Log } from '../server/log.ts';
import type { Lazy } from './lazy.ts';
import type { Memory } from './memory.ts';

/** What is built over the lessons besides consulting them. */
export interface Learning {
  readonly graph: LessonGraph;
  readonly entities: EntityGraph;
  readonly review: LessonReview;
  readonly learner: Learner;
  metrics(): Promise<LearningMetrics>;
}

export async function openLearning(
  { store, lessons }: Memory,
  { journal, clock }: { readonly journal: SqliteJournal; readonly clock: Clock },
): Promise<Learning> {
  const [graph, entities, review, learner, metrics, { Guards }, { journalChanges }] = await Promise.all([
    import('../memory/learn/graph.ts'),
    import('../memory/learn/entities.ts'),
    import('../memory/learn/review.ts'),
    import('../memory/learn/learner.ts'),
    import('../memory/learn/metrics.ts'),
    import('../memory/guard.ts'),
    import('./change-log.ts'),
  ]);
  const guards = new Guards();
  return {
    graph: graph.createLessonGraph({ store, lessons, clock }),
    entities: entities.createEntityGraph({ store, clock }),
    review: review.createReview({ store, lessons, guards, clock }),
    learner: learner.createLearner({ store, lessons, guards, clock, changes: journalChanges(journal, clock) }),
    metrics: () => metrics.metricsOf(store),
  };
}

/** The same gate, and what came of a change is learned from at once. That it could not be learned never hides the outcome. */
export const learningGate = (gate: Gate, learning: Lazy<Learning>, log: Log): Gate => ({
  propose: (request, ctx) => gate.propose(request, ctx),
  show: (planId, session) => gate.show(planId, session),
  async apply(request, ctx) {
    const result = await gate.apply(request, ctx);
    if (result.kind === 'ran' && !result.repeated)
      await learning()
        .then(({ learner }) => learner.learn())
        .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'Nothing could be learned from a change.'));
    return result;
  },
});
