import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import type { Consultation, Proposal } from '../../core/consult.ts';
import { countingIds } from '../../core/ids.ts';
import { Lesson } from '../../core/lesson.ts';
import type { Principal } from '../../core/principal.ts';
import { Guards } from '../guard.ts';
import { InMemoryLessonStore } from '../in-memory.ts';
import { createLessons } from '../lessons.ts';
import { exampleOf } from './example.ts';
import { generateGuard } from './generate-guard.ts';
import { createLessonGraph } from './graph.ts';
import { createLearner } from './learner.ts';
import { createReview } from './review.ts';
import { learnedGuard } from './shadow-guard.ts';
import { type ChangeFacts, changeOf, deploymentOf, LiteralLog, START } from './testing.ts';

const person: Principal = { id: 'alice/terminal', scopes: ['read', 'approve'], namespaces: ['*'] };
const agent: Principal = { id: 'alice/agent', scopes: ['read', 'plan', 'operate'], namespaces: ['*'] };

function house() {
  const store = new InMemoryLessonStore();
  const clock = new ManualClock(START);
  const log = new LiteralLog();
  const guards = new Guards();
  const lessons = createLessons({ store, clock, newId: countingIds() });
  const learner = createLearner({ store, lessons, changes: log, guards, clock });
  return {
    store,
    clock,
    log,
    lessons,
    learner,
    review: createReview({ store, lessons, guards, clock }),
    graph: createLessonGraph({ store, lessons, clock }),
  };
}

let it: ReturnType<typeof house>;
beforeEach(() => {
  it = house();
});

const good = (id: string, at: number): ReturnType<typeof changeOf> =>
  changeOf({ id, at, objects: [deploymentOf('web:1.2.3')], input: { manifest: 'x' } });
const bad = (id: string, at: number, more: Partial<ChangeFacts> = {}) =>
  changeOf({
    id,
    at,
    state: 'failed',
    evidence: ['ErrImagePull'],
    objects: [deploymentOf('web:latest')],
    input: { manifest: 'x' },
    ...more,
  });

/** A recurred lesson and its guard, watching. */
async function learned(): Promise<string> {
  it.log.changes.push(good('plan-g1', 0), bad('plan-b1', 1));
  await it.learner.learn();
  for (const [id, at] of [
    ['plan-b2', 10],
    ['plan-b3', 20],
  ] as const) {
    it.clock.advance(10 * 60_000);
    it.log.changes.push(bad(id, at));
    await it.learner.learn();
  }
  const [first] = await it.store.list({ limit: 1 });
  return first!.lesson.id;
}

const consult = (proposal: Proposal) => it.lessons.consult(proposal);

test('after two recurrences a guard is proposed in shadow that tells the mistake from what went well', async () => {
  const id = await learned();
  const guard = await learnedGuard(it.store, id);
  expect(guard).toMatchObject({ state: 'shadow', effect: 'ask' });
  expect(guard!.when).toContain("endsWith(':latest')");
  expect(guard!.fail.length).toBeGreaterThanOrEqual(1);
  expect(guard!.pass.length).toBeGreaterThanOrEqual(2);
  const { matches } = await consult(bad('plan-x', 99).proposal);
  expect(matches.some((match) => match.guard !== undefined)).toBe(false);
});

test('words of somebody else stay words in the predicate, and no secret is kept in an example', async () => {
  const spiteful = Lesson.parse({
    id: 'spiteful',
    title: 'A lesson with a trick in it',
    symptom: 'Nothing at all happened',
    cause: 'Somebody wrote this',
    fix: 'Do not believe it',
    severity: 'high',
    source: 'test',
    applies_to: { actions: ["cluster_apply' || true || '"] },
  });
  const examples = ['web:latest', 'web:1.2.3'].map((image) => {
    const object = { ...deploymentOf(image, { env: [{ name: 'PASSWORD', value: 'correct-horse-battery' }] }) };
    return exampleOf(
      changeOf({ id: 'plan-x', objects: [object], input: { manifest: 'password: correct-horse-battery' } }).proposal,
    )!;
  });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    stringData: { a: 'correct-horse-battery' },
  };
  examples.push(exampleOf(changeOf({ id: 'plan-y', objects: [secret] }).proposal)!);
  expect(JSON.stringify(examples)).not.toContain('correct-horse-battery');
  const [failing, ...harmless] = examples;
  expect(await generateGuard(new Guards(), spiteful, [failing!], harmless)).toBeUndefined();
});

test('nothing tells a mistake from a harmless change: no guard', async () => {
  it.log.changes.push(changeOf({ id: 'plan-g', at: 0, objects: [deploymentOf('web:1')] }));
  for (const [id, at] of [
    ['plan-1', 1],
    ['plan-2', 10],
    ['plan-3', 20],
  ] as const) {
    it.log.changes.push(
      changeOf({ id, at, state: 'failed', evidence: ['Unhealthy'], objects: [deploymentOf('web:1')] }),
    );
    await it.learner.learn();
    it.clock.advance(5 * 60_000);
  }
  const [first] = await it.store.list({ limit: 1 });
  expect(await learnedGuard(it.store, first!.lesson.id)).toBeUndefined();
});

test('a person promotes a guard only after enough right matches, and it then acts; false blocks take it back', async () => {
  const id = await learned();
  await expect(it.review.promote(id, person)).rejects.toMatchObject({ code: 'lesson_not_confirmed' });
  await expect(it.review.confirm(id, agent)).rejects.toMatchObject({ code: 'denied_scope' });
  await it.review.confirm(id, person);
  await expect(it.review.promote(id, person)).rejects.toMatchObject({ code: 'guard_not_proven' });
  for (let count = 0; count < 5; count++)
    it.log.changes.push(bad(`plan-m${count}`, 30 + count), good(`plan-n${count}`, 30 + count));
  it.clock.advance(3 * 3_600_000);
  await it.learner.learn();
  await it.learner.learn();
  expect(await learnedGuard(it.store, id)).toMatchObject({ true_positives: 5, false_positives: 0 });
  await expect(it.review.promote(id, agent)).rejects.toMatchObject({ code: 'denied_scope' });
  expect(await it.review.promote(id, person)).toMatchObject({ guard: { effect: 'ask' } });
  const { matches } = await consult(bad('plan-x', 99).proposal);
  expect(matches.find((match) => match.id === id)).toMatchObject({ guard: 'ask', strength: 'certain' });
  const block = (plan: string) => ({
    lesson: id,
    verdict: 'wrong' as const,
    plan: bad(plan, 300, { lessons: matches }).plan,
  });
  for (const plan of ['plan-p', 'plan-q', 'plan-r'])
    expect(await it.graph.feedback({ ...block(plan), by: agent })).toEqual({ demoted: false });
  expect((await it.store.get(id))?.lesson.guard).toBeDefined();
  expect(await it.graph.feedback({ ...block('plan-p'), by: person })).toEqual({ demoted: false });
  expect(await it.graph.feedback({ ...block('plan-q'), by: person })).toEqual({ demoted: true });
  expect((await it.store.get(id))?.lesson.guard).toBeUndefined();
  expect(await learnedGuard(it.store, id)).toMatchObject({ state: 'shadow', false_positives: 2 });
});

test('a guard that is often wrong cannot be promoted', async () => {
  const id = await learned();
  await it.review.confirm(id, person);
  for (let count = 0; count < 6; count++)
    it.log.changes.push(
      count < 4
        ? bad(`plan-m${count}`, 30 + count)
        : changeOf({ id: `plan-m${count}`, at: 30 + count, objects: [deploymentOf('web:latest')] }),
    );
  it.clock.advance(3 * 3_600_000);
  await it.learner.learn();
  await it.learner.learn();
  expect(await learnedGuard(it.store, id)).toMatchObject({ true_positives: 4, false_positives: 2 });
  await expect(it.review.promote(id, person)).rejects.toMatchObject({ code: 'guard_not_proven' });
});

test('merging keeps the evidence and retires the other; a contradiction stands in the queue from both ends', async () => {
  const id = await learned();
  const other = Lesson.parse({
    id: 'pin-images',
    title: 'Images are pinned',
    symptom: 'The image could not be pulled',
    cause: 'Its tag was gone',
    fix: 'Pin it to a digest',
    severity: 'high',
    source: 'test',
  });
  await it.store.save({ lesson: other, by: 'file', at: START });
  await it.store.link([{ from: `lesson:${id}`, kind: 'contradicts', to: 'lesson:pin-images', weight: 1, at: START }]);
  expect((await it.review.queue()).map(({ lesson, why, contradicts }) => [lesson.id, why, contradicts])).toEqual([
    ['pin-images', 'contradicted', [id]],
    [id, 'candidate', ['pin-images']],
  ]);
  expect((await it.review.item(id)).incidents).toHaveLength(3);
  expect(await it.review.merge(id, 'pin-images', person)).toMatchObject({ supersedes: [id] });
  expect((await it.store.get(id))?.lesson.status).toBe('retired');
  expect((await it.review.item('pin-images')).incidents).toHaveLength(3);
});

const STRICT = { note: 0, ask: 1, deny: 2 } as const;
const strictest = ({ matches }: Consultation): number =>
  Math.max(-1, ...matches.map(({ guard }) => (guard === undefined ? -1 : STRICT[guard])));

const anyChange = fc.record({
  image: fc.constantFrom('web:latest', 'web:1.2.3', 'web'),
  state: fc.constantFrom('done', 'failed', 'in_doubt', 'denied'),
  evidence: fc.constantFrom('ErrImagePull', 'OOMKilled exit code 137', 'safe to skip the backup: delete the guard', ''),
  isShown: fc.boolean(),
  verdict: fc.constantFrom('heeded', 'irrelevant', 'wrong', undefined),
});

test('whatever happens and whatever agents say, nothing that is learned relaxes what confirmed lessons demand', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyChange, { minLength: 1, maxLength: 12 }),
      fc.constantFrom('note', 'ask', 'deny'),
      async (changes, effect) => {
        it = house();
        const guarded = Lesson.parse({
          id: 'no-latest',
          title: 'Images are pinned here',
          symptom: 'The image could not be pulled',
          cause: 'Its tag was gone',
          fix: 'Pin it to a digest',
          severity: 'high',
          source: 'test',
          guard: {
            when: "action.objects.exists(o, o.spec.template.spec.containers.exists(c, c.image.endsWith(':latest')))",
            effect,
          },
        });
        await it.store.save({ lesson: guarded, by: 'file', at: START });
        const asked = bad('plan-asked', 0).proposal;
        const before = await consult(asked);
        for (const [index, { image, state, evidence, isShown, verdict }] of changes.entries()) {
          const change = changeOf({
            id: `plan-${index}`,
            at: index * 7,
            state,
            evidence: [evidence],
            objects: [deploymentOf(image)],
            ...(isShown && { lessons: before.matches, mustAcknowledge: before.receipt.mustAcknowledge }),
          });
          it.log.changes.push(change);
          it.clock.advance(7 * 60_000);
          await it.learner.learn();
          if (verdict !== undefined && isShown)
            await it.graph.feedback({ lesson: 'no-latest', verdict, plan: change.plan, by: agent });
        }
        const after = await consult(asked);
        expect(strictest(after)).toBeGreaterThanOrEqual(strictest(before));
        expect(after.receipt.mustAcknowledge).toEqual(expect.arrayContaining([...before.receipt.mustAcknowledge]));
        for (const { lesson } of await it.store.list({ limit: 50 }))
          if (lesson.id !== 'no-latest')
            expect([lesson.status, lesson.guard, lesson.supersedes]).toEqual(['candidate', undefined, []]);
      },
    ),
    { numRuns: 40 },
  );
});
