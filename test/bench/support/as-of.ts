import { ManualClock } from '../../../src/core/clock.ts';
import { countingIds } from '../../../src/core/ids.ts';
import { Lesson } from '../../../src/core/lesson.ts';
import { InMemoryLessonStore } from '../../../src/memory/in-memory.ts';
import { createLessonGraph, type LessonGraph } from '../../../src/memory/learn/graph.ts';
import { createLessons } from '../../../src/memory/lessons.ts';
import type { LessonStore } from '../../../src/memory/store.ts';

const VALID_FROM = '2025-06-01';
const RECORDED = '2026-01-10T08:00:00.000Z';
const CHANGED = '2026-06-10T08:00:00.000Z';
const NOW = '2026-11-21T08:00:00.000Z';

/** When each question looks back to; `undefined` is today. */
const TIMES = {
  /** True already, and known to nobody. */
  beforeRecorded: '2025-12-01T00:00:00.000Z',
  beforeChange: '2026-06-09T23:59:59.000Z',
  afterChange: '2026-06-12T00:00:00.000Z',
  now: undefined,
} as const;

const FATES = ['superseded', 'retired', 'expired'] as const;

export interface AsOfMeasures {
  readonly asked: number;
  /** Share of the questions about the time before the change that find the lesson among five. */
  readonly before5: number;
  /** Share of those about the time after it, and about today, that find the one that replaced it among five. */
  readonly successor5: number;
  /** Answers that hold a lesson which nobody knew yet, or which did not hold any more. */
  readonly leaks: readonly string[];
}

/** Every lesson was recorded long after it became true; later a third was superseded, a third retired, a third ran out. */
export async function measureAsOf(
  lessons: readonly Lesson[],
  queries: readonly { readonly text: string; readonly relevant: readonly string[] }[],
): Promise<AsOfMeasures> {
  const { graph, fates } = await history(lessons);
  const asked = queries.filter(({ relevant: [id] }) => fates.has(id ?? ''));
  const leaks: string[] = [];
  const counts = { before: 0, successors: 0, superseded: 0 };
  for (const {
    text,
    relevant: [id = ''],
  } of asked) {
    const fate = fates.get(id);
    const find = async (time: string | undefined): Promise<readonly string[]> => {
      const asOf = time === undefined ? undefined : { knownAt: time, validAt: time };
      return (await graph.search({ text, limit: 5 }, asOf)).map(({ lesson }) => lesson.id);
    };
    const early = await find(TIMES.beforeRecorded);
    if (early.length > 0) leaks.push(`${id}: ${early.length} before anything was recorded`);
    const before = await find(TIMES.beforeChange);
    if (before.includes(id)) counts.before++;
    if (before.some((one) => one.endsWith(SUCCESSOR))) leaks.push(`${id}: a successor before the change`);
    for (const time of ['afterChange', 'now'] as const) {
      const after = await find(TIMES[time]);
      const stale = after.filter((one) => fates.has(one));
      if (stale.length > 0) leaks.push(`${id}: ${stale.join(', ')} ${time}`);
      if (fate !== 'superseded') continue;
      counts.superseded++;
      if (after.includes(`${id}${SUCCESSOR}`)) counts.successors++;
    }
  }
  return {
    asked: asked.length,
    before5: counts.before / asked.length,
    successor5: counts.successors / counts.superseded,
    leaks,
  };
}

const SUCCESSOR = '-anew';

async function history(
  lessons: readonly Lesson[],
): Promise<{ readonly graph: LessonGraph; readonly fates: ReadonlyMap<string, (typeof FATES)[number]> }> {
  const store: LessonStore = new InMemoryLessonStore();
  const fates = new Map<string, (typeof FATES)[number]>();
  for (const [at, lesson] of lessons.entries()) {
    const fate = FATES[at % FATES.length] ?? 'retired';
    fates.set(lesson.id, fate);
    const first = { ...lesson, valid_from: VALID_FROM, ...(fate === 'expired' && { valid_to: CHANGED.slice(0, 10) }) };
    await store.save({ lesson: Lesson.parse(first), by: 'file', at: RECORDED });
    if (fate === 'retired') await store.save({ lesson: { ...first, status: 'retired' }, by: 'anna', at: CHANGED });
    if (fate !== 'superseded') continue;
    const { valid_to: _, ...anew } = { ...lesson, id: `${lesson.id}${SUCCESSOR}`, supersedes: [lesson.id] };
    await store.save({ lesson: anew, by: 'anna', at: CHANGED });
  }
  const clock = new ManualClock(NOW);
  const graph = createLessonGraph({ store, clock, lessons: createLessons({ store, clock, newId: countingIds() }) });
  return { graph, fates };
}
