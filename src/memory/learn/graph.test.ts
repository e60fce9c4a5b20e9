import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { countingIds } from '../../core/ids.ts';
import { Lesson } from '../../core/lesson.ts';
import { InMemoryLessonStore } from '../in-memory.ts';
import { createLessons } from '../lessons.ts';
import { createLessonGraph, type LessonGraph } from './graph.ts';
import { changeOf, minutes, START } from './testing.ts';

const agent = { id: 'alice/agent', scopes: ['plan'], namespaces: ['*'] } as const;
const lessonOf = (id: string, more: object = {}): Lesson =>
  Lesson.parse({
    id,
    title: `What ${id} is about`,
    symptom: `The volume of ${id} filled up over night`,
    cause: 'Logs were kept for ever',
    fix: 'Rotate the logs',
    severity: 'high',
    source: 'test',
    ...more,
  });

let store: InMemoryLessonStore;
let graph: LessonGraph;
beforeEach(() => {
  store = new InMemoryLessonStore();
  const clock = new ManualClock(minutes(60));
  graph = createLessonGraph({ store, clock, lessons: createLessons({ store, clock, newId: countingIds() }) });
});
const save = (lesson: Lesson, at = START) => store.save({ lesson, by: 'file', at });
const ids = async (...args: Parameters<LessonGraph['search']>) =>
  (await graph.search(...args)).map(({ lesson }) => lesson.id);

test('a look back finds what was known and valid then, in the words it had then', async () => {
  await save(lessonOf('log-volume'));
  await save(lessonOf('log-volume', { fix: 'Send the logs to loki instead' }), minutes(30));
  await save(lessonOf('later-volume'), minutes(40));
  await save(lessonOf('past-volume', { valid_to: '2025-01-01' }));
  const query = { text: 'volume filled up', limit: 5 };
  expect(await ids(query, { knownAt: minutes(10) })).toEqual(['log-volume', 'past-volume']);
  expect(await ids(query, { knownAt: minutes(50), validAt: minutes(50) })).toEqual(['later-volume', 'log-volume']);
  expect((await graph.search(query, { knownAt: minutes(10) }))[0]?.lesson.fix).toBe('Rotate the logs');
  expect(await ids({ ...query, text: 'certificate' }, { knownAt: minutes(50) })).toEqual([]);
});

test('a resource finds the lessons that name it and those that were learned on it', async () => {
  await save(lessonOf('by-name', { applies_to: { names: ['loki*'] } }));
  await save(lessonOf('by-incident'));
  await save(lessonOf('unrelated'));
  const node = 'resource:kubernetes:apps/StatefulSet/logs/loki' as const;
  await store.saveNodes([
    { id: node, data: { kind: 'StatefulSet', name: 'loki', namespace: 'logs' }, by: 'x', at: START },
  ]);
  await store.link([{ from: 'lesson:by-incident', kind: 'applies_to', to: node, weight: 1, at: START }]);
  for (const resource of ['StatefulSet logs/loki', 'logs/loki', 'loki'])
    expect((await ids({ resource, limit: 5 })).toSorted(), resource).toEqual(['by-incident', 'by-name']);
  expect(await ids({ resource: 'Deployment logs/loki', limit: 5 })).toEqual(['by-name']);
  expect((await graph.around(node, { depth: 1, limit: 10 })).lessons.get('by-incident')).toMatchObject({
    status: 'confirmed',
  });
  await expect(graph.around('resource:nothing', { depth: 1, limit: 10 })).rejects.toMatchObject({
    code: 'unknown_node',
  });
  await expect(graph.around('Widget: x', { depth: 1, limit: 10 })).rejects.toMatchObject({ code: 'invalid_node' });
});

test('feedback counts one voice per principal, and only for a lesson that the plan showed', async () => {
  await save(lessonOf('log-volume'));
  const match = {
    id: 'log-volume',
    title: '',
    severity: 'high' as const,
    advice: '',
    why: '',
    strength: 'likely' as const,
    score: 1,
    counters: { shown: 1, acknowledged: 0, prevented: 0, recurred: 0 },
  };
  const { plan } = changeOf({ id: 'plan-a', lessons: [match] });
  await graph.feedback({ lesson: 'log-volume', verdict: 'irrelevant', plan, by: agent });
  await graph.feedback({ lesson: 'log-volume', verdict: 'heeded', plan, by: agent });
  expect((await store.feedback(['log-volume'])).get('log-volume')).toEqual({ helped: 1, irrelevant: 0, wrong: 0 });
  const other = changeOf({ id: 'plan-b' }).plan;
  await expect(
    graph.feedback({ lesson: 'log-volume', verdict: 'heeded', plan: other, by: agent }),
  ).rejects.toMatchObject({ code: 'lesson_not_shown' });
});

test('a lesson that says the same with another number is tied as a contradiction, one with the same symptom as similar', async () => {
  const text = {
    title: 'The queue needs room for its jobs',
    symptom: 'The queue stopped taking jobs during the night',
    cause: 'Its volume was full of old jobs that nobody had taken away',
    fix: 'Keep the jobs for 7 days and then let the queue throw them away',
  };
  await save(lessonOf('keep-seven', text));
  await save(lessonOf('keep-thirty', { ...text, fix: text.fix.replace('7', '30') }));
  await save(lessonOf('other-words', { symptom: 'The queue stopped taking jobs during the night' }));
  expect(await graph.relate('keep-thirty')).toEqual({ similar: ['other-words'], contradicts: ['keep-seven'] });
});
