import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../../src/core/clock.ts';
import { countingIds } from '../../src/core/ids.ts';
import { failures } from '../../src/memory/cases/failures.ts';
import { harmless } from '../../src/memory/cases/harmless.ts';
import { loadLessons } from '../../src/memory/lesson-file.ts';
import { createLessons } from '../../src/memory/lessons.ts';
import { SqliteLessonStore } from '../../src/memory/sqlite/store.ts';
import { lessonsLike } from './support/generate.ts';
import { trainedTable } from './support/table.ts';

/**
 * How long consulting takes with many lessons: `node test/bench/consult.ts [count ...]` (1,000 and 10,000 when none is given).
 * Lessons are made from the words and selectors of the real ones and kept in a SQLite file. Printed per count: from opening
 * the store to the first answer (cold), the vectors of all lessons in the background after it, then consults (p50, p95, CPU).
 */
const AT = '2026-11-21T08:00:00.000Z';
const BATCH = 5_000;

const GOALS: ReadonlyMap<number, readonly [p95Ms: number, coldMs: number]> = new Map([
  [1_000, [5, 200]],
  [10_000, [10, 500]],
  [100_000, [40, 5_000]],
  [1_000_000, [150, 60_000]],
]);

const ms = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

async function fill(path: string, count: number): Promise<void> {
  const store = await SqliteLessonStore.open({ path });
  const batch = [];
  for (const lesson of lessonsLike(real, count)) {
    batch.push({ lesson, by: 'file', at: AT });
    if (batch.length === BATCH) await store.saveAll(batch.splice(0));
  }
  await store.saveAll(batch);
  await store.close();
}

async function measure(count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-bench-'));
  try {
    const path = join(folder, 'lessons.db');
    await fill(path, count);
    const cold = { at: performance.now(), cpu: cpuMs() };
    const store = await SqliteLessonStore.open({ path });
    const service = createLessons({ store, clock: new ManualClock(AT), newId: countingIds() });
    const cases = [...failures, ...harmless];
    await service.consult(cases[0]!.proposal);
    const coldMs = performance.now() - cold.at;
    const coldCpu = cpuMs() - cold.cpu;
    const vectors = { at: performance.now(), cpu: cpuMs() };
    await service.useTable(table);
    const vectorCpu = cpuMs() - vectors.cpu;
    for (const { proposal } of cases) await service.consult(proposal);
    const times: number[] = [];
    const matches: number[] = [];
    const rounds = count > 200_000 ? 2 : count > 20_000 ? 5 : 20;
    const cpu = cpuMs();
    for (let round = 0; round < rounds; round++)
      for (const { proposal } of cases) {
        const start = performance.now();
        matches.push((await service.consult(proposal)).matches.length);
        times.push(performance.now() - start);
      }
    const cpuEach = (cpuMs() - cpu) / times.length;
    times.sort((a, b) => a - b);
    const at = (share: number): number => times[Math.floor(times.length * share)]!;
    const [p95Goal, coldGoal] = GOALS.get(count) ?? [Number.NaN, Number.NaN];
    const cells = [
      count,
      ms(coldMs),
      ms(coldCpu),
      coldGoal,
      ms(vectorCpu),
      ms(at(0.5)),
      ms(at(0.95)),
      ms(cpuEach),
      p95Goal,
      Math.round(process.memoryUsage().rss / 2 ** 20),
      (matches.reduce((sum, one) => sum + one, 0) / matches.length).toFixed(1),
    ];
    console.log(cells.join('\t'));
    await store.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const counts = process.argv.slice(2).map(Number);
const { lessons: real } = await loadLessons(new URL('../../lessons', import.meta.url).pathname);
const table = await trainedTable(real);
console.log('lessons\tcold ms\tcold cpu\tgoal\tvectors cpu\tp50 ms\tp95 ms\tcpu ms\tgoal\tRSS MB\tmatches');
for (const count of counts.length > 0 ? counts : [1_000, 10_000]) await measure(count);
