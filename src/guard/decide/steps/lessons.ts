import type { LessonMatch } from '../../../core/consult.ts';
import { type Decision, stricter } from '../../../core/decision.ts';
import { askHere, type DecideStep, deny, pass } from '../case.ts';

/** A lesson's own guard can raise the decision; nothing in a lesson can lower it. */
export const lessons: DecideStep = {
  name: 'lessons',
  check: ({ consultation }) => consultation.matches.map(decisionOf).reduce((worst, one) => stricter(worst, one), pass),
};

function decisionOf({ id, title, guard }: LessonMatch): Decision {
  if (guard === 'deny') return deny('lesson_denies', `Lesson ${id}: ${title}`);
  return guard === 'ask' ? askHere('lesson_asks', `Lesson ${id}: ${title}`) : pass;
}
