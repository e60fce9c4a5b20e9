import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { countingIds } from '../core/ids.ts';
import { Lesson } from '../core/lesson.ts';
import { InMemoryLessonStore } from './in-memory.ts';
import { createLessons } from './lessons.ts';
import type { LinkKind, NodeId } from './links.ts';
import { proposalOf, targetOf } from './testing.ts';

const AT = '2026-11-21T08:00:00.000Z';
const LATER = '2026-11-22T08:00:00.000Z';

const lessonOf = (id: string, changes: Partial<Lesson> = {}): Lesson =>
  Lesson.parse({
    id,
    title: `What ${id} is about`,
    symptom: `It was seen that ${id} does something of its own`,
    cause: `The cause of ${id} lies elsewhere`,
    fix: `Do ${id} in another way`,
    severity: 'high',
    source: 'test',
    ...changes,
  });

/** Found for certain by the proposal below. */
const queue = (changes: Partial<Lesson> = {}) =>
  lessonOf('queue-in-memory', { applies_to: { actions: ['cluster_scale'], names: ['queue'] }, ...changes });
const proposal = proposalOf('cluster_scale', [targetOf('Deployment', 'queue', 'apps')], { input: { replicas: 0 } });

let store: InMemoryLessonStore;
beforeEach(() => {
  store = new InMemoryLessonStore();
});

const keep = async (...lessons: readonly Lesson[]): Promise<void> => {
  for (const lesson of lessons) await store.save({ lesson, by: 'file', at: AT });
};
const link = (kind: LinkKind, to: NodeId, weight = 1) =>
  store.link([{ from: 'lesson:queue-in-memory', kind, to, weight, at: AT }]);
const consult = async () => {
  const { matches } = await createLessons({ store, clock: new ManualClock(LATER), newId: countingIds() }).consult(
    proposal,
  );
  return matches.map(({ id, strength, why }) => [id, strength, why]);
};

test('a lesson that contradicts a found one is shown beside it, as long as the contradiction is open', async () => {
  await keep(queue(), lessonOf('volume-instead'));
  await link('contradicts', 'lesson:volume-instead');
  expect(await consult()).toEqual([
    ['queue-in-memory', 'certain', 'action cluster_scale + name queue'],
    ['volume-instead', 'likely', 'contradicts queue-in-memory'],
  ]);
  await store.unlink([{ from: 'lesson:queue-in-memory', kind: 'contradicts', to: 'lesson:volume-instead' }], LATER);
  expect(await consult()).toHaveLength(1);
});

test('what is reached is the lesson that stands now, not the one it replaced', async () => {
  await keep(queue(), lessonOf('old-way'), lessonOf('new-way', { supersedes: ['old-way'] }));
  await link('similar', 'lesson:old-way', 0.9);
  expect((await consult()).map(([id]) => id)).toEqual(['queue-in-memory', 'new-way']);
});

test('a weak likeness leads nowhere, and what is reached never comes first', async () => {
  await keep(queue({ severity: 'low' }), lessonOf('a-critical-one', { severity: 'critical' }), lessonOf('far-away'));
  await link('similar', 'lesson:a-critical-one', 1);
  await link('similar', 'lesson:far-away', 0.2);
  expect((await consult()).map(([id]) => id)).toEqual(['queue-in-memory', 'a-critical-one']);
});

test('sharing a component alone shows nothing, however rare it is', async () => {
  const components = { rabbitmq: '*' };
  await keep(queue({ components }), lessonOf('other-rabbit', { components }));
  expect((await consult()).map(([id]) => id)).toEqual(['queue-in-memory']);
});

test('a lesson that many call wrong is no longer shown by likeness, and a certain match stays', async () => {
  const alike = lessonOf('queue-by-words', {
    title: 'The queue lost its jobs',
    symptom: 'After scaling the queue in apps the jobs were lost',
  });
  await keep(queue(), alike);
  const asked = { ...proposal, text: 'scaling the queue in apps, the jobs are lost' };
  const ids = async () => {
    const service = createLessons({ store, clock: new ManualClock(LATER), newId: countingIds() });
    return (await service.consult(asked)).matches.map(({ id }) => id);
  };
  expect(await ids()).toEqual(['queue-in-memory', 'queue-by-words']);
  for (const lesson of ['queue-in-memory', 'queue-by-words'])
    for (let voice = 0; voice < 30; voice++)
      await store.giveFeedback({ lesson, verdict: 'wrong', by: `agent-${voice}`, at: AT });
  expect(await ids()).toEqual(['queue-in-memory']);
});
