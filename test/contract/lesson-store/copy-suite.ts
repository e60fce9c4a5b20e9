import { expect, test } from 'vitest';
import { copyStore } from '../../../src/memory/copy.ts';
import type { LessonStore, StoredLesson } from '../../../src/memory/store.ts';
import { lessonOf } from './lesson-of.ts';

const AT = '2026-11-21T08:00:00.000Z';
const LATER = '2026-11-22T08:00:00.000Z';
const LATEST = '2026-11-23T08:00:00.000Z';
const LINK = { from: 'lesson:lesson-a', kind: 'similar', to: 'lesson:lesson-b' } as const;

/** A store with something of everything: versions, counters, retired links, node versions, changed voices, questions. */
async function fill(store: LessonStore): Promise<void> {
  await store.save({ lesson: lessonOf('lesson-a', { checks: ['K01'] }), by: 'file', at: AT });
  await store.save({ lesson: lessonOf('lesson-b'), by: 'file', at: AT });
  await store.save({ lesson: lessonOf('lesson-a', { checks: ['K02'] }), by: 'anna', at: LATER });
  await store.count(['lesson-a'], 'prevented', 7);
  await store.link([{ ...LINK, weight: 0.4, at: AT }]);
  await store.link([{ ...LINK, weight: 0.9, at: LATER }]);
  await store.link([{ ...LINK, kind: 'contradicts', weight: 1, at: AT }]);
  await store.unlink([{ ...LINK, kind: 'contradicts' }], LATER);
  for (const [text, at] of [
    ['first', AT],
    ['second', LATER],
  ] as const)
    await store.saveNodes([{ id: 'entity:nas', data: { type: 'host', observations: [text] }, by: 'anna', at }]);
  await store.giveFeedback({ lesson: 'lesson-a', verdict: 'irrelevant', by: 'anna', at: AT });
  await store.giveFeedback({ lesson: 'lesson-a', verdict: 'helped', by: 'anna', at: LATER, receipt: 'receipt-1' });
  await store.logConsult({
    id: 'receipt-1',
    at: AT,
    revision: 2,
    proposal: 'x',
    action: 'cluster_drain',
    targets: [],
    matches: [],
    mustAcknowledge: [],
    tookMs: 1,
  });
}

/** Everything that people can see; revisions are each store's own. */
async function tell(store: LessonStore): Promise<unknown> {
  const lessons: StoredLesson[] = [];
  for await (const lesson of store.changes(0)) lessons.push(lesson);
  const voices: unknown[] = [];
  for await (const said of store.voices()) voices.push(said);
  const plain = lessons.toSorted((a, b) => (a.lesson.id < b.lesson.id ? -1 : 1));
  return {
    lessons: plain.map(({ revision: _revision, ...lesson }) => lesson),
    histories: await Promise.all(
      plain.map(async ({ lesson }) =>
        (await store.history(lesson.id)).map(({ revision: _revision, ...version }) => version),
      ),
    ),
    links: (await store.foundLinks(0))
      .map(({ revision: _revision, ...link }) => JSON.stringify(link, Object.keys(link).toSorted()))
      .toSorted(),
    nodes: await store.nodeHistory('entity:nas'),
    voices,
    feedback: await store.feedback(['lesson-a']),
    consults: await store.consults({ limit: 10 }),
  };
}

/** Copying is lossless in both directions, and a second copy adds nothing. */
export function copyContract(
  name: string,
  open: () => Promise<readonly [LessonStore, LessonStore, LessonStore]>,
): void {
  test(`${name}: there and back again loses nothing, and again adds nothing`, async () => {
    const [one, two, three] = await open();
    await fill(one);
    const before = await tell(one);
    expect(await copyStore(one, two)).toMatchObject({ lessons: 2, versions: 3, feedback: 2, consults: 1 });
    await copyStore(two, three);
    expect(await tell(two)).toEqual(before);
    expect(await tell(three)).toEqual(before);
    expect(await copyStore(one, two)).toEqual({
      lessons: 0,
      versions: 0,
      links: 0,
      nodes: 0,
      feedback: 0,
      consults: 0,
    });
    expect(await tell(two)).toEqual(before);
    for (const store of [one, two, three]) await store.close();
  }, 60_000);

  test(`${name}: what the other one knew stays`, async () => {
    const [one, two, three] = await open();
    await fill(one);
    await two.save({ lesson: lessonOf('lesson-c'), by: 'bert', at: LATEST });
    await two.count(['lesson-c'], 'shown', 3);
    await copyStore(one, two);
    expect((await two.list({ limit: 10 })).map(({ lesson }) => lesson.id)).toEqual([
      'lesson-a',
      'lesson-b',
      'lesson-c',
    ]);
    expect((await two.counters(['lesson-c'])).get('lesson-c')?.shown).toBe(3);
    for (const store of [one, two, three]) await store.close();
  }, 60_000);
}
