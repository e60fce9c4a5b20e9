import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Lesson } from '../core/lesson.ts';
import { guardProblem } from './guard.ts';
import { importLessons } from './import.ts';
import { InMemoryLessonStore } from './in-memory.ts';
import { loadLessons, parseLesson, renderLesson } from './lesson-file.ts';
import { setStatus } from './status.ts';

const PACKAGED = new URL('../../lessons', import.meta.url).pathname;
const AT = '2026-11-21T08:00:00.000Z';

const GOOD = `---
id: a-good-lesson
title: A lesson that can be read
symptom: Something is seen
cause: Somebody did it
fix: Do the other thing
severity: high
source: test
---

Body.
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lessons-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const problemsOf = (text: string, file = 'lessons/a-good-lesson.md') => {
  const parsed = parseLesson(file, text);
  return parsed.ok ? [] : parsed.problems;
};

test('every lesson of the package can be read, and every guard can be evaluated', async () => {
  const { lessons, problems } = await loadLessons(PACKAGED);
  expect(problems).toEqual([]);
  expect(lessons.length).toBeGreaterThanOrEqual(45);
  expect(lessons.length).toBe(
    (await readdir(PACKAGED)).filter((name) => name.endsWith('.md') && name !== 'README.md').length,
  );
  for (const { id, guard } of lessons)
    if (guard !== undefined) expect([id, await guardProblem(guard.when)]).toEqual([id, undefined]);
});

test('a lesson of the package is written as it would be rendered', async () => {
  const { lessons } = await loadLessons(PACKAGED);
  for (const lesson of lessons)
    expect(parseLesson(`${lesson.id}.md`, renderLesson(lesson))).toEqual({ ok: true, lesson });
});

test('whatever a lesson holds comes back from its file', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 12, maxLength: 60 });
  const list = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 3 });
  const lesson = fc.record({ title: text, symptom: text, cause: text, fix: text, wrong_fix: text, values: list });
  fc.assert(
    fc.property(lesson, ({ values, ...texts }) => {
      const parsed = Lesson.safeParse({
        ...texts,
        id: 'a-good-lesson',
        severity: 'low',
        source: 'test',
        applies_to: { values },
        body: '# A body\n\n---\n\nwith a line',
      });
      fc.pre(parsed.success);
      if (parsed.success)
        expect(parseLesson('a-good-lesson.md', renderLesson(parsed.data))).toEqual({ ok: true, lesson: parsed.data });
    }),
  );
});

test('a problem names the file, the line, the field and what is allowed', () => {
  expect(problemsOf(GOOD)).toEqual([]);
  expect(problemsOf(GOOD.replace('severity: high', 'severity: huge'))).toEqual([
    { file: 'lessons/a-good-lesson.md', line: 7, field: 'severity', message: expect.stringContaining('critical') },
  ]);
  expect(problemsOf(GOOD.replace('source: test', 'source: test\napplies_to:\n  kind: Pod'))).toEqual([
    { file: expect.any(String), line: 10, field: 'applies_to.kind', message: expect.stringContaining('kinds') },
  ]);
  expect(problemsOf(GOOD.replace('cause: Somebody did it\n', ''))).toMatchObject([{ field: 'cause' }]);
  expect(problemsOf(GOOD.replace('fix: Do', 'fix: "Do'))).toMatchObject([{ line: expect.any(Number) }]);
  expect(problemsOf('no front matter')).toMatchObject([{ line: 1 }]);
  expect(problemsOf(GOOD, 'lessons/another-name.md')).toMatchObject([
    { message: expect.stringContaining('a-good-lesson.md') },
  ]);
  expect(problemsOf(GOOD + 'x'.repeat(70_000))).toHaveLength(1);
});

test('any text gives a lesson or problems, never an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const parsed = parseLesson('x.md', `---\n${text}\n---\n`);
      expect(parsed.ok || parsed.problems.length > 0).toBe(true);
    }),
  );
});

test('a malformed file is reported and the rest load; a missing folder is an error', async () => {
  await writeFile(join(folder, 'a-good-lesson.md'), GOOD);
  await writeFile(join(folder, 'broken.md'), '---\nid: [\n---\n');
  await writeFile(join(folder, 'notes.txt'), 'not a lesson');
  const { lessons, problems } = await loadLessons(folder);
  expect(lessons.map(({ id }) => id)).toEqual(['a-good-lesson']);
  expect(problems).toMatchObject([{ file: join(folder, 'broken.md') }]);
  await expect(loadLessons(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'lessons_unreadable' });
});

test('importing twice changes nothing, and a file that is gone retires nothing', async () => {
  const store = new InMemoryLessonStore();
  const { lessons } = await loadLessons(PACKAGED);
  expect(await importLessons(store, lessons, AT)).toMatchObject({ changed: [], unchanged: 0 });
  const revision = await store.revision();
  expect(await importLessons(store, lessons.slice(5), AT)).toEqual({
    added: [],
    changed: [],
    unchanged: lessons.length - 5,
  });
  expect(await store.revision()).toBe(revision);
  expect(await store.list({ status: 'confirmed', limit: 1_000 })).toHaveLength(lessons.length);
});

test('what a person did to a lesson stays until its file changes', async () => {
  const store = new InMemoryLessonStore();
  const parsed = parseLesson('a-good-lesson.md', GOOD);
  if (!parsed.ok) throw new Error('the good lesson is not good');
  await importLessons(store, [parsed.lesson], AT);
  await setStatus(store, 'a-good-lesson', 'retired', { by: 'anna', at: AT });
  await importLessons(store, [parsed.lesson], AT);
  expect((await store.get('a-good-lesson'))?.lesson.status).toBe('retired');
  expect((await importLessons(store, [{ ...parsed.lesson, severity: 'low' }], AT)).changed).toEqual(['a-good-lesson']);
  await expect(setStatus(store, 'no-such', 'retired', { by: 'anna', at: AT })).rejects.toMatchObject({
    code: 'unknown_lesson',
  });
});
