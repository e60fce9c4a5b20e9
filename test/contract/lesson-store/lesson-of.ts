import { Lesson } from '../../../src/core/lesson.ts';

/** A valid lesson where only the id and what the test says matter. */
export const lessonOf = (id: string, changes: Partial<Lesson> = {}): Lesson =>
  Lesson.parse({
    id,
    title: `A lesson about ${id}`,
    symptom: 'Something is seen that is wrong',
    cause: 'Somebody did something',
    fix: 'Do the other thing instead',
    severity: 'high',
    source: 'test',
    ...changes,
  });
