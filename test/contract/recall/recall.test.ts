import { beforeAll, describe, expect, test } from 'vitest';
import type { Lesson } from '../../../src/core/lesson.ts';
import { failures } from '../../../src/memory/cases/failures.ts';
import { harmless } from '../../../src/memory/cases/harmless.ts';
import { unseenFailures, unseenHarmless } from '../../../src/memory/cases/unseen.ts';
import { loadLessons } from '../../../src/memory/lesson-file.ts';
import type { LessonsService } from '../../../src/memory/lessons.ts';
import { measureAsOf } from '../../bench/support/as-of.ts';
import {
  consultOf,
  measureFailures,
  measureNoise,
  measureSearch,
  recordedPlans,
  searchOf,
  serviceOf,
} from '../../bench/support/recall.ts';
import { loadSets, type RecallSet } from '../../bench/support/sets.ts';
import { trainedTable } from '../../bench/support/table.ts';

// The numbers of docs/benchmarks/memory.md as a gate: counts and shares, no times. Lower a floor only with a reason.
const path = (name: string): string => new URL(`../../../${name}`, import.meta.url).pathname;

/** Measured minus one point (two where a set is small): set -> R@5, nDCG@10, with words only and with vectors. */
const FLOORS: ReadonlyMap<string, { readonly words: readonly number[]; readonly both: readonly number[] }> = new Map([
  ['alerts', { words: [0.95, 0.91], both: [0.95, 0.91] }],
  ['fields', { words: [0.63, 0.54], both: [0.65, 0.57] }],
  ['lessons', { words: [0.94, 0.88], both: [0.93, 0.88] }],
  ['searches', { words: [0.98, 0.95], both: [0.98, 0.95] }],
]);

let lessons: readonly Lesson[];
let sets: readonly RecallSet[];
const services = new Map<'words' | 'both', LessonsService>();
beforeAll(async () => {
  ({ lessons } = await loadLessons(path('lessons')));
  sets = loadSets(path('test/bench/recall'), lessons);
  services.set('words', await serviceOf(lessons));
  services.set('both', await serviceOf(lessons, await trainedTable(lessons)));
}, 120_000);
const service = (how: 'words' | 'both'): LessonsService => services.get(how) ?? expect.unreachable(how);

test('every set has a floor', () => {
  expect(sets.map(({ name }) => name).toSorted()).toEqual([...FLOORS.keys()].toSorted());
});

describe.each(['words', 'both'] as const)('%s', (how) => {
  test.each([...FLOORS.keys()])('set %s stays above its floor', { timeout: 120_000 }, async (name) => {
    const set = sets.find((one) => one.name === name) ?? expect.unreachable(name);
    const isOfLessons = set.documents === lessons;
    const table = how === 'both' && !isOfLessons ? await trainedTable([...lessons, ...set.documents]) : undefined;
    const asked = isOfLessons ? service(how) : await serviceOf(set.documents, table);
    const { recall5, ndcg10 } = await measureSearch(set, searchOf(asked));
    const [leastRecall = 1, leastNdcg = 1] = FLOORS.get(name)?.[how] ?? [];
    expect(recall5, 'R@5').toBeGreaterThanOrEqual(leastRecall);
    expect(ndcg10, 'nDCG@10').toBeGreaterThanOrEqual(leastNdcg);
  });

  test('every failure finds its own lesson first', async () => {
    const { missed } = await measureFailures([...failures, ...unseenFailures], consultOf(service(how)));
    expect(missed).toEqual([]);
  });

  test('harmless changes hear of nothing', async () => {
    const { noisy } = await measureNoise([...harmless, ...unseenHarmless], consultOf(service(how)));
    expect(noisy).toEqual([]);
  });

  test.each([...recordedPlans(path('test/bench/recall/plans'))])(
    'changes planned on the %s hear of what rules find, and of nothing else',
    async (_, plans) => {
      const consult = consultOf(service(how));
      expect((await measureNoise(plans, consult)).noisy).toEqual([]);
      for (const { name, proposal, lessons: wanted } of plans)
        expect(
          (await consult(proposal)).map(({ id }) => id),
          name,
        ).toEqual(wanted);
    },
  );
});

test('what somebody types finds the lesson about it before those that mention it', async () => {
  const [first] = await service('words').search({ text: 'service selector', limit: 5 });
  expect(first?.lesson.id).toBe('k8s-service-selector-overmatch');
});

test('a look back finds what was known and true then, and never what was not', async () => {
  const { queries } = sets.find(({ name }) => name === 'lessons') ?? expect.unreachable();
  const { before5, successor5, leaks } = await measureAsOf(lessons, queries);
  expect(leaks).toEqual([]);
  expect(before5).toBeGreaterThanOrEqual(0.9);
  expect(successor5).toBeGreaterThanOrEqual(0.9);
});
