import { hashOf } from '../core/canonical.ts';
import type { Lesson } from '../core/lesson.ts';
import type { LessonStore } from './store.ts';

/** Who saves lessons that came from files. */
const BY_FILE = 'file';

export interface Imported {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: number;
}

/**
 * Brings the lessons of files into the store. A file that was imported before and has not changed since moves nothing,
 * so what a person did to the lesson in the store stays; a file that is gone retires nothing.
 */
export async function importLessons(store: LessonStore, lessons: readonly Lesson[], at: string): Promise<Imported> {
  const added: string[] = [];
  const changed: string[] = [];
  for (const lesson of lessons) {
    const versions = await store.history(lesson.id);
    const imported = versions.findLast(({ by }) => by === BY_FILE);
    if (imported !== undefined && hashOf(imported.lesson) === hashOf(lesson)) continue;
    await store.save({ lesson, by: BY_FILE, at });
    (versions.length === 0 ? added : changed).push(lesson.id);
  }
  return { added, changed, unchanged: lessons.length - added.length - changed.length };
}
