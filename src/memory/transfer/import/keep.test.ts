import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InMemoryLessonStore } from '../../in-memory.ts';
import { SqliteLessonStore } from '../../sqlite/store.ts';
import { setStatus } from '../../status.ts';
import type { LessonStore } from '../../store.ts';
import { AI_LESSONS, folderWith } from '../testing.ts';
import { keepImported } from './keep.ts';
import { readForImport } from './read.ts';

const AT = '2026-11-21T08:00:00.000Z';
const LATER = '2026-11-22T08:00:00.000Z';

async function files() {
  return folderWith({
    '.obsidian/app.json': '{}',
    'ai-lessons.md': AI_LESSONS,
    'A.md': 'to [[B]]\n',
    'B.md': 'to [[A]]\n',
  });
}
const take = async (store: LessonStore, folder: string, at = AT) =>
  keepImported(store, await readForImport(folder), at);

const STORES: readonly [string, () => Promise<LessonStore>][] = [
  ['in memory', async () => new InMemoryLessonStore()],
  ['sqlite', async () => SqliteLessonStore.open({ path: join(await folderWith({}), 'lessons.db') })],
];

test.each(STORES)('%s: importing twice finds no duplicates and moves nothing', async (_name, open) => {
  const store = await open();
  const folder = await files();
  const first = await take(store, folder);
  expect(first).toMatchObject({ changed: [], unchanged: 0, left: [], notes: { added: 3, changed: 0, unchanged: 0 } });
  expect(first.added).toHaveLength(5);
  const revision = await store.revision();
  expect(await take(store, folder, LATER)).toMatchObject({
    added: [],
    changed: [],
    unchanged: 5,
    notes: { added: 0, changed: 0, unchanged: 3 },
  });
  expect(await store.revision()).toBe(revision);
  const lesson = (await store.get('service-selector-catches-the-database'))?.lesson;
  expect(lesson).toMatchObject({ status: 'candidate', valid_from: '2026-02-13' });
  const [note] = await store.neighbours('lesson:service-selector-catches-the-database', {
    depth: 1,
    limit: 9,
    kinds: ['derived_from'],
  });
  expect(note?.to).toMatch(/^note:/);
  await store.close();
});

test('cyclic links between notes are kept both ways, and retired when the note no longer has them', async () => {
  const store = new InMemoryLessonStore();
  const one = await files();
  const read = await readForImport(one);
  await keepImported(store, read, AT);
  const links = async () =>
    (await store.foundLinks(0)).filter(({ kind, retiredAt }) => kind === 'relates_to' && retiredAt === undefined)
      .length;
  expect(await links()).toBe(2);
  await keepImported(store, { ...read, notes: read.notes.map((note) => ({ ...note, links: [] })) }, LATER);
  expect(await links()).toBe(0);
});

test('a changed entry becomes a new version; one that a person has touched stays as it is', async () => {
  const store = new InMemoryLessonStore();
  const read = await readForImport(await files());
  await keepImported(store, read, AT);
  await setStatus(store, 'env-vars-expand-in-order', 'confirmed', { by: 'anna', at: AT });
  const candidates = read.candidates.map((one) => ({
    ...one,
    draft: { ...one.draft, fix: `${one.draft.fix} and look again` },
  }));
  const kept = await keepImported(store, { ...read, candidates }, LATER);
  expect(kept.changed).toHaveLength(4);
  expect(kept.left).toEqual(['env-vars-expand-in-order']);
  expect((await store.get('env-vars-expand-in-order'))?.lesson).toMatchObject({
    status: 'confirmed',
    fix: 'Put DB_USER first',
  });
});

test('what another file says in the same words is no second lesson, and another lesson of that name is no obstacle', async () => {
  const store = new InMemoryLessonStore();
  const read = await readForImport(await files());
  await keepImported(store, read, AT);
  const twins = read.candidates.map((one) => ({ ...one, source: 'ai-lessons other/ai-lessons.md' }));
  expect(await keepImported(store, { ...read, candidates: twins }, AT)).toMatchObject({ added: [], unchanged: 5 });
  const others = twins.slice(0, 1).map((one) => ({
    ...one,
    draft: {
      ...one.draft,
      symptom: 'Quite another thing happens here at night',
      cause: 'Of another cause altogether',
      fix: 'Do something else',
    },
  }));
  const { added } = await keepImported(store, { ...read, candidates: others }, AT);
  expect(added).toEqual([expect.stringMatching(/^service-selector-catches-the-database-[0-9a-f]{8}$/)]);
  expect(await keepImported(store, { ...read, candidates: others }, LATER)).toMatchObject({ added: [], unchanged: 1 });
});
