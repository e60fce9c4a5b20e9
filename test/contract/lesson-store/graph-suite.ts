import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LessonStore, StoredVector } from '../../../src/memory/store.ts';
import { lessonOf } from './lesson-of.ts';

const FIRST = '2026-11-01T08:00:00.000Z';
const BETWEEN = '2026-11-05T08:00:00.000Z';
const SECOND = '2026-11-10T08:00:00.000Z';
const AFTER = '2026-11-20T08:00:00.000Z';
const CONTRADICTS = { from: 'lesson:lesson-a', kind: 'contradicts', to: 'lesson:lesson-b' } as const;

/** What every lesson store promises about time, nodes, feedback and vectors. */
export function graphContract(name: string, open: () => Promise<LessonStore>): void {
  describe(`lesson store, both times: ${name}`, () => {
    let store: LessonStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const nodesNear = async (options: Partial<Parameters<LessonStore['neighbours']>[1]> = {}) =>
      (await store.neighbours('lesson:lesson-a', { depth: 1, limit: 20, ...options }))
        .map(({ node }) => node)
        .filter((node) => !node.startsWith('symptom:'));

    test('a lesson is answered as it was known, and as it was true', async () => {
      const lesson = lessonOf('lesson-a', { severity: 'low', valid_from: '2026-11-03', valid_to: '2026-11-12' });
      await store.save({ lesson, by: 'file', at: FIRST });
      await store.save({ lesson: { ...lesson, status: 'retired' }, by: 'anna', at: SECOND });
      const then = async (asOf: Parameters<LessonStore['get']>[1]) =>
        (await store.get('lesson-a', asOf))?.lesson.status;
      expect(await then({ knownAt: '2026-10-01T00:00:00.000Z' })).toBeUndefined();
      expect(await then({ knownAt: BETWEEN })).toBe('confirmed');
      expect(await then({ knownAt: SECOND })).toBe('retired');
      expect(await then({ validAt: '2026-11-12T23:00:00.000Z' })).toBe('retired');
      expect(await then({ validAt: '2026-11-02' })).toBeUndefined();
      expect(await then({ knownAt: AFTER, validAt: '2026-11-13' })).toBeUndefined();
      expect(await store.get('lesson-a', { knownAt: BETWEEN })).toMatchObject({
        lesson,
        by: 'file',
        savedAt: FIRST,
        recordedAt: FIRST,
        revision: 1,
      });
    });

    test('lists as they were known, by the status of then', async () => {
      for (const id of ['lesson-a', 'lesson-b', 'lesson-c'])
        await store.save({ lesson: lessonOf(id, { status: 'candidate' }), by: 'file', at: FIRST });
      await store.save({ lesson: lessonOf('lesson-b'), by: 'anna', at: SECOND });
      await store.save({ lesson: lessonOf('lesson-d'), by: 'file', at: SECOND });
      const ids = async (query: Omit<Parameters<LessonStore['list']>[0], 'limit'>, limit = 10) =>
        (await store.list({ ...query, limit })).map(({ lesson }) => lesson.id);
      const asOf = { knownAt: BETWEEN };
      expect(await ids({ asOf })).toEqual(['lesson-a', 'lesson-b', 'lesson-c']);
      expect(await ids({ asOf, status: 'confirmed' })).toEqual([]);
      expect(await ids({ asOf: { knownAt: AFTER }, status: 'confirmed' })).toEqual(['lesson-b', 'lesson-d']);
      expect(await ids({ asOf, after: 'lesson-a' }, 1)).toEqual(['lesson-b']);
    });

    test('what a lesson no longer declares is retired, and still there as of before', async () => {
      const save = (at: string, changes: Parameters<typeof lessonOf>[1]) =>
        store.save({ lesson: lessonOf('lesson-a', changes), by: 'file', at });
      await save(FIRST, { checks: ['K01'], components: { coredns: '>=1.11' } });
      await save(SECOND, { checks: ['K02'], components: { coredns: '>=1.12' } });
      expect(await nodesNear()).toEqual(['component:coredns', 'check:K02']);
      expect(await nodesNear({ asOf: { knownAt: BETWEEN } })).toEqual(['component:coredns', 'check:K01']);
      const range = async (asOf?: Parameters<LessonStore['get']>[1]) =>
        (await store.neighbours('component:coredns', { depth: 1, limit: 5, ...(asOf && { asOf }) }))[0]?.data;
      expect(await range()).toEqual({ range: '>=1.12' });
      expect(await range({ knownAt: BETWEEN })).toEqual({ range: '>=1.11' });
      expect(await nodesNear({ asOf: { knownAt: '2026-10-01T00:00:00.000Z' } })).toEqual([]);
    });

    test('a found link is retired, not deleted, and every move of it moves the revision', async () => {
      for (const id of ['lesson-a', 'lesson-b']) await store.save({ lesson: lessonOf(id), by: 'file', at: FIRST });
      await store.link([{ ...CONTRADICTS, weight: 1, at: FIRST }]);
      expect(await store.revision()).toBe(3);
      expect(await nodesNear()).toEqual(['lesson:lesson-b']);
      await store.unlink([CONTRADICTS, { ...CONTRADICTS, to: 'lesson:lesson-x' }], SECOND);
      expect(await nodesNear()).toEqual([]);
      expect(await nodesNear({ asOf: { knownAt: BETWEEN } })).toEqual(['lesson:lesson-b']);
      expect(await store.revision()).toBe(4);
      expect(await store.foundLinks(3)).toEqual([
        { ...CONTRADICTS, weight: 1, recordedAt: FIRST, retiredAt: SECOND, declared: false, revision: 4 },
      ]);
      expect(await store.foundLinks(4)).toEqual([]);
      await store.link([{ ...CONTRADICTS, weight: 1, at: AFTER }]);
      expect(await nodesNear()).toEqual(['lesson:lesson-b']);
    });

    test('a link with other facts is a new version of it; the same facts change nothing', async () => {
      const link = { ...CONTRADICTS, weight: 0.5, data: { reason: 'versions' } };
      await store.link([{ ...link, at: FIRST }]);
      await store.link([{ ...link, at: SECOND }]);
      expect(await store.foundLinks(0)).toHaveLength(1);
      await store.link([{ ...link, weight: 0.9, validFrom: '2026-11-10', at: SECOND }]);
      expect(await store.foundLinks(0)).toHaveLength(2);
      expect(await nodesNear({ asOf: { knownAt: AFTER, validAt: '2026-11-09' } })).toEqual([]);
      expect(await nodesNear({ asOf: { knownAt: AFTER, validAt: '2026-11-10' } })).toEqual(['lesson:lesson-b']);
      expect(await nodesNear({ asOf: { knownAt: BETWEEN } })).toEqual(['lesson:lesson-b']);
    });

    test('a lesson brings its symptom and its guard along as nodes', async () => {
      const guard = { when: 'true', effect: 'ask' } as const;
      const symptom = 'Pod web-5d4c8b7f9c-x2k4p was killed 3 times';
      await store.save({ lesson: lessonOf('lesson-a', { symptom, guard }), by: 'file', at: FIRST });
      await store.save({
        lesson: lessonOf('lesson-b', { symptom: 'Pod web-7f9c8b5d4c-aaaaa was killed 7 times' }),
        by: 'file',
        at: FIRST,
      });
      const [found] = await store.nodes({ kind: 'symptom', limit: 5 });
      expect(await store.nodes({ kind: 'symptom', limit: 5 })).toHaveLength(1);
      expect(found?.data).toMatchObject({ signature: 'pod web-<id> was killed <n> times' });
      expect(await store.node('guard:lesson-a')).toMatchObject({ data: { ...guard, state: 'active' } });
      const near = await store.neighbours(found?.id ?? 'symptom:none', { depth: 1, limit: 5 });
      expect(near.map(({ node }) => node)).toEqual(['lesson:lesson-a', 'lesson:lesson-b']);
    });

    test('a node is versioned: as of a time, with all its history, by kind and in pages', async () => {
      const decision = (at: string, triggers: string[]) => ({
        id: 'decision:no-ha' as const,
        data: { title: 'One server', decision: 'No HA', reason: 'One box', triggers },
        by: 'anna',
        at,
      });
      await store.saveNodes([decision(FIRST, ['a second box'])]);
      await store.saveNodes([decision(BETWEEN, ['a second box'])]);
      await store.saveNodes([decision(SECOND, ['a third box'])]);
      const host = (name: string) => ({
        id: `host:${name}` as const,
        data: { address: '10.0.0.1' },
        by: 'scan',
        at: FIRST,
      });
      await store.saveNodes([host('pve-2'), host('pve-1'), { ...host('pve-3'), validTo: '2026-11-02' }]);
      expect(await store.nodeHistory('decision:no-ha')).toHaveLength(2);
      expect(await store.node('decision:no-ha')).toMatchObject({
        data: { triggers: ['a third box'] },
        recordedAt: SECOND,
      });
      expect(await store.node('decision:no-ha', { knownAt: BETWEEN })).toMatchObject({
        kind: 'decision',
        data: { triggers: ['a second box'] },
        recordedAt: FIRST,
        retiredAt: SECOND,
        by: 'anna',
      });
      expect(await store.node('decision:none')).toBeUndefined();
      const ids = async (query: Partial<Parameters<LessonStore['nodes']>[0]>) =>
        (await store.nodes({ kind: 'host', limit: 10, ...query })).map(({ id }) => id);
      expect(await ids({})).toEqual(['host:pve-1', 'host:pve-2', 'host:pve-3']);
      expect(await ids({ limit: 1, after: 'host:pve-1' })).toEqual(['host:pve-2']);
      expect(await ids({ asOf: { validAt: BETWEEN } })).toEqual(['host:pve-1', 'host:pve-2']);
      expect(await ids({ asOf: { knownAt: '2026-10-01T00:00:00.000Z' } })).toEqual([]);
    });

    test('a node that does not fit its kind is refused', async () => {
      // @ts-expect-error -- data of another kind
      await expect(store.saveNodes([{ id: 'host:x', data: { text: 'x' }, by: 'x', at: FIRST }])).rejects.toMatchObject({
        code: 'invalid_node',
      });
      // @ts-expect-error -- a check has no payload
      await expect(store.saveNodes([{ id: 'check:K1', data: {}, by: 'x', at: FIRST }])).rejects.toMatchObject({
        code: 'unknown_node_kind',
      });
    });

    test('of each voice the last word about a lesson counts', async () => {
      const say = (by: string, verdict: 'helped' | 'irrelevant' | 'wrong') =>
        store.giveFeedback({ lesson: 'lesson-a', verdict, by, at: FIRST, receipt: 'receipt-1' });
      await say('agent-1', 'irrelevant');
      await say('agent-1', 'helped');
      await say('agent-2', 'helped');
      await say('agent-3', 'wrong');
      expect(await store.feedback(['lesson-a', 'lesson-b'])).toEqual(
        new Map([['lesson-a', { helped: 2, irrelevant: 0, wrong: 1 }]]),
      );
    });

    test('vectors come back by exactly their model, the last one of each lesson', async () => {
      const vector = (...values: number[]) => Int8Array.from(values);
      await store.saveVectors('a@3@1', [{ lesson: 'lesson-a', hash: 'x', vector: vector(1, -2, 3) }]);
      await store.saveVectors('a@3@2', [{ lesson: 'lesson-a', hash: 'x', vector: vector(9, 9, 9) }]);
      await store.saveVectors('a@3@1', [
        { lesson: 'lesson-a', hash: 'y', vector: vector(-128, 127, 0) },
        { lesson: 'lesson-b', hash: 'z', vector: vector(4, 5, 6) },
      ]);
      const found: StoredVector[] = [];
      for await (const one of store.vectors('a@3@1')) found.push(one);
      expect(found).toEqual([
        { lesson: 'lesson-a', hash: 'y', vector: vector(-128, 127, 0) },
        { lesson: 'lesson-b', hash: 'z', vector: vector(4, 5, 6) },
      ]);
      for await (const one of store.vectors('b@3@1')) expect(one).toBeUndefined();
    });
  });
}
