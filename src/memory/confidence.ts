import type { Lesson, LessonCounters } from '../core/lesson.ts';
import type { FeedbackCounts } from './store.ts';

/** How many outcomes the confidence that a lesson was written with is worth. */
const PRIOR = 8;
/** A voice that says "wrong" weighs more than one that says "not here". */
const WRONG = 2;
const IRRELEVANT = 0.5;

/** Outcomes for and against a lesson, as the two parameters of a Beta distribution. */
export interface Beta {
  readonly alpha: number;
  readonly beta: number;
}

/**
 * What a lesson was written with, moved by what came of it: it prevented something, somebody met it again, it helped;
 * or it was said to be wrong or out of place. Being shown or acknowledged says nothing.
 */
export function betaOf(
  { confidence }: Pick<Lesson, 'confidence'>,
  counters: LessonCounters | undefined,
  feedback: FeedbackCounts | undefined,
): Beta {
  const { prevented, recurred } = counters ?? { prevented: 0, recurred: 0 };
  const { helped, irrelevant, wrong } = feedback ?? { helped: 0, irrelevant: 0, wrong: 0 };
  return {
    alpha: PRIOR * confidence + prevented + recurred + helped,
    beta: PRIOR * (1 - confidence) + WRONG * wrong + IRRELEVANT * irrelevant,
  };
}

/** 0..1 */
export const confidenceOf = ({ alpha, beta }: Beta): number => alpha / (alpha + beta);
