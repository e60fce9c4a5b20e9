import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { InMemoryLessonStore } from '../in-memory.ts';
import { createEntityGraph, type EntityGraph } from './entities.ts';
import { START } from './testing.ts';

let graph: EntityGraph;
let clock: ManualClock;
let store: InMemoryLessonStore;
beforeEach(async () => {
  store = new InMemoryLessonStore();
  clock = new ManualClock(START);
  graph = createEntityGraph({ store, clock });
  const of = (name: string, ...observations: string[]) => ({ name, entityType: 'host', observations });
  await graph.create([of('nas', 'has two pools'), of('pve1', 'runs the nas'), of('router')], 'alice/agent');
});

const names = async (text: string) => (await graph.search(text, 10)).entities.map(({ name }) => name);

test('what is there already is left as it is', async () => {
  expect(await graph.create([{ name: 'nas', entityType: 'x', observations: ['other'] }], 'bob/agent')).toEqual([]);
  expect((await graph.open(['nas'])).entities).toEqual([
    { name: 'nas', entityType: 'host', observations: ['has two pools'] },
  ]);
});

test('several relations in both directions live side by side', async () => {
  const all = [
    { from: 'pve1', to: 'nas', relationType: 'runs' },
    { from: 'nas', to: 'pve1', relationType: 'serves' },
    { from: 'pve1', to: 'nas', relationType: 'backs_up' },
  ];
  expect(await graph.relate(all)).toEqual(all);
  expect(await graph.relate([all[0]!])).toEqual([]);
  expect((await graph.read(10)).relations).toEqual(expect.arrayContaining(all));
  expect(await graph.unrelate([all[1]!, { ...all[1]!, relationType: 'never' }])).toEqual([all[1]]);
  expect((await graph.read(10)).relations).toHaveLength(2);
  await expect(graph.relate([{ from: 'nas', to: 'nobody', relationType: 'x' }])).rejects.toMatchObject({
    code: 'unknown_entity',
  });
  await expect(graph.relate([{ from: 'nas', to: 'nas', relationType: 'x' }])).rejects.toMatchObject({
    code: 'self_relation',
  });
});

test('deleting retires: it is gone now and still known as of then', async () => {
  await graph.relate([{ from: 'pve1', to: 'nas', relationType: 'runs' }]);
  clock.advance(60_000);
  expect(await graph.retire(['nas', 'nobody'], 'alice/agent')).toEqual(['nas']);
  expect(await graph.open(['nas', 'pve1'])).toMatchObject({ entities: [{ name: 'pve1' }], relations: [], total: 1 });
  expect((await store.node('entity:nas', { knownAt: START }))?.data).toMatchObject({ observations: ['has two pools'] });
  expect(await graph.create([{ name: 'nas', entityType: 'host', observations: [] }], 'alice/agent')).toEqual(['nas']);
});

test('observations are added once, without secrets, up to a limit, and can be forgotten', async () => {
  expect(
    await graph.observe('nas', ['is slow', 'has two pools', 'token ghp_abcdefghijklmnopqrstuvwxyz0123456789'], 'a/b'),
  ).toHaveLength(2);
  expect(JSON.stringify(await graph.read(10))).not.toContain('ghp_');
  expect(await graph.forget('nas', ['is slow', 'nothing'], 'a/b')).toEqual(['is slow']);
  await expect(
    graph.observe(
      'nas',
      Array.from({ length: 600 }, (_, at) => `fact ${at}`),
      'a/b',
    ),
  ).rejects.toMatchObject({ code: 'too_many_observations' });
});

test('search finds by words and by parts of words, best first, and reading is bounded', async () => {
  expect(await names('pools')).toEqual(['nas']);
  expect(await names('rout')).toEqual(['router']);
  expect(await names('nas')).toEqual(['nas', 'pve1']);
  expect(await graph.read(2)).toMatchObject({ total: 3, entities: [{}, {}] });
});
