import { expect, test } from 'vitest';
import type { ManualClock } from '../../core/clock.ts';
import type { Plan } from '../../core/plan.ts';
import { agent, callOf, type House, lessonMatch, openHouse, otherAgent, person, seedHomelab } from '../testing.ts';

function open(options: Parameters<typeof openHouse>[0] = {}): House {
  const house = openHouse(options);
  seedHomelab(house.cluster);
  return house;
}

const propose = (house: House, ctx = callOf(), replicas = 3): Promise<Plan> =>
  house.gate.propose(
    { action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas }, reason: 'load' },
    ctx,
  );

const apply = (house: House, planId: string, ctx = callOf(), acknowledge: readonly string[] = []) =>
  house.gate.apply({ planId, acknowledge }, ctx);

const EFFECT = 'patch kubernetes:apps/Deployment/media/web';

const eventsOf = async (house: House, plan: string): Promise<string[]> =>
  (await house.journal.list({ limit: 50, plan })).map(({ event }) => event).reverse();

/** Every way in which a plan is not carried out before its intent. */
const REFUSALS: readonly (readonly [
  string,
  string,
  (house: House) => Promise<{ planId: string; ctx?: ReturnType<typeof callOf> }>,
])[] = [
  ['plan_denied', 'a denied plan', async (house) => ({ planId: (await propose(house, callOf(), 0)).id })],
  [
    'plan_expired',
    'an expired plan',
    async (house) => {
      const { id } = await propose(house);
      (house.clock as ManualClock).advance(15 * 60_000);
      return { planId: id };
    },
  ],
  [
    'plan_expired',
    'a clock that went back',
    async (house) => {
      const { id } = await propose(house);
      (house.clock as ManualClock).advance(-60_000);
      return { planId: id };
    },
  ],
  [
    'denied_scope',
    'a principal that may plan only',
    async (house) => ({ planId: (await propose(house)).id, ctx: callOf({ ...agent, scopes: ['read', 'plan'] }) }),
  ],
  [
    'denied_scope',
    'a principal whose namespaces were taken away',
    async (house) => ({ planId: (await propose(house)).id, ctx: callOf({ ...agent, namespaces: ['games'] }) }),
  ],
  [
    'frozen',
    'a freeze',
    async (house) => {
      const { id } = await propose(house);
      await house.gate.freeze(person, 'stop');
      return { planId: id };
    },
  ],
  [
    'lessons_not_acknowledged',
    'a lesson that was not acknowledged',
    async (house) => {
      house.lessons.matches = [lessonMatch('read-me')];
      house.lessons.mustAcknowledge = ['read-me'];
      return { planId: (await propose(house)).id };
    },
  ],
  [
    'stale_plan',
    'a certain lesson that was learned since',
    async (house) => {
      const { id } = await propose(house);
      house.lessons.rev = 2;
      house.lessons.matches = [lessonMatch('new-one')];
      return { planId: id };
    },
  ],
  [
    'lessons_unavailable',
    'lessons that changed and cannot be asked',
    async (house) => {
      const { id } = await propose(house);
      house.lessons.rev = 2;
      house.lessons.isDown = true;
      return { planId: id };
    },
  ],
  [
    'approval_required',
    'a client that cannot ask',
    async (house) => ({ planId: (await propose(house, callOf(), 6)).id }),
  ],
  [
    'approval_refused',
    'a person who says no',
    async (house) => ({ planId: (await propose(house, callOf(), 6)).id, ctx: callOf(agent, { answer: 'refused' }) }),
  ],
  [
    'approval_cancelled',
    'a person who closes the question',
    async (house) => ({ planId: (await propose(house, callOf(), 6)).id, ctx: callOf(agent, { answer: 'cancelled' }) }),
  ],
  [
    'approval_required',
    'a session that has read outside text since',
    async (house) => ({ planId: (await propose(house)).id, ctx: callOf(agent, { taint: ['log'] }) }),
  ],
  [
    'approval_refused',
    'a plan that a person has refused',
    async (house) => {
      const { id } = await propose(house, callOf(), 6);
      await house.gate.refuse(id, person, 'not now');
      return { planId: id, ctx: callOf(agent, { answer: 'accepted' }) };
    },
  ],
  [
    'cancelled',
    'a call that was cancelled before the intent',
    async (house) => ({ planId: (await propose(house)).id, ctx: callOf(agent, { signal: AbortSignal.abort() }) }),
  ],
  [
    'target_busy',
    'a target that another plan holds',
    async (house) => {
      const { id } = await propose(house);
      const other = await propose(house);
      house.cluster.onWrite = () => new Promise((resolve) => setTimeout(resolve, 100));
      void apply(house, other.id);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { planId: id };
    },
  ],
];

test.each(REFUSALS)('%s: %s runs nothing', async (code, _, prepare) => {
  const house = open();
  const { planId, ctx } = await prepare(house);
  const before = house.cluster.effects.length;
  expect(await apply(house, planId, ctx)).toMatchObject({ kind: 'not_executed', code });
  expect(house.cluster.effects.slice(before).filter((effect) => effect !== EFFECT)).toEqual([]);
  expect((await eventsOf(house, planId)).filter((event) => event === 'intent')).toEqual([]);
});

test('observe never applies', async () => {
  const house = open({ policy: { mode: 'observe' } });
  expect(await apply(house, (await propose(house)).id)).toMatchObject({ kind: 'not_executed', code: 'mode_observe' });
});

test('another policy sends the plan back', async () => {
  const dir = open();
  const plan = await propose(dir);
  const { createGate } = await import('../gate.ts');
  const stricter = createGate({ ...dir.deps, policy: { ...dir.deps.policy, mode: 'assist' } });
  expect(await stricter.apply({ planId: plan.id, acknowledge: [] }, callOf())).toMatchObject({
    code: 'policy_changed',
  });
});

test('somebody else’s plan is an unknown plan, to apply and to show', async () => {
  const house = open();
  const { id } = await propose(house);
  await expect(apply(house, id, callOf(otherAgent))).rejects.toMatchObject({ kind: 'not_found', code: 'unknown_plan' });
  await expect(house.gate.show(id, callOf(otherAgent).session)).rejects.toMatchObject({ code: 'unknown_plan' });
  await expect(apply(house, 'plan-none')).rejects.toMatchObject({ code: 'unknown_plan' });
  expect(await house.gate.show(id, callOf(person).session)).toMatchObject({ state: 'proposed' });
});
