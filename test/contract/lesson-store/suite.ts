import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { symptomNode } from '../../../src/memory/signature.ts';
import type { ConsultRecord, LessonStore, StoredLesson } from '../../../src/memory/store.ts';
import { graphContract } from './graph-suite.ts';
import { lessonOf } from './lesson-of.ts';

const AT = '2026-11-21T08:00:00.000Z';
const LATER = '2026-11-22T08:00:00.000Z';

const consultOf = (id: string): ConsultRecord => ({
  id,
  at: AT,
  revision: 3,
  proposal: 'abc',
  action: 'cluster_drain',
  targets: ['kubernetes:Node/k3s-agent-1'],
  matches: [{ id: 'first-lesson', strength: 'certain', score: 1 }],
  mustAcknowledge: ['first-lesson'],
  tookMs: 2,
});

async function collect(found: AsyncIterable<StoredLesson>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { lesson } of found) ids.push(lesson.id);
  return ids;
}

/** What every lesson store promises. `open` gives an empty one. */
export function lessonStoreContract(name: string, open: () => Promise<LessonStore>): void {
  describe(`lesson store: ${name}`, () => {
    let store: LessonStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    test('an empty store knows nothing and is at revision 0', async () => {
      expect(await store.get('first-lesson')).toBeUndefined();
      expect(await store.list({ limit: 10 })).toEqual([]);
      expect(await store.revision()).toBe(0);
      expect(await store.history('first-lesson')).toEqual([]);
      expect(await store.counters(['first-lesson'])).toEqual(new Map());
    });

    test('a saved lesson comes back as it was, with who and when', async () => {
      const lesson = lessonOf('first-lesson', {
        applies_to: { kinds: ['Service'], field_paths: ['spec.selector'] },
        components: { coredns: '>=1.11' },
        guard: { when: 'true', effect: 'ask' },
        body: '# Ünïcode\n',
      });
      expect(await store.save({ lesson, by: 'file', at: AT })).toEqual({ changed: true, revision: 1 });
      const found = await store.get('first-lesson');
      expect(found).toMatchObject({ lesson, by: 'file', recordedAt: AT, savedAt: AT, revision: 1 });
      expect(found?.counters).toEqual({ shown: 0, acknowledged: 0, prevented: 0, recurred: 0 });
    });

    test('the same content again changes nothing; other content is a new version of the same lesson', async () => {
      await store.save({ lesson: lessonOf('first-lesson'), by: 'file', at: AT });
      await store.count(['first-lesson'], 'shown');
      expect(await store.save({ lesson: lessonOf('first-lesson'), by: 'file', at: LATER })).toEqual({
        changed: false,
        revision: 1,
      });
      const retired = lessonOf('first-lesson', { status: 'retired' });
      expect(await store.save({ lesson: retired, by: 'anna', at: LATER })).toEqual({ changed: true, revision: 2 });
      const found = await store.get('first-lesson');
      expect(found).toMatchObject({ lesson: { status: 'retired' }, recordedAt: AT, savedAt: LATER, by: 'anna' });
      expect(found?.counters.shown).toBe(1);
      expect((await store.history('first-lesson')).map(({ by, revision }) => [by, revision])).toEqual([
        ['file', 1],
        ['anna', 2],
      ]);
    });

    test('what a caller does with its object afterwards does not reach the store', async () => {
      const lesson = lessonOf('first-lesson');
      await store.save({ lesson, by: 'file', at: AT });
      lesson.checks.push('K01');
      expect((await store.get('first-lesson'))?.lesson.checks).toEqual([]);
    });

    test('lists by id, by status, in pages', async () => {
      for (const id of ['lesson-c', 'lesson-a', 'lesson-b'])
        await store.save({ lesson: lessonOf(id), by: 'file', at: AT });
      await store.save({ lesson: lessonOf('lesson-d', { status: 'candidate' }), by: 'agent', at: AT });
      const ids = async (query: Parameters<LessonStore['list']>[0]) =>
        (await store.list(query)).map(({ lesson }) => lesson.id);
      expect(await ids({ limit: 2 })).toEqual(['lesson-a', 'lesson-b']);
      expect(await ids({ limit: 9, after: 'lesson-b' })).toEqual(['lesson-c', 'lesson-d']);
      expect(await ids({ limit: 9, status: 'candidate' })).toEqual(['lesson-d']);
    });

    test('changes since a revision come oldest first, each lesson once', async () => {
      for (const id of ['lesson-a', 'lesson-b', 'lesson-c'])
        await store.save({ lesson: lessonOf(id), by: 'file', at: AT });
      await store.save({ lesson: lessonOf('lesson-a', { severity: 'low' }), by: 'file', at: LATER });
      expect(await collect(store.changes(0))).toEqual(['lesson-b', 'lesson-c', 'lesson-a']);
      expect(await collect(store.changes(3))).toEqual(['lesson-a']);
      expect(await collect(store.changes(4))).toEqual([]);
    });

    test('changes are complete beyond one page', async () => {
      for (let index = 0; index < 1_203; index++)
        await store.save({ lesson: lessonOf(`lesson-${index}`), by: 'file', at: AT });
      expect(await collect(store.changes(0))).toHaveLength(1_203);
    });

    test('counts each lesson once per call, passes over unknown ones, and leaves the revision alone', async () => {
      await store.save({ lesson: lessonOf('first-lesson'), by: 'file', at: AT });
      await store.count(['first-lesson', 'first-lesson', 'no-such-lesson'], 'prevented');
      await store.count(['first-lesson'], 'prevented');
      await store.count([], 'shown');
      expect(await store.counters(['first-lesson', 'no-such-lesson'])).toEqual(
        new Map([['first-lesson', { shown: 0, acknowledged: 0, prevented: 2, recurred: 0 }]]),
      );
      expect(await store.revision()).toBe(1);
    });

    test('walks declared and found links in both directions, nearest first, within depth and limit', async () => {
      const symptom = (what: string) => ({ symptom: `Something else is seen with ${what}` });
      for (const id of ['lesson-a', 'lesson-b'])
        await store.save({
          lesson: lessonOf(id, { components: { coredns: '*' }, ...symptom(id) }),
          by: 'file',
          at: AT,
        });
      await store.link([{ from: 'lesson:lesson-b', kind: 'similar', to: 'lesson:lesson-c', weight: 0.4, at: AT }]);
      await store.link([{ from: 'lesson:lesson-b', kind: 'similar', to: 'lesson:lesson-c', weight: 0.9, at: LATER }]);
      const nodes = async (options: Parameters<LessonStore['neighbours']>[1]) =>
        (await store.neighbours('lesson:lesson-a', options))
          .filter(({ node }) => !node.startsWith('symptom:'))
          .map(({ node, distance, weight }) => [node, distance, weight]);
      const all = [
        ['component:coredns', 1, 1],
        ['lesson:lesson-b', 2, 1],
        ['lesson:lesson-c', 3, 0.9],
      ];
      expect(await nodes({ depth: 3, limit: 10 })).toEqual(all);
      expect(await nodes({ depth: 2, limit: 10 })).toEqual(all.slice(0, 2));
      expect(await nodes({ depth: 3, limit: 1 })).toEqual(all.slice(0, 1));
      expect(await nodes({ depth: 3, limit: 10, kinds: ['similar'] })).toEqual([]);
    });

    test('a changed lesson loses the links it no longer declares, and keeps those that were found', async () => {
      await store.save({ lesson: lessonOf('lesson-a', { checks: ['K01'] }), by: 'file', at: AT });
      await store.link([{ from: 'lesson:lesson-a', kind: 'similar', to: 'lesson:lesson-b', weight: 0.8, at: AT }]);
      await store.save({ lesson: lessonOf('lesson-a', { checks: ['K02'] }), by: 'file', at: LATER });
      const found = await store.neighbours('lesson:lesson-a', { depth: 1, limit: 10 });
      expect(found.map(({ node }) => node)).toEqual([
        'check:K02',
        symptomNode(lessonOf('lesson-a').symptom),
        'lesson:lesson-b',
      ]);
    });

    test('keeps what was asked, newest first', async () => {
      await store.logConsult(consultOf('receipt-1'));
      await store.logConsult(consultOf('receipt-2'));
      expect(await store.consults({ limit: 10 })).toEqual([consultOf('receipt-2'), consultOf('receipt-1')]);
      expect(await store.consults({ limit: 1 })).toEqual([consultOf('receipt-2')]);
    });

    test('many gives those that are there', async () => {
      for (const id of ['lesson-a', 'lesson-b']) await store.save({ lesson: lessonOf(id), by: 'file', at: AT });
      const found = await store.many(['lesson-b', 'no-such-lesson', 'lesson-a', 'lesson-b']);
      expect(found.map(({ lesson }) => lesson.id).sort()).toEqual(['lesson-a', 'lesson-b']);
      expect(await store.many([])).toEqual([]);
    });
  });
  graphContract(name, open);
}
