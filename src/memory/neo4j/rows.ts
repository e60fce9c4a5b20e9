import * as z from 'zod';
import { hashOf } from '../../core/canonical.ts';
import { Lesson } from '../../core/lesson.ts';
import type { LessonVersion, StoredLesson } from '../store.ts';

export const Counters = z.object({ shown: z.int(), acknowledged: z.int(), prevented: z.int(), recurred: z.int() });
const Stored = Counters.extend({
  content: z.string(),
  /** Absent in versions: it is made from what they say. */
  hash: z.string().optional(),
  revision: z.int(),
  recordedAt: z.string(),
  savedAt: z.string(),
  by: z.string(),
});
const Version = z.object({ content: z.string(), revision: z.int(), by: z.string(), at: z.string() });
export const SavedRow = z.object({ changed: z.boolean(), revision: z.int() });

export const revisionOf = (row: unknown): number => z.object({ revision: z.int() }).parse(row).revision;

export const toVersion = (row: unknown): LessonVersion => {
  const { content, ...rest } = Version.parse(row);
  return { ...rest, lesson: Lesson.parse(JSON.parse(content)) };
};

export function toStored(raw: unknown): StoredLesson {
  const { content, hash, revision, recordedAt, savedAt, by, ...counters } = Stored.parse(raw);
  const lesson = Lesson.parse(JSON.parse(content));
  return { lesson, hash: hash ?? hashOf(lesson), revision, recordedAt, savedAt, by, counters };
}
