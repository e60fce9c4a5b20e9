import { SqliteLessonStore } from '../../../src/memory/sqlite/store.ts';
import { lessonOf } from './lesson-of.ts';

/** A second process that saves lessons into the same file: `writer.ts <file> <prefix> <count>`. */
const [path, prefix, count] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: writer.ts <file> <prefix> <count>');
const store = await SqliteLessonStore.open({ path });
for (let index = 0; index < Number(count); index++)
  await store.save({ lesson: lessonOf(`${prefix}-${index}`), by: 'file', at: '2026-11-21T08:00:00.000Z' });
await store.close();
