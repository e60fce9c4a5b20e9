import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InMemoryLessonStore } from '../../in-memory.ts';
import { loadLessons, parseLesson } from '../../lesson-file.ts';
import { SqliteLessonStore } from '../../sqlite/store.ts';
import type { LessonStore } from '../../store.ts';
import { keepImported } from '../import/keep.ts';
import { readForImport } from '../import/read.ts';
import { AI_LESSONS, folderWith } from '../testing.ts';
import { exportGraph } from './export.ts';

const AT = '2026-11-21T08:00:00.000Z';

async function fill(store: LessonStore, source: string) {
  const { lessons } = await loadLessons(new URL('../../../../lessons', import.meta.url).pathname);
  for (const lesson of lessons.slice(0, 20)) await store.save({ lesson, by: 'file', at: AT });
  await keepImported(store, await readForImport(source), AT);
  await store.count([lessons[0]?.id ?? ''], 'shown');
}

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name.slice(folder.length), await readFile(name, 'utf8')] as const)),
  );
}

test('the same graph gives the same files, whatever store holds it and in whatever order it was filled', async () => {
  const source = await folderWith({ '.obsidian/x': '', 'ai-lessons.md': AI_LESSONS, 'A.md': '[[B]]', 'B.md': '[[A]]' });
  const [one, two] = [await folderWith({}), await folderWith({})];
  const memory = new InMemoryLessonStore();
  const sqlite = await SqliteLessonStore.open({ path: join(await folderWith({}), 'lessons.db') });
  await fill(memory, source);
  await fill(sqlite, source);
  expect(await exportGraph(memory, one)).toMatchObject({ lessons: 25, nodes: 3 });
  await exportGraph(sqlite, two);
  await sqlite.close();
  const files = await filesOf(one);
  expect(await filesOf(two)).toEqual(files);
  expect(files['/lessons.jsonl']?.trim().split('\n')).toHaveLength(25);
  for (const [name, text] of Object.entries(files))
    if (name.startsWith('/lessons/')) expect(parseLesson(name, text).ok).toBe(true);
  expect((await exportGraph(memory, one)).written).toEqual([]);
});
