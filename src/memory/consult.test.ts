import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { Consultation, LessonMatch, Lessons } from '../core/consult.ts';
import { countingIds } from '../core/ids.ts';
import { LESSON_STATUSES, Lesson } from '../core/lesson.ts';
import { SEVERITIES } from '../core/severity.ts';
import { tokensOf } from './answer.ts';
import type { Case } from './cases/changes.ts';
import { failures } from './cases/failures.ts';
import { harmless } from './cases/harmless.ts';
import { unseenFailures, unseenHarmless } from './cases/unseen.ts';
import { InMemoryLessonStore } from './in-memory.ts';
import { loadLessons } from './lesson-file.ts';
import { createLessons } from './lessons.ts';

const AT = '2026-11-21T08:00:00.000Z';
const PACKAGED = new URL('../../lessons', import.meta.url).pathname;

async function serviceWith(lessons: readonly Lesson[]): Promise<Lessons> {
  const store = new InMemoryLessonStore();
  for (const lesson of lessons) await store.save({ lesson, by: 'file', at: AT });
  return createLessons({ store, clock: new ManualClock(AT), newId: countingIds() });
}

describe('the lessons of the package', () => {
  let lessons: Lessons;
  beforeAll(async () => {
    lessons = await serviceWith((await loadLessons(PACKAGED)).lessons);
  });

  const matchesOf = async ({ proposal }: Case): Promise<readonly LessonMatch[]> =>
    (await lessons.consult(proposal)).matches;

  test.each(failures)('$name finds its lesson first', async (one) => {
    expect((await matchesOf(one))[0]?.id).toBe(one.lesson);
  });

  test.each([...harmless, ...unseenHarmless])('$name finds nothing for certain', async (one) => {
    expect((await matchesOf(one)).filter(({ strength }) => strength === 'certain')).toEqual([]);
  });

  test('failures that the weights were not chosen on find their lesson first as well', async () => {
    const missed: string[] = [];
    for (const one of unseenFailures) if ((await matchesOf(one))[0]?.id !== one.lesson) missed.push(one.name);
    expect(missed.length).toBeLessThanOrEqual(1);
  });

  test('harmless changes hear of no lesson, but for a few', async () => {
    const noisy: string[] = [];
    for (const one of [...harmless, ...unseenHarmless]) if ((await matchesOf(one)).length > 0) noisy.push(one.name);
    expect(noisy.length).toBeLessThanOrEqual(5);
  });

  test('every lesson is found first by a finding that names it, and by its own symptom', async () => {
    const { lessons: all } = await loadLessons(PACKAGED);
    const [{ proposal }] = harmless as [Case];
    for (const { id, symptom } of all) {
      const { matches } = await lessons.consult({ ...proposal, introducedLessons: [id] });
      expect(matches[0]).toMatchObject({ id, strength: 'certain', score: 1 });
      const [found] = await lessons.search({ text: symptom, limit: 1 });
      expect(found?.lesson.id).toBe(id);
    }
  });

  test('a check finds the lessons that carry it, unless they are about another kind', async () => {
    const one = failures.find(({ lesson }) => lesson === 'k8s-nodeaffinity-wrong-nesting');
    const { matches, receipt } = await lessons.consult({ ...one!.proposal, introducedChecks: ['K11'] });
    expect(matches[0]).toMatchObject({
      id: 'k8s-nodeaffinity-wrong-nesting',
      why: expect.stringContaining('check K11'),
    });
    expect(receipt.mustAcknowledge).toEqual(['k8s-nodeaffinity-wrong-nesting']); // not the typo of a runner's API group
  });

  test('advice is two sentences', async () => {
    for (const one of failures)
      for (const { advice } of await matchesOf(one))
        expect(advice.split(/\.(?=\s|$)/).filter((part) => part.trim() !== '')).toHaveLength(2);
  });
});

const word = fc.constantFrom('pod', 'drain', 'CoreDNS', 'jellyfin', 'media', 'image', 'latest', 'selector', 'not', '3');
const text = fc.array(word, { minLength: 5, maxLength: 120 }).map((words) => words.join(' '));
const some = (values: readonly string[]) => fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined });

/** Any set of lessons, valid as the schema has it. */
const anyLesson: fc.Arbitrary<Lesson> = fc
  .record({
    title: text.map((title) => title.slice(0, 120).padEnd(8, '.')),
    symptom: text,
    cause: text,
    fix: text,
    severity: fc.constantFrom(...SEVERITIES),
    status: fc.constantFrom(...LESSON_STATUSES),
    checks: fc.subarray(['K01', 'K06']),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    applies_to: fc.record({
      actions: some(['cluster_apply', 'cluster_drain', 'cluster_scale']),
      kinds: some(['Service', 'Pod', 'Node']),
      field_paths: some(['spec.selector', 'replicas', 'spec.template.spec.containers.image']),
      names: some(['jellyfin', 'k3s-*']),
    }),
    guard: fc.option(
      fc.record({
        when: fc.constantFrom('true', 'false', 'action.nothing', "action.verb == 'scale'", 'broken('),
        effect: fc.constantFrom('note' as const, 'ask' as const, 'deny' as const),
      }),
      { nil: undefined },
    ),
  })
  .map((fields) => Lesson.parse({ ...JSON.parse(JSON.stringify(fields)), id: 'any-lesson', source: 'any' }));

const anySet = fc
  .array(anyLesson, { maxLength: 14 })
  .map((lessons) => lessons.map((lesson, index) => ({ ...lesson, id: `any-lesson-${index}` })));

const anyProposal = fc
  .record({ of: fc.constantFrom(...failures, ...harmless), checks: fc.subarray(['K01', 'K06']), text })
  .map(({ of, checks, text: preview }) => ({ ...of.proposal, introducedChecks: checks, text: preview }));

const DEMAND = { note: 0, ask: 1, deny: 2 } as const;
const strictest = ({ matches }: Consultation): number =>
  Math.max(0, ...matches.map(({ guard }) => (guard === undefined ? 0 : DEMAND[guard])));

test('an answer never holds more than five lessons or 600 tokens, and candidates are marked and never certain', async () => {
  await fc.assert(
    fc.asyncProperty(anySet, anyProposal, async (set, proposal) => {
      const { matches, receipt } = await (await serviceWith(set)).consult(proposal);
      expect(matches.length).toBeLessThanOrEqual(5);
      expect(tokensOf(matches)).toBeLessThanOrEqual(600);
      expect(receipt.matched).toEqual(matches.map(({ id }) => id));
      for (const { id, strength, why, guard } of matches) {
        const status = set.find((lesson) => lesson.id === id)?.status;
        expect(status).not.toBe('retired');
        if (status !== 'candidate') continue;
        expect([strength, guard]).toEqual(['likely', undefined]);
        expect(why).toContain('candidate');
      }
    }),
    { numRuns: 150 },
  );
});

test('more lessons never relax what fewer demanded', async () => {
  await fc.assert(
    fc.asyncProperty(anySet, anySet, anyProposal, async (set, more, proposal) => {
      const fewer = await (await serviceWith(set)).consult(proposal);
      const others = more.map((lesson) => ({ ...lesson, id: `more-${lesson.id}` }));
      const all = await (await serviceWith([...set, ...others])).consult(proposal);
      expect(strictest(all)).toBeGreaterThanOrEqual(strictest(fewer));
      expect(all.receipt.mustAcknowledge.length).toBeGreaterThanOrEqual(
        Math.min(1, fewer.receipt.mustAcknowledge.length),
      );
    }),
    { numRuns: 150 },
  );
});
