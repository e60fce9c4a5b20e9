import { expect, test } from 'vitest';
import { lessonOf } from '../../../test/contract/lesson-store/lesson-of.ts';
import { ManualClock } from '../../core/clock.ts';
import { StewardError } from '../../core/errors.ts';
import { InMemoryLessonStore } from '../in-memory.ts';
import type { LessonStore } from '../store.ts';
import { SharedLessonStore, type SyncMark } from './store.ts';

const AT = '2026-11-21T08:00:00.000Z';
const away = new StewardError('Unable to reach it.', {
  kind: 'target',
  code: 'lesson_store_unreachable',
  retryable: true,
});

/** A shared store that can be cut off, and servers on it. */
function scene() {
  const truth = new InMemoryLessonStore();
  const clock = new ManualClock(AT);
  const state = { cut: false, problems: 0, mark: undefined as SyncMark | undefined };
  const guarded = new Proxy<LessonStore>(truth, {
    get(target, key: keyof LessonStore) {
      const value = target[key];
      if (typeof value !== 'function') return value;
      if (key === 'close') return async () => undefined;
      return (...args: never[]) => {
        if (state.cut) throw away;
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a pass-through of the store's own methods
        return (value as (...all: never[]) => unknown).apply(target, args);
      };
    },
  });
  const server = (snapshot: LessonStore = new InMemoryLessonStore()) =>
    new SharedLessonStore({
      connect: async () => {
        if (state.cut) throw away;
        return guarded;
      },
      snapshot,
      clock,
      mark: state.mark,
      keepMark: async (mark) => void (state.mark = mark),
      onProblem: () => void state.problems++,
      everyMs: 5,
    });
  return { truth, clock, state, server };
}

const save = (store: LessonStore, id: string) => store.save({ lesson: lessonOf(id), by: 'file', at: AT });
const seen = async (store: LessonStore): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { lesson } of store.changes(0)) ids.push(lesson.id);
  return ids;
};

test('what one server saves the other consults after a look', async () => {
  const { server } = scene();
  const [one, two] = [server(), server()];
  await save(one, 'lesson-a');
  await two.follow();
  expect(await seen(two)).toEqual(['lesson-a']);
  await save(one, 'lesson-b');
  await expect.poll(() => seen(two)).toEqual(['lesson-a', 'lesson-b']);
  await one.close();
  await two.close();
});

test('with the shared store away consulting goes on, writing is refused, and the age tells', async () => {
  const { server, state, clock } = scene();
  const store = server();
  await save(store, 'lesson-a');
  await store.sync();
  expect(store.ageMs()).toBe(0);
  state.cut = true;
  clock.advance(60_000);
  await store.follow();
  expect(state.problems).toBeGreaterThan(0);
  expect(await seen(store)).toEqual(['lesson-a']);
  expect(await store.get('lesson-a')).toBeDefined();
  await expect(save(store, 'lesson-b')).rejects.toMatchObject({ code: 'lesson_store_unreachable' });
  await store.count(['lesson-a'], 'prevented');
  expect((await store.counters(['lesson-a'])).get('lesson-a')?.prevented).toBe(1);
  expect(store.ageMs()).toBe(60_000);
  state.cut = false;
  await store.sync();
  expect(store.ageMs()).toBe(0);
  await store.close();
});

test('a refused write leaves nothing behind in the snapshot', async () => {
  const { server, state } = scene();
  const store = server();
  state.cut = true;
  await expect(save(store, 'lesson-a')).rejects.toMatchObject({ code: 'lesson_store_unreachable' });
  expect(await seen(store)).toEqual([]);
  await store.close();
});

test('a snapshot that was never complete is as old as can be, also after a restart without its mark', async () => {
  const { server, state } = scene();
  state.cut = true;
  const store = server();
  expect(store.ageMs()).toBe(Number.MAX_SAFE_INTEGER);
  await store.close();
});

test('links that were found and retired elsewhere come over', async () => {
  const { truth, server } = scene();
  const store = server();
  await save(truth, 'lesson-a');
  await save(truth, 'lesson-b');
  await truth.link([{ from: 'lesson:lesson-a', kind: 'similar', to: 'lesson:lesson-b', weight: 0.9, at: AT }]);
  await store.sync();
  const live = async () => (await store.foundLinks(0)).filter(({ retiredAt }) => retiredAt === undefined).length;
  expect(await live()).toBe(1);
  await truth.unlink([{ from: 'lesson:lesson-a', kind: 'similar', to: 'lesson:lesson-b' }], '2026-11-22T08:00:00.000Z');
  await store.sync();
  expect(await live()).toBe(0);
  await store.close();
});

test('another database under the same address is read from the beginning', async () => {
  const { truth, server, state } = scene();
  await save(truth, 'lesson-a');
  state.mark = { revision: 99, at: AT };
  const store = server();
  await store.sync();
  expect(await seen(store)).toEqual(['lesson-a']);
  await store.close();
});

test('a vector that one server has made the other does not ask a model for, and each goes on alone', async () => {
  const { server, state } = scene();
  const [one, two] = [server(), server()];
  const vectorOf = (lesson: string, hash: string) => ({ lesson, hash, vector: new Int8Array(128).fill(3) });
  await one.saveVectors('m@128@1', [vectorOf('lesson-a', 'aa')]);
  const kept = async (store: LessonStore): Promise<string[]> => {
    const found: string[] = [];
    for await (const { lesson, hash } of store.vectors('m@128@1')) found.push(`${lesson} ${hash}`);
    return found;
  };
  await expect.poll(() => kept(two)).toEqual(['lesson-a aa']);
  await two.saveVectors('m@128@1', [vectorOf('lesson-a', 'bb')]);
  await expect.poll(() => kept(one)).toEqual(['lesson-a aa', 'lesson-a bb']); // which of them is current only its reader knows
  state.cut = true;
  expect(await kept(one)).toEqual(['lesson-a aa']);
  await one.saveVectors('m@128@1', [vectorOf('lesson-b', 'cc')]);
  expect(await kept(one)).toEqual(['lesson-a aa', 'lesson-b cc']);
  expect(state.problems).toBeGreaterThan(0);
});

test('a shared store that may only be read: saving says so, consulting goes on', async () => {
  const { truth, server } = scene();
  await save(truth, 'lesson-a');
  const one = server();
  await one.follow();
  const readonly = new StewardError('Unable to save.', { kind: 'target', code: 'lesson_store_readonly' });
  truth.save = async () => {
    throw readonly;
  };
  await expect(save(one, 'lesson-b')).rejects.toMatchObject({ code: 'lesson_store_readonly' });
  expect(await seen(one)).toEqual(['lesson-a']); // nothing is here that is not there
  await one.close();
});
