import * as z from 'zod';
import { hashOf } from '../../core/canonical.ts';
import { Lesson, type LessonCounters } from '../../core/lesson.ts';
import type { AsOf } from '../as-of.ts';
import type { LessonVersion, StoredLesson } from '../store.ts';

/** Written by the store alone: only the lesson in `content` is looked at, it may come from an older steward. */
export interface LessonRow extends LessonCounters {
  readonly content: string;
  /** Absent in versions: it is made from what they say. */
  readonly hash?: string;
  readonly revision: number;
  readonly recorded_at: string;
  readonly saved_at: string;
  readonly by: string;
}
const VersionRow = z.object({ content: z.string(), revision: z.int(), by: z.string(), at: z.string() });

export function toVersion(raw: unknown): LessonVersion {
  const { content, ...rest } = VersionRow.parse(raw);
  return { ...rest, lesson: Lesson.parse(JSON.parse(content)) };
}

export function fromRow(raw: unknown): StoredLesson {
  const row = raw as LessonRow;
  const lesson = lessonFrom(row.content);
  return {
    lesson,
    hash: row.hash ?? hashOf(lesson),
    revision: row.revision,
    recordedAt: row.recorded_at,
    savedAt: row.saved_at,
    by: row.by,
    counters: countersOf(row),
  };
}

/** Every field that has a default, as far as lessons were saved by this version. */
const DEFAULTED = ['components', 'applies_to', 'checks', 'confidence', 'status', 'supersedes', 'body'] as const;

/** Saved after it was parsed: only what an older steward left out has to be filled in. */
function lessonFrom(content: string): Lesson {
  const kept = JSON.parse(content) as Lesson;
  return DEFAULTED.every((field) => field in kept) ? kept : Lesson.parse(kept);
}

export const countersOf = ({ shown, acknowledged, prevented, recurred }: LessonCounters): LessonCounters => {
  return { shown, acknowledged, prevented, recurred };
};

/** The two axes as parameters of a statement. */
export const timesOf = ({ knownAt, validAt }: AsOf = {}) => ({
  known: knownAt ?? null,
  day: validAt?.slice(0, 10) ?? null,
});
