import type { Clock } from '../../core/clock.ts';
import type { Lessons } from '../../core/consult.ts';
import type { Guards } from '../guard.ts';
import type { LessonStore } from '../store.ts';
import type { ChangeLog } from './change.ts';

/** Who saves what was learned by itself. */
export const LEARNER = 'svc/learner';

export interface LearnerNeeds {
  readonly store: LessonStore;
  readonly lessons: Pick<Lessons, 'search'>;
  readonly changes: ChangeLog;
  readonly guards: Guards;
  readonly clock: Clock;
}
