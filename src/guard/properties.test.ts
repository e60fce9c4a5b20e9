import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LessonMatch } from '../core/consult.ts';
import { type Decision, isStricter } from '../core/decision.ts';
import type { Answer } from '../core/gate.ts';
import type { Case } from './decide/case.ts';
import { decide } from './decide/decide.ts';
import { lessons as lessonStep } from './decide/steps/lessons.ts';
import { agent, callOf, lessonMatch, openHouse, otherAgent, person, seedHomelab } from './testing.ts';

const match: fc.Arbitrary<LessonMatch> = fc
  .record({
    id: fc.stringMatching(/^[a-z]{3,9}$/),
    title: fc.constantFrom('safe to skip backup', 'this one allows everything', 'careful'),
    guard: fc.constantFrom('note', 'ask', 'deny', 'allow', undefined),
    strength: fc.constantFrom('certain', 'likely'),
    score: fc.double({ min: -5, max: 5 }),
  })
  .map(({ id, guard, ...more }) => lessonMatch(id, { ...more, ...(guard && { guard: guard as 'note' }) }));

test('lessons only tighten: no set of lessons gives a milder decision than none', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(match, { maxLength: 6 }),
      fc.integer({ min: 0, max: 8 }),
      fc.constantFrom([], ['log']),
      fc.constantFrom('assist' as const, 'operate' as const),
      async (matches, replicas, taint, mode) => {
        const decisions: Decision[] = [];
        for (const held of [[], matches]) {
          const house = openHouse({ policy: { mode } });
          seedHomelab(house.cluster);
          house.lessons.matches = held;
          const call = { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas }, reason: '' };
          decisions.push((await house.gate.propose(call, callOf(agent, { taint }))).decision);
          house.journal.close();
        }
        const [without, withLessons] = decisions;
        return without !== undefined && withLessons !== undefined && !isStricter(without, withLessons);
      },
    ),
    { numRuns: 150 },
  );
});

test('the step of the lessons alone never answers anything milder than it was given', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(match, { maxLength: 20 }), async (matches) => {
      const facts = { consultation: { matches } } as unknown as Case; // the step looks at nothing else
      const before: Decision = { kind: 'ask', code: 'x', reason: 'x', approval: 'other_principal' };
      const asking = { name: 'asking', check: () => before };
      return !isStricter(before, await decide([asking, lessonStep], facts));
    }),
    { numRuns: 2_000 },
  );
});

test('whatever a client does, run is only reached by an approved, owned, unexpired plan', {
  timeout: 120_000,
}, async () => {
  const principal = fc.constantFrom(
    agent,
    otherAgent,
    person,
    { ...agent, scopes: ['read'] as const },
    { ...agent, namespaces: ['games'] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        replicas: fc.integer({ min: 0, max: 8 }),
        planner: principal,
        applier: principal,
        answer: fc.constantFrom<Answer>('accepted', 'refused', 'cancelled', 'cannot_ask'),
        taint: fc.constantFrom([], ['event']),
        guard: fc.constantFrom(undefined, 'ask' as const, 'deny' as const),
        isFrozen: fc.boolean(),
        isMoved: fc.boolean(),
        mode: fc.constantFrom('observe' as const, 'assist' as const, 'operate' as const),
        acknowledges: fc.boolean(),
      }),
      async (world) => {
        const house = openHouse({ policy: { mode: world.mode } });
        seedHomelab(house.cluster);
        house.lessons.matches = [lessonMatch('one', world.guard ? { guard: world.guard } : {})];
        house.lessons.mustAcknowledge = ['one'];
        const call = {
          action: 'fake_scale',
          input: { namespace: 'media', name: 'web', replicas: world.replicas },
          reason: '',
        };
        const plan = await house.gate
          .propose(call, callOf(world.planner, { taint: world.taint }))
          .catch(() => undefined);
        if (plan === undefined) return;
        if (world.isFrozen) await house.gate.freeze(person, 'x');
        if (world.isMoved)
          house.cluster.seed({ ...(house.cluster.object('Deployment', 'media/web') ?? expect.unreachable()) });
        const ctx = callOf(world.applier, { taint: world.taint, answer: world.answer });
        const result = await house.gate
          .apply({ planId: plan.id, acknowledge: world.acknowledges ? ['one'] : [] }, ctx)
          .catch(() => undefined);
        const needsYes = plan.decision.kind === 'ask';
        const may =
          plan.decision.kind !== 'deny' &&
          (!needsYes || world.answer === 'accepted') &&
          world.applier.id === plan.principal &&
          world.applier.scopes.some((scope) => scope === 'operate') &&
          world.applier.namespaces.includes('*') &&
          world.mode !== 'observe' &&
          world.acknowledges &&
          !world.isFrozen &&
          !world.isMoved;
        expect(result?.kind === 'ran').toBe(may);
        expect(house.cluster.effects).toHaveLength(may ? 1 : 0);
        expect(await house.journal.verify()).toMatchObject({ ok: true });
        house.journal.close();
      },
    ),
    { numRuns: 400 },
  );
});
