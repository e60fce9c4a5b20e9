import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../core/clock.ts';
import { Lesson } from '../../../core/lesson.ts';
import { InMemoryLessonStore } from '../../in-memory.ts';
import { exportGraph } from './export.ts';
import { nightly } from './nightly.ts';

const HOUR_MS = 3_600_000;
/** Local time, as the hour is. */
const at = (day: number, hour: number, minute = 0): Date => new Date(2026, 10, day, hour, minute);

/** Runs for `hours` of a clock that moves only while it waits. */
async function nights(start: Date, hours: number, run: (now: Date) => Promise<void>) {
  const clock = new ManualClock(start);
  const stop = new AbortController();
  const problems: unknown[] = [];
  await nightly({
    hour: 3,
    clock,
    signal: stop.signal,
    run: () => run(clock.now()),
    onProblem: (error) => problems.push(error),
    wait: async (ms) => {
      clock.advance(ms);
      if (+clock.now() - +start >= hours * HOUR_MS) stop.abort();
    },
  });
  return problems;
}

test('it runs at the start for the night before, and then once a night at its hour', async () => {
  const runs: string[] = [];
  await nights(at(20, 14, 5), 60, async (now) => void runs.push(`${now.getDate()} ${now.getHours()}`));
  expect(runs).toEqual(['20 14', '21 3', '22 3']);
});

test('a night that failed is told and tried again until it works', async () => {
  let tries = 0;
  const problems = await nights(at(20, 14), 5, async () => {
    tries++;
    if (tries < 3) throw new Error('the disk is full');
  });
  expect([tries, problems.length]).toEqual([3, 2]);
});

test('it ends when it is told to', async () => {
  const signal = AbortSignal.abort();
  let runs = 0;
  await nightly({
    hour: 3,
    clock: new ManualClock(at(1, 1)),
    signal,
    run: async () => void runs++,
    onProblem: () => {},
  });
  expect(runs).toBe(0);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-nightly-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a night in which nothing was learned touches no file; one lesson more changes its lines alone', async () => {
  const store = new InMemoryLessonStore();
  const save = (id: string) =>
    store.save({
      lesson: Lesson.parse({
        id,
        title: `What ${id} is about`,
        symptom: 'It filled up over night',
        cause: 'Logs were kept for ever',
        fix: 'Rotate the logs',
        severity: 'high',
        source: 'test',
      }),
      by: 'file',
      at: '2026-11-20T08:00:00.000Z',
    });
  await save('lesson-b');
  const written: (readonly string[])[] = [];
  const times: number[] = [];
  await nights(at(20, 14), 60, async (now) => {
    if (now.getDate() === 22) await save('lesson-a');
    written.push((await exportGraph(store, folder)).written);
    times.push((await stat(join(folder, 'lessons/lesson-b.md'))).mtimeMs);
  });
  expect(written).toEqual([
    ['lessons.jsonl', 'counters.jsonl', 'nodes.jsonl', 'links.jsonl', 'lessons/lesson-b.md'].filter((name) =>
      written[0]?.includes(name),
    ),
    [],
    ['lessons.jsonl', 'lessons/lesson-a.md'],
  ]);
  expect(new Set(times).size).toBe(1);
  const rows = (await readFile(join(folder, 'lessons.jsonl'), 'utf8')).trim().split('\n');
  expect(rows.map((row) => (JSON.parse(row) as { lesson: { id: string } }).lesson.id)).toEqual([
    'lesson-a',
    'lesson-b',
  ]);
  const all = await readdir(folder, { recursive: true });
  expect(all.filter((name) => name.includes('.steward-'))).toEqual([]); // nothing half-written is left
});
