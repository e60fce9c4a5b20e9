import type { Lesson, LessonCounters } from './lesson.ts';
import type { Severity } from './severity.ts';
import type { Target } from './target.ts';

/** A proposed change as the lessons graph is asked about it. */
export interface Proposal {
  readonly action: string;
  readonly targets: readonly Target[];
  /** Canonical input of the action. */
  readonly input: unknown;
  /** Objects as they would be (values of `put` effects), for field paths and values. */
  readonly objects: readonly unknown[];
  /** Preview and warnings, as text. */
  readonly text: string;
  /** Checks whose findings the change would introduce: their lessons are found for certain. */
  readonly introducedChecks: readonly string[];
  /** Lesson ids that those findings name. */
  readonly introducedLessons: readonly string[];
  /** Lessons this session has already been shown (still returned when certain). */
  readonly seen: readonly string[];
}

export interface LessonMatch {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** What happened, and what to do instead, in at most two sentences. */
  readonly advice: string;
  /** Why it matched, e.g. `check K01`, `kind Service + field spec.selector`, `text: coredns drain`. */
  readonly why: string;
  /** `certain` = found by a guard, a check or all of its selectors; `likely` = found by text. */
  readonly strength: 'certain' | 'likely';
  /** Calibrated to 0..1. */
  readonly score: number;
  readonly counters: LessonCounters;
  /** What the lesson's own guard demands; can only tighten a decision. */
  readonly guard?: 'note' | 'ask' | 'deny';
}

/** Age of lessons whose store could not be opened: what was learned here is not among them, and nothing may be changed. */
export const NOT_OPENED_MS = Number.MAX_SAFE_INTEGER;

/** Proof that the lessons were asked about exactly this proposal. Without a valid one nothing runs. */
export interface Receipt {
  readonly id: string;
  /** Hash of the proposal that was asked about. */
  readonly proposal: string;
  /** Revision of the lessons graph. */
  readonly revision: number;
  /** Age of the snapshot in milliseconds; 0 when the store itself was asked, `NOT_OPENED_MS` when it could not be. */
  readonly ageMs: number;
  readonly matched: readonly string[];
  /** Lesson ids that `apply_plan` must name in `acknowledge`. */
  readonly mustAcknowledge: readonly string[];
  readonly at: string;
}

export interface Consultation {
  readonly receipt: Receipt;
  readonly matches: readonly LessonMatch[];
}

/** The lessons graph as the rest of the house sees it; implemented in `memory/`. */
export interface Lessons {
  /** No model call, no network: answers from the local index. Throws `target` errors when the store cannot be read. */
  consult(proposal: Proposal): Promise<Consultation>;
  search(query: LessonQuery): Promise<readonly FoundLesson[]>;
  get(id: string): Promise<FoundLesson | undefined>;
  /** Keeps a candidate; never confirmed from here. Returns the kept lesson, or the twin it was merged into. */
  record(draft: LessonDraft, by: string): Promise<Recorded>;
  /** Adds one to a counter of each lesson. */
  count(ids: readonly string[], counter: keyof LessonCounters): Promise<void>;
  revision(): Promise<number>;
}

export interface Recorded {
  readonly id: string;
  readonly mergedInto?: string;
  /** What the twin took from the draft: `kind StatefulSet`. */
  readonly taken?: readonly string[];
  /** What it did not take, since a person has confirmed it as it is. */
  readonly notTaken?: readonly string[];
}

export interface LessonQuery {
  readonly text?: string;
  readonly component?: string;
  readonly kind?: string;
  readonly status?: 'candidate' | 'confirmed' | 'retired';
  /** Only what holds today: neither retired, nor replaced by another lesson, nor outside its days. */
  readonly current?: boolean;
  readonly limit: number;
}

export interface FoundLesson {
  readonly lesson: Lesson;
  readonly counters: LessonCounters;
  readonly score: number;
}

export type LessonDraft = Pick<Lesson, 'title' | 'symptom' | 'cause' | 'fix' | 'severity'> &
  Partial<Pick<Lesson, 'wrong_fix' | 'prevention' | 'components' | 'applies_to'>>;
