import { notFound } from '../core/errors.ts';
import type { Lesson } from '../core/lesson.ts';
import type { LessonStore } from './store.ts';

/**
 * What a person decides about a lesson: confirmed, retired, or back to candidate. Never called for an agent.
 * Error: `unknown_lesson`.
 */
export async function setStatus(
  store: LessonStore,
  id: string,
  status: Lesson['status'],
  { by, at }: { readonly by: string; readonly at: string },
): Promise<Lesson> {
  const found = await store.get(id);
  if (found === undefined)
    throw notFound(
      'unknown_lesson',
      `Unable to change lesson ${id}: there is none.`,
      'List them with: steward lessons.',
    );
  const lesson = { ...found.lesson, status };
  await store.save({ lesson, by, at });
  return lesson;
}
