import type { LessonMatch } from '../core/consult.ts';
import type { Lesson, LessonCounters } from '../core/lesson.ts';
import type { AsOf } from './as-of.ts';
import type { DeclaredLink, NodeId } from './links.ts';
import type { GraphNode, NodeWrite, PayloadKind } from './nodes.ts';

/** A lesson as it is kept. */
export interface StoredLesson {
  readonly lesson: Lesson;
  /** `hashOf(lesson)`; the same content is never saved twice. */
  readonly hash: string;
  /** Revision of the store at its last save; unique among lessons. */
  readonly revision: number;
  /** When it was first known, and last changed (ISO 8601). */
  readonly recordedAt: string;
  readonly savedAt: string;
  /** Who saved it last: `file`, or the id of a principal. */
  readonly by: string;
  readonly counters: LessonCounters;
}

export interface LessonWrite {
  readonly lesson: Lesson;
  readonly by: string;
  readonly at: string;
}

/** One version of a lesson; the last one is the lesson as it is. */
export interface LessonVersion {
  readonly lesson: Lesson;
  readonly revision: number;
  readonly by: string;
  readonly at: string;
}

export interface Saved {
  /** False when the same content was already there: then nothing moved. */
  readonly changed: boolean;
  readonly revision: number;
}

/** Links that somebody found (`similar`, `contradicts` ...); those that a lesson declares itself are kept with it by `save`. */
export interface Link extends DeclaredLink {
  /** 0..1; 1 when it is a plain fact. */
  readonly weight: number;
  /** When it was recorded. */
  readonly at: string;
  /** When it was true (ISO 8601); absent = always. */
  readonly validFrom?: string;
  readonly validTo?: string;
}

/** A link as it is kept, also after it was retired. */
export interface StoredLink extends Omit<Link, 'at'> {
  readonly recordedAt: string;
  readonly retiredAt?: string;
  /** Stated by the lesson at its `from` end. */
  readonly declared: boolean;
  /** Revision of the store when it was recorded or retired. */
  readonly revision: number;
}

export const VERDICTS = ['helped', 'irrelevant', 'wrong'] as const;

/** What somebody says about a lesson that was shown; of one voice only the last word counts. */
export interface Feedback {
  readonly lesson: string;
  readonly verdict: (typeof VERDICTS)[number];
  readonly by: string;
  readonly at: string;
  readonly receipt?: string;
}

export type FeedbackCounts = Readonly<Record<Feedback['verdict'], number>>;

/** A vector of length 1 as signed bytes, of one lesson by one model. */
export interface StoredVector {
  readonly lesson: string;
  /** `hashOf(lesson)` of the content that was embedded. */
  readonly hash: string;
  readonly vector: Int8Array;
}

export interface Neighbour extends DeclaredLink {
  readonly weight: number;
  /** The node that was reached, and over how many links. */
  readonly node: NodeId;
  readonly distance: number;
}

/** One row of what was asked and answered; holds hashes and ids, never the text of a proposal. */
export interface ConsultRecord {
  readonly id: string;
  readonly at: string;
  readonly revision: number;
  readonly proposal: string;
  readonly action: string;
  readonly targets: readonly string[];
  readonly matches: readonly Pick<LessonMatch, 'id' | 'strength' | 'score'>[];
  readonly mustAcknowledge: readonly string[];
  readonly tookMs: number;
}

/**
 * Where lessons are kept. Ids and times come from the caller, `undefined` means "not there", nothing is ever deleted.
 * Ranking lives above it, so that every implementation answers alike.
 * Errors: kind `target` with `lesson_store_busy | lesson_store_corrupt | lesson_store_readonly | lesson_store_failed`.
 */
export interface LessonStore {
  readonly name: string;
  /** Keeps the lesson, its version and its declared links in one step; content that is already there changes nothing. */
  save(write: LessonWrite): Promise<Saved>;
  /** With `asOf`, the version that was known then, if it was valid then; counters are those of now. */
  get(id: string, asOf?: AsOf): Promise<StoredLesson | undefined>;
  /** Those that are there, in no order. */
  many(ids: readonly string[]): Promise<readonly StoredLesson[]>;
  /** Ordered by id; `after` continues behind that id. */
  list(query: {
    readonly status?: Lesson['status'];
    readonly after?: string;
    readonly limit: number;
    readonly asOf?: AsOf;
  }): Promise<readonly StoredLesson[]>;
  /** Every lesson that was saved after `revision` (0 = all), oldest change first. */
  changes(revision: number): AsyncIterable<StoredLesson>;
  /** All versions of a lesson, oldest first. */
  history(id: string): Promise<readonly LessonVersion[]>;
  /** Adds links; the same (from, kind, to) with another weight, data or validity retires the former one. Moves the revision. */
  link(links: readonly Link[]): Promise<void>;
  /** Retires found links; those that are not there are passed over. Moves the revision. */
  unlink(links: readonly DeclaredLink[], at: string): Promise<void>;
  /** Every found (not declared) link that was recorded or retired after `revision`, also the retired ones. */
  foundLinks(revision: number): Promise<readonly StoredLink[]>;
  /** Breadth first over links in both directions, nearest first. `kinds` limits which links are walked. */
  neighbours(
    node: NodeId,
    options: {
      readonly depth: number;
      readonly limit: number;
      readonly kinds?: readonly string[];
      readonly asOf?: AsOf;
    },
  ): Promise<readonly Neighbour[]>;
  /** Keeps payloads of nodes; the same content changes nothing, other content retires the former version. */
  saveNodes(nodes: readonly NodeWrite[]): Promise<void>;
  node(id: NodeId, asOf?: AsOf): Promise<GraphNode | undefined>;
  /** Ordered by id; `after` continues behind that id. */
  nodes(query: {
    readonly kind: PayloadKind;
    readonly after?: string;
    readonly limit: number;
    readonly asOf?: AsOf;
  }): Promise<readonly GraphNode[]>;
  /** All versions of a node, oldest first. */
  nodeHistory(id: NodeId): Promise<readonly GraphNode[]>;
  giveFeedback(feedback: Feedback): Promise<void>;
  /** Everything that was ever said, in the order in which it was said. */
  voices(): AsyncIterable<Feedback>;
  /** Voices per verdict, of the lessons that have any. */
  feedback(ids: readonly string[]): Promise<ReadonlyMap<string, FeedbackCounts>>;
  /** Keeps vectors of a model (`name@dimension@prefix-version`); another vector of the same lesson and model replaces it. */
  saveVectors(model: string, vectors: readonly StoredVector[]): Promise<void>;
  /** All vectors of exactly this model. */
  vectors(model: string): AsyncIterable<StoredVector>;
  /** Adds one (or `times`) to a counter of each lesson; unknown ids are passed over. Counting does not move the revision. */
  count(ids: readonly string[], counter: keyof LessonCounters, times?: number): Promise<void>;
  /** Counters of the lessons that are there. */
  counters(ids: readonly string[]): Promise<ReadonlyMap<string, LessonCounters>>;
  logConsult(record: ConsultRecord): Promise<void>;
  /** Newest first. */
  consults(query: { readonly limit: number }): Promise<readonly ConsultRecord[]>;
  /** Moves with every change of a lesson or a found link, in every process that shares the store; 0 when empty. */
  revision(): Promise<number>;
  close(): Promise<void>;
}
