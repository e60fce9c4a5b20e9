import { ManualClock } from '../../src/core/clock.ts';
import { countingIds } from '../../src/core/ids.ts';
import type { Lesson } from '../../src/core/lesson.ts';
import { failures } from '../../src/memory/cases/failures.ts';
import { harmless } from '../../src/memory/cases/harmless.ts';
import { InMemoryLessonStore } from '../../src/memory/in-memory.ts';
import { loadLessons } from '../../src/memory/lesson-file.ts';
import { createLessons } from '../../src/memory/lessons.ts';
import { SqliteLessonStore } from '../../src/memory/sqlite/store.ts';
import type { LessonStore } from '../../src/memory/store.ts';

/**
 * How long consulting takes with many lessons: `node test/bench/consult.ts [count ...]` (1,000 and 10,000 when none is given).
 * Lessons are made from the words, selectors and guards of the real ones, so that they are found as often as those.
 */
const AT = '2026-11-21T08:00:00.000Z';
const ROUNDS = 20;

/** A small generator with a fixed seed: every run measures the same lessons. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function lessonsLike(real: readonly Lesson[], count: number): Lesson[] {
  const random = randomOf(42);
  const words = real.flatMap(({ symptom, cause, fix }) => `${symptom} ${cause} ${fix}`.split(/\s+/));
  const sentence = (length: number): string => Array.from({ length }, () => words[random(words.length)]).join(' ');
  return Array.from({ length: count }, (_, index) => {
    const like = real[random(real.length)]!;
    return {
      ...like,
      id: `generated-${index}`,
      title: `${sentence(7).slice(0, 100)} ${index}`,
      symptom: sentence(16),
      cause: sentence(14),
      fix: sentence(16),
    };
  });
}

async function measure(store: LessonStore, lessons: readonly Lesson[]): Promise<void> {
  for (const lesson of lessons) await store.save({ lesson, by: 'file', at: AT });
  const service = createLessons({ store, clock: new ManualClock(AT), newId: countingIds() });
  const cases = [...failures, ...harmless];
  const cold = await timed(() => service.consult(cases[0]!.proposal));
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++)
    for (const { proposal } of cases) times.push(await timed(() => service.consult(proposal)));
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.floor(times.length * share)]!.toFixed(2);
  const cpuEach = ((user + system) / 1_000 / times.length).toFixed(2);
  console.log(`${store.name}\t${lessons.length}\t${cold.toFixed(0)}\t${at(0.5)}\t${at(0.95)}\t${cpuEach}`);
  await store.close();
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

const counts = process.argv.slice(2).map(Number);
const { lessons: real } = await loadLessons(new URL('../../lessons', import.meta.url).pathname);
console.log('store\tlessons\tfirst ms\tp50 ms\tp95 ms\tcpu ms');
for (const count of counts.length > 0 ? counts : [1_000, 10_000]) {
  const lessons = lessonsLike(real, count);
  await measure(new InMemoryLessonStore(), lessons);
  await measure(await SqliteLessonStore.open({ path: ':memory:' }), lessons);
}
