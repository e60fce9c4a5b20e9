import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Clock from '../../src/core/clock.ts';
import type * as Ids from '../../src/core/ids.ts';
import type * as Failures from '../../src/memory/cases/failures.ts';
import type * as Harmless from '../../src/memory/cases/harmless.ts';
import type * as Table from '../../src/memory/embed/table.ts';
import type * as LessonsFile from '../../src/memory/lessons.ts';
import type * as Sqlite from '../../src/memory/sqlite/store.ts';

/** One count of `consult.ts`: run with DIST STORE TABLE ROUNDS it prints what it measured as JSON. */
export interface Consulted {
  readonly coldMs: number;
  readonly coldCpuMs: number;
  readonly vectorsCpuMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of one consult. */
  readonly cpuMs: number;
  /** Of the whole process, Node and everything it has loaded included. */
  readonly rssMiB: number;
  readonly matches: number;
}

const [dist = '', store = '', table = '', rounds = '1'] = process.argv.slice(2);
const built = <T>(file: string): Promise<T> => import(join(dist, file)) as Promise<T>; // built from the file whose type is given
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

async function measure(): Promise<Consulted> {
  const [{ SqliteLessonStore }, { createLessons }, { decodeTable }, { randomId }, { systemClock }, seen, fine] =
    await Promise.all([
      built<typeof Sqlite>('memory/sqlite/store.js'),
      built<typeof LessonsFile>('memory/lessons.js'),
      built<typeof Table>('memory/embed/table.js'),
      built<typeof Ids>('core/ids.js'),
      built<typeof Clock>('core/clock.js'),
      built<typeof Failures>('memory/cases/failures.js'),
      built<typeof Harmless>('memory/cases/harmless.js'),
    ]);
  const proposals = [...seen.failures, ...fine.harmless].map(({ proposal }) => proposal);
  const cold = { at: performance.now(), cpu: cpuMs() };
  const opened = await SqliteLessonStore.open({ path: store });
  const service = createLessons({ store: opened, clock: systemClock, newId: randomId });
  for (const proposal of proposals.slice(0, 1)) await service.consult(proposal);
  const [coldMs, coldCpuMs] = [performance.now() - cold.at, cpuMs() - cold.cpu];
  const beforeVectors = cpuMs();
  await service.useTable(decodeTable(readFileSync(table)));
  const vectorsCpuMs = cpuMs() - beforeVectors;
  for (const proposal of proposals) await service.consult(proposal);
  const times: number[] = [];
  let matches = 0;
  const before = cpuMs();
  for (let round = 0; round < Number(rounds); round++)
    for (const proposal of proposals) {
      const start = performance.now();
      matches += (await service.consult(proposal)).matches.length;
      times.push(performance.now() - start);
    }
  const cpu = (cpuMs() - before) / times.length;
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
  const rssMiB = process.memoryUsage().rss / 2 ** 20;
  await opened.close();
  const found = { coldMs, coldCpuMs, vectorsCpuMs, p50Ms: at(0.5), p95Ms: at(0.95), cpuMs: cpu, rssMiB };
  return { ...found, matches: matches / times.length };
}

console.log(JSON.stringify(await measure()));
