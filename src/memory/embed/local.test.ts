import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { countingIds } from '../../core/ids.ts';
import { Lesson } from '../../core/lesson.ts';
import { InMemoryLessonStore } from '../in-memory.ts';
import { createLessons } from '../lessons.ts';
import { openLocalTable } from './local.ts';
import { startEmbeddings } from './start.ts';

const AT = '2026-11-21T08:00:00.000Z';
const never = new AbortController().signal;
let dataDir: string;
let declarations: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-table-'));
  declarations = join(dataDir, 'declarations');
  await mkdir(declarations);
  const field = (name: string, comment: string) => `    /**\n    * ${comment}\n    */\n    '${name}'?: string;\n`;
  const fields = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0
      ? field(`memoryLimit`, `The container is killed when it runs out of memory, case ${i}. It is started again.`)
      : field(`scrubInterval`, `The zpool looks for silent corruption on its disks, case ${i}. It takes hours.`),
  );
  for (let file = 0; file < 4; file++)
    await writeFile(
      join(declarations, `V1Thing${file}.d.ts`),
      `export declare class V1Thing${file} {\n${fields.map((one) => one.replace('case ', `case ${file} `)).join('')}}\n`,
    );
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const lessonOf = (id: string, symptom: string): Lesson =>
  Lesson.parse({
    id,
    title: `A lesson: ${id}`,
    symptom,
    cause: 'It was so from the start',
    fix: 'Change it now',
    severity: 'low',
    source: 'test',
  });
const lessons = [
  lessonOf('about-limits', 'The container is killed again and again'),
  lessonOf('about-disks', 'The zpool reports silent corruption'),
];
const open = (of = lessons) => openLocalTable({ dataDir, lessons: of, signal: never, declarations });

test('the table is trained once in the background, kept, and used at once by the next start', async () => {
  const first = await open();
  expect(first.kept).toBeUndefined();
  const table = await first.trained;
  expect(table?.model).toMatch(/^local-1-2-[0-9a-f]{12}@256@1$/);
  const second = await open();
  expect(second.trained).toBeUndefined();
  expect(second.kept?.model).toBe(table?.model);

  const more = await open([...lessons, lessonOf('one-more', 'Something else happened here')]);
  expect(more.kept?.model).toBe(table?.model); // good enough until the new one is there
  const newer = await more.trained;
  expect(newer?.model).toMatch(/^local-1-3-/);
  expect(await readdir(join(dataDir, 'embedding'))).toEqual([`${newer?.model}.table`]);
});

test('a table that was cut off is trained anew', async () => {
  const table = await (await open()).trained;
  await writeFile(join(dataDir, 'embedding', `${table?.model}.table`), 'cut off');
  const again = await open();
  expect(again.kept).toBeUndefined();
  expect((await again.trained)?.model).toBe(table?.model);
});

test('with the table a lesson is found by meaning, also one that was saved later', async () => {
  const table = await (await open()).trained;
  const store = new InMemoryLessonStore();
  for (const lesson of lessons) await store.save({ lesson, by: 'file', at: AT });
  const service = createLessons({ store, clock: new ManualClock(AT), newId: countingIds() });
  if (table) await service.useTable(table);
  await store.save({ lesson: lessonOf('about-scrubs', 'Nobody started a scrub: corruption'), by: 'anna', at: AT });
  const ids = async (text: string) => (await service.search({ text, limit: 5 })).map(({ lesson }) => lesson.id);
  // `memory` stands in no lesson: only the table knows that it belongs to containers that are killed.
  expect((await ids('memory lesson'))[0]).toBe('about-limits');
  expect((await ids('scrub lesson'))[0]).toBe('about-scrubs');
});

test('stopping stops the training with a code', async () => {
  const stop = new AbortController();
  const { trained } = await openLocalTable({ dataDir, lessons, signal: stop.signal, declarations });
  stop.abort();
  await expect(trained).rejects.toMatchObject({ code: 'embedding_training_failed' });
});

test('starting never throws: what could not be done is reported, and the rest works', async () => {
  const store = new InMemoryLessonStore();
  for (const lesson of lessons) await store.save({ lesson, by: 'file', at: AT });
  const service = createLessons({ store, clock: new ManualClock(AT), newId: countingIds() });
  const reported: unknown[] = [];
  await startEmbeddings({
    lessons: service,
    store,
    dataDir,
    declarations,
    embedder: { provider: 'ollama', url: 'http://127.0.0.1:1', model: 'x', dimension: 256 },
    signal: never,
    report: (error) => reported.push(error),
  });
  expect(reported).toMatchObject([{ code: 'embedder_unreachable' }]);
  const [found] = await service.search({ text: 'memory lesson', limit: 1 });
  expect(found?.lesson.id).toBe('about-limits');
});
