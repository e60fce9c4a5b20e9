import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeTable } from '../../src/memory/embed/table.ts';
import { loadLessons } from '../../src/memory/lesson-file.ts';
import { SqliteLessonStore } from '../../src/memory/sqlite/store.ts';
import type { Consulted } from './consult-one.ts';
import { lessonsLike } from './support/generate.ts';
import { trainedTable } from './support/table.ts';

/**
 * How long consulting takes with many lessons: `node test/bench/consult.ts [count ...]` (1,000 and 10,000 when none is given).
 * Lessons are made from the words and selectors of the real ones and kept in a SQLite file. Each count is measured by a process of
 * its own (consult-one.ts), on the built dist/: from opening the store to the first answer (cold), the vectors of all lessons
 * in the background after it, then consults (p50, p95, CPU), and the memory of all of the process in the end.
 */
const AT = '2026-11-21T08:00:00.000Z';
const BATCH = 5_000;

const GOALS: ReadonlyMap<number, readonly [p95Ms: number, coldMs: number, rssMiB: number]> = new Map([
  [1_000, [5, 200, 120]],
  [10_000, [10, 500, 200]],
  [100_000, [40, 5_000, 400]],
  [1_000_000, [150, 60_000, 1_200]],
]);

const root = join(import.meta.dirname, '../..');
const ms = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

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
    const [store, tableFile] = [join(folder, 'lessons.db'), join(folder, 'embedding.table')];
    await fill(store, count);
    await writeFile(tableFile, encodeTable(table));
    const rounds = count > 200_000 ? 2 : count > 20_000 ? 5 : 20;
    // As JavaScript, as users run it: Node holds 17 MB more once it has read a TypeScript file.
    const program = join(folder, 'consult-one.mjs');
    await writeFile(program, stripTypeScriptTypes(await readFile(join(import.meta.dirname, 'consult-one.ts'), 'utf8')));
    const args = [program, join(root, 'dist'), store, tableFile, String(rounds)];
    const out = execFileSync(process.execPath, args, { encoding: 'utf8' });
    const found = JSON.parse(out) as Consulted; // what consult-one.ts prints
    const [p95Goal, coldGoal, rssGoal] = GOALS.get(count) ?? [Number.NaN, Number.NaN, Number.NaN];
    const cells = [
      count,
      ms(found.coldMs),
      ms(found.coldCpuMs),
      coldGoal,
      ms(found.vectorsCpuMs),
      ms(found.p50Ms),
      ms(found.p95Ms),
      ms(found.cpuMs),
      p95Goal,
      Math.round(found.rssMiB),
      rssGoal,
      found.matches.toFixed(1),
    ];
    console.log(cells.join('\t'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const counts = process.argv.slice(2).map(Number);
if (!existsSync(join(root, 'dist/memory/lessons.js'))) throw new Error('build dist/ first: npm run build');
const { lessons: real } = await loadLessons(join(root, 'lessons'));
const table = await trainedTable(real);
console.log('lessons\tcold ms\tcold cpu\tgoal\tvectors cpu\tp50 ms\tp95 ms\tcpu ms\tgoal\tRSS MB\tgoal\tmatches');
for (const count of counts.length > 0 ? counts : [1_000, 10_000]) await measure(count);
