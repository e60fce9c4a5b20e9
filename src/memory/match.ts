import type { LessonMatch } from '../core/consult.ts';
import type { Lesson } from '../core/lesson.ts';
import { bySeverity } from '../core/severity.ts';
import type { Entry } from './live-index.ts';

/** A lesson that was found, before it is cut to what an answer may hold. */
export interface Found {
  readonly row: number;
  readonly entry: Entry;
  readonly strength: LessonMatch['strength'];
  /** Calibrated, 0..1. */
  readonly score: number;
  /** By which likely lessons are ordered. */
  readonly rank: number;
  /** Worked out for what is shown only. */
  readonly why: () => string;
  readonly guard?: NonNullable<Lesson['guard']>['effect'];
}

const isCandidate = ({ entry }: Found): number => (entry.lesson.status === 'candidate' ? 1 : 0);
const DEMAND = { deny: 2, ask: 1, note: 0 } as const;
const demand = ({ guard }: Found): number => (guard === undefined ? 0 : DEMAND[guard]);

/** Strictest first, so that what is cut from the end can never be what would have tightened the decision. */
export function byStrictness(a: Found, b: Found): number {
  if (a.strength !== b.strength) return a.strength === 'certain' ? -1 : 1;
  if (isCandidate(a) !== isCandidate(b)) return isCandidate(a) - isCandidate(b);
  const severity = a.strength === 'certain' ? bySeverity(a.entry.lesson.severity, b.entry.lesson.severity) : 0;
  return demand(b) - demand(a) || severity || b.rank - a.rank || (a.entry.lesson.id < b.entry.lesson.id ? -1 : 1);
}

/** A certain match that is critical or high, or whose guard asks or denies. */
export const mustAcknowledge = ({ strength, severity, guard }: LessonMatch): boolean =>
  strength === 'certain' && (severity === 'critical' || severity === 'high' || guard === 'ask' || guard === 'deny');
