import { expect, test } from 'vitest';
import type { ManualClock } from '../../core/clock.ts';
import { StewardError } from '../../core/errors.ts';
import { QUESTION_PENDING } from '../../core/gate.ts';
import type { Plan } from '../../core/plan.ts';
import { agent, callOf, type House, lessonMatch, openHouse, person, seedHomelab } from '../testing.ts';
import { DEPLOYMENT_SPEC } from '../testing-actions.ts';

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

test('an allowed plan runs once, is verified, recorded, and its kept outcome is answered again', async () => {
  const house = open();
  const plan = await propose(house);
  const first = await apply(house, plan.id);
  expect(first).toMatchObject({
    kind: 'ran',
    repeated: false,
    outcome: { state: 'done', verified: 'yes', undo: 'Scale back.' },
  });
  const again = await apply(house, plan.id);
  expect(again).toEqual({ ...first, repeated: true });
  expect(house.cluster.effects).toEqual([EFFECT]);
  expect(await eventsOf(house, plan.id)).toEqual(['plan_proposed', 'intent', 'outcome']);
  expect(house.journal.leases.of(plan.id)).toEqual([]);
  expect(await house.gate.show(plan.id, callOf().session)).toMatchObject({ state: 'done', outcome: { state: 'done' } });
});

test('the intent is in the journal before the first write, the outcome after it', async () => {
  const house = open();
  const plan = await propose(house);
  house.cluster.onWrite = async () => expect(await eventsOf(house, plan.id)).toEqual(['plan_proposed', 'intent']);
  expect(await apply(house, plan.id)).toMatchObject({ kind: 'ran' });
  expect(house.cluster.effects).toEqual([EFFECT]);
});

test('eight calls at once: one runs, all get its outcome', async () => {
  const house = open();
  const plan = await propose(house);
  house.cluster.onWrite = () => new Promise((resolve) => setTimeout(resolve, 80));
  const results = await Promise.all(Array.from({ length: 8 }, () => apply(house, plan.id)));
  expect(results.every((result) => result.kind === 'ran' && result.outcome.state === 'done')).toBe(true);
  expect(results.filter((result) => result.kind === 'ran' && !result.repeated)).toHaveLength(1);
  expect(house.cluster.effects).toEqual([EFFECT]);
});

test('acknowledged lessons are counted, and their titles are named when they are missing', async () => {
  const house = open();
  house.lessons.matches = [lessonMatch('read-me')];
  house.lessons.mustAcknowledge = ['read-me'];
  const { id } = await propose(house);
  expect(await apply(house, id)).toMatchObject({ reason: expect.stringContaining('Title of read-me') });
  expect(await apply(house, id, callOf(), ['read-me', 'made-up'])).toMatchObject({ kind: 'ran' });
  expect([...house.lessons.counted].filter(([key]) => key.startsWith('acknowledged'))).toEqual([
    ['acknowledged read-me', 1],
  ]);
});

test('lessons that changed without a new certain match do not stop a plan', async () => {
  const house = open();
  const { id } = await propose(house);
  house.lessons.rev = 2;
  house.lessons.matches = [lessonMatch('maybe', { strength: 'likely' })];
  expect(await apply(house, id)).toMatchObject({ kind: 'ran' });
});

test('a yes in the client counts, is journaled, and is asked once', async () => {
  const house = open();
  const { id } = await propose(house, callOf(), 6);
  const ctx = callOf(agent, { answer: 'accepted' });
  expect(await apply(house, id, ctx)).toMatchObject({ kind: 'ran' });
  expect(ctx.questions).toHaveLength(1);
  expect(ctx.questions[0]).toContain(id);
  expect(await eventsOf(house, id)).toEqual(['plan_proposed', 'approval_given', 'intent', 'outcome']);
});

test('a plan that only its session has made risky says so in the question', async () => {
  const house = open();
  const { id } = await propose(house);
  const ctx = callOf(agent, { answer: 'accepted', taint: ['log'] });
  expect(await apply(house, id, ctx)).toMatchObject({ kind: 'ran' });
  expect(ctx.questions[0]).toContain('Why you are asked: tainted');
});

test('after a no nobody is asked again, and a person elsewhere can still approve', async () => {
  const house = open();
  const { id } = await propose(house, callOf(), 6);
  const ctx = callOf(agent, { answer: 'refused' });
  const refused = await apply(house, id, ctx);
  expect(refused).toMatchObject({ code: 'approval_refused', next: expect.stringContaining(`steward approve ${id}`) });
  await apply(house, id, ctx);
  expect(ctx.questions).toHaveLength(1);
  await house.gate.approve(id, person, 'cli');
  expect(await apply(house, id, ctx)).toMatchObject({ kind: 'ran' });
});

test('a question that is answered by a later call leaves the plan as it was', async () => {
  const house = open();
  const { id } = await propose(house, callOf(), 6);
  const pending = new StewardError('Unable to go on: the answer comes later.', {
    kind: 'cancelled',
    code: QUESTION_PENDING,
  });
  const ctx = { ...callOf(), ask: () => Promise.reject(pending) };
  await expect(apply(house, id, ctx)).rejects.toMatchObject({ code: QUESTION_PENDING });
  expect(await eventsOf(house, id)).toEqual(['plan_proposed']);
  expect(await apply(house, id, callOf(agent, { answer: 'accepted' }))).toMatchObject({ kind: 'ran' });
});

test('an unanswered question is a no', async () => {
  const house = open({ timing: { askMs: 20 } });
  const { id } = await propose(house, callOf(), 6);
  const ctx = { ...callOf(), ask: () => new Promise<never>(() => undefined) };
  expect(await apply(house, id, ctx)).toMatchObject({ kind: 'not_executed', code: 'approval_timeout' });
});

test('while a person thinks, the plan can expire and changes can be frozen', async () => {
  const late = open();
  const { id } = await propose(late, callOf(), 6);
  const slowly = {
    ...callOf(),
    ask: async () => {
      (late.clock as ManualClock).advance(16 * 60_000);
      return 'accepted' as const;
    },
  };
  expect(await apply(late, id, slowly)).toMatchObject({ kind: 'not_executed', code: 'plan_expired' });
  const cold = open();
  const plan = await propose(cold, callOf(), 6);
  const freezing = {
    ...callOf(),
    ask: async () => {
      await cold.gate.freeze(person, 'stop');
      return 'accepted' as const;
    },
  };
  expect(await apply(cold, plan.id, freezing)).toMatchObject({ kind: 'not_executed', code: 'frozen' });
  expect([...late.cluster.effects, ...cold.cluster.effects]).toEqual([]);
});

test('another principal: no question in the client, no approval by the same one, a yes from the terminal', async () => {
  const house = open();
  house.cluster.seed({ kind: 'Secret', metadata: { namespace: 'media', name: 'token' } });
  const plan = await house.gate.propose(
    { action: 'fake_delete', input: { kind: 'Secret', namespace: 'media', name: 'token' }, reason: 'old' },
    callOf(),
  );
  const ctx = callOf(agent, { answer: 'accepted' });
  expect(await apply(house, plan.id, ctx)).toMatchObject({ kind: 'not_executed', code: 'approval_required' });
  expect(ctx.questions).toEqual([]);
  await house.gate.approve(plan.id, person, 'cli');
  expect(await apply(house, plan.id, ctx)).toMatchObject({ kind: 'ran', outcome: { state: 'done' } });
});

test.each([
  [
    'changed',
    (house: House) =>
      house.cluster.seed({ kind: 'Deployment', metadata: { namespace: 'media', name: 'web' }, spec: DEPLOYMENT_SPEC }),
  ],
  ['gone', (house: House) => house.cluster.remove('Deployment', 'media/web')],
  [
    'made anew',
    (house: House) =>
      house.cluster.seed({
        kind: 'Deployment',
        metadata: { namespace: 'media', name: 'web', uid: 'other' },
        spec: DEPLOYMENT_SPEC,
      }),
  ],
])('a target that is %s makes the plan stale, for good', async (_, move) => {
  const house = open();
  const { id } = await propose(house);
  move(house);
  const first = await apply(house, id);
  expect(first).toMatchObject({
    kind: 'not_executed',
    code: 'stale_plan',
    reason: expect.stringContaining('Deployment media/web'),
  });
  expect(await apply(house, id)).toEqual(first);
  expect(house.cluster.effects).toEqual([]);
  expect(await eventsOf(house, id)).toEqual(['plan_proposed', 'intent', 'not_executed']);
  expect(house.journal.leases.of(id)).toEqual([]);
});

test('what must not exist yet and does, what cannot be read, and another cluster', async () => {
  const house = open();
  const input = { namespace: 'media', name: 'new', replicas: 1 };
  const create = () => house.gate.propose({ action: 'fake_create', input, reason: '' }, callOf());
  const [exists, unreadable, elsewhere] = [await create(), await create(), await create()];
  house.cluster.seed({ kind: 'Deployment', metadata: { namespace: 'media', name: 'new' }, spec: DEPLOYMENT_SPEC });
  expect(await apply(house, exists.id)).toMatchObject({ code: 'stale_plan' });
  house.cluster.onGet = () => {
    throw new StewardError('Unable to reach the cluster.', { kind: 'target', code: 'kubernetes_unreachable' });
  };
  expect(await apply(house, unreadable.id)).toMatchObject({ code: 'kubernetes_unreachable' });
  house.cluster.name = 'cluster-b';
  expect(await apply(house, elsewhere.id)).toMatchObject({ code: 'identity_changed' });
  expect(house.cluster.effects).toEqual([]);
});

test('success means observed: a backend that lies is a failure, one that cannot be seen is in doubt', async () => {
  const lying = open();
  lying.cluster.isLying = true;
  expect(await apply(lying, (await propose(lying)).id)).toMatchObject({
    kind: 'ran',
    outcome: { state: 'failed', verified: 'no' },
  });
  const blind = open();
  const { id } = await propose(blind);
  blind.cluster.onWrite = () => {
    blind.cluster.onGet = () => {
      throw new Error('gone');
    };
  };
  expect(await apply(blind, id)).toMatchObject({ kind: 'ran', outcome: { state: 'in_doubt', verified: 'unknown' } });
});

test('a write whose answer was lost is done when it is seen to be done', async () => {
  const house = open();
  const { id } = await propose(house);
  const [action] = house.deps.actions;
  if (action === undefined) return expect.unreachable();
  const { createGate } = await import('../gate.ts');
  const losing = {
    ...action,
    run: async (...args: Parameters<typeof action.run>) => {
      await action.run(...args);
      throw new StewardError('Unable to hear.', { kind: 'timeout', code: 'kubernetes_timeout' });
    },
  };
  const gate = createGate({ ...house.deps, actions: [losing] });
  expect(await gate.apply({ planId: id, acknowledge: [] }, callOf())).toMatchObject({
    outcome: { state: 'done', error: { code: 'kubernetes_timeout' } },
  });
});

test('cancelled in the middle of a drain: the write under way ends, no further one starts, all of it is recorded', async () => {
  const house = open();
  for (const name of ['a', 'b', 'c'])
    house.cluster.seed({
      kind: 'Pod',
      metadata: { namespace: 'media', name },
      spec: { nodeName: 'worker-1', containers: [] },
    });
  const plan = await house.gate.propose({ action: 'fake_drain', input: { node: 'worker-1' }, reason: '' }, callOf());
  const stop = new AbortController();
  let writes = 0;
  house.cluster.onWrite = () => {
    if (++writes === 2) stop.abort();
  };
  const result = await apply(house, plan.id, callOf(agent, { answer: 'accepted', signal: stop.signal }));
  expect(result).toMatchObject({ kind: 'ran', outcome: { state: 'failed', error: { code: 'permit_expired' } } });
  expect(house.cluster.effects).toHaveLength(2);
  expect(await apply(house, plan.id)).toMatchObject({ kind: 'ran', repeated: true });
});

test('a freeze in the middle stops the next write', async () => {
  const house = open();
  house.cluster.seed({
    kind: 'Pod',
    metadata: { namespace: 'media', name: 'b' },
    spec: { nodeName: 'worker-1', containers: [] },
  });
  const plan = await house.gate.propose({ action: 'fake_drain', input: { node: 'worker-1' }, reason: '' }, callOf());
  house.cluster.onWrite = () => house.gate.freeze(person, 'stop');
  expect(await apply(house, plan.id, callOf(agent, { answer: 'accepted' }))).toMatchObject({
    outcome: { error: { code: 'frozen' } },
  });
  expect(house.cluster.effects).toHaveLength(1);
});

test('an action that does not end is cut off, and its late writes find no permit', async () => {
  const house = open({ timing: { runMs: 30, graceMs: 20 } });
  const plan = await propose(house);
  const [action] = house.deps.actions;
  if (action === undefined) return expect.unreachable();
  const { createGate } = await import('../gate.ts');
  const late: Promise<unknown>[] = [];
  const slow = {
    ...action,
    run: async (...args: Parameters<typeof action.run>) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      late.push(action.run(...args).catch((error: unknown) => error));
    },
  };
  const gate = createGate({ ...house.deps, actions: [slow] });
  expect(await gate.apply({ planId: plan.id, acknowledge: [] }, callOf())).toMatchObject({
    kind: 'ran',
    outcome: { state: 'in_doubt', error: { code: 'timeout' } },
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await Promise.all(late)).toMatchObject([{ code: 'permit_expired' }]);
  expect(house.cluster.effects).toEqual([]);
});

test('an action with a longer limit of its own is given that time', async () => {
  const house = open({ timing: { runMs: 30, graceMs: 20 } });
  const plan = await propose(house);
  const [action] = house.deps.actions;
  if (action === undefined) return expect.unreachable();
  const { createGate } = await import('../gate.ts');
  const slow = {
    ...action,
    runMs: 5_000,
    run: async (...args: Parameters<typeof action.run>) => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return action.run(...args);
    },
  };
  const gate = createGate({ ...house.deps, actions: [slow] });
  expect(await gate.apply({ planId: plan.id, acknowledge: [] }, callOf())).toMatchObject({
    outcome: { state: 'done' },
  });
});

test('an action can write nothing that its plan does not hold', async () => {
  const house = open();
  const [action] = house.deps.actions;
  if (action === undefined) return expect.unreachable();
  const greedy = {
    ...action,
    run: async (input: Record<string, unknown>, ctx: Parameters<typeof action.run>[1]) =>
      action.run({ ...input, name: 'db' }, ctx),
  };
  house.cluster.seed({ kind: 'Deployment', metadata: { namespace: 'media', name: 'db' }, spec: DEPLOYMENT_SPEC });
  const { createGate } = await import('../gate.ts');
  const gate = createGate({ ...house.deps, actions: [greedy] });
  const { id } = await propose(house);
  expect(await gate.apply({ planId: id, acknowledge: [] }, callOf())).toMatchObject({
    outcome: { state: 'failed', error: { code: 'permit_out_of_scope' } },
  });
  expect(house.cluster.effects).toEqual([]);
});

test('budgets: changes per hour, per target and in total; what was called off does not count', async () => {
  const house = open({ policy: { budgets: { changesPerHour: 4, changesPerHourPerTarget: 2 } } });
  const once = async (name: string) => {
    const plan = await house.gate.propose(
      { action: 'fake_scale', input: { namespace: 'media', name, replicas: 3 }, reason: '' },
      callOf(),
    );
    return apply(house, plan.id);
  };
  for (const name of ['b', 'c', 'd'])
    house.cluster.seed({
      kind: 'Deployment',
      metadata: { namespace: 'media', name },
      spec: { ...DEPLOYMENT_SPEC, replicas: 1 },
    });
  expect([await once('web'), await once('web')]).toMatchObject([{ kind: 'ran' }, { kind: 'ran' }]);
  expect(await once('web')).toMatchObject({ kind: 'not_executed', code: 'budget_exceeded' });
  expect([await once('b'), await once('c')]).toMatchObject([{ kind: 'ran' }, { kind: 'ran' }]);
  expect(await once('d')).toMatchObject({ kind: 'not_executed', code: 'budget_exceeded' });
  (house.clock as ManualClock).advance(61 * 60_000);
  expect(await once('d')).toMatchObject({ kind: 'ran' });
});

test('two drains that were planned side by side do not take down two control-plane nodes', async () => {
  const house = open();
  const drain = (node: string) => house.gate.propose({ action: 'fake_drain', input: { node }, reason: '' }, callOf());
  const [first, second] = [await drain('cp-1'), await drain('cp-2')];
  for (const { id } of [first, second]) await house.gate.approve(id, person, 'cli');
  const both = await Promise.all([apply(house, first.id), apply(house, second.id)]);
  const late = await apply(house, both[0].kind === 'ran' ? second.id : first.id);
  expect([...both, late].filter((result) => result.kind === 'ran')).toHaveLength(1);
  expect(late).toMatchObject({ kind: 'not_executed', code: 'stale_plan' });
  expect(house.cluster.all('Node').filter(({ spec }) => spec?.['unschedulable'])).toHaveLength(1);
});

test('a plan that would do more harm now than when it was made goes back', async () => {
  const house = open();
  const { id } = await propose(house);
  house.cluster.unread.set('deployments', 'forbidden');
  expect(await apply(house, id)).toMatchObject({ kind: 'not_executed', code: 'stale_plan' });
  expect(house.cluster.effects).toEqual([]);
});

test('two drains of one failure domain do not run at once', async () => {
  const house = open();
  house.cluster.seed({
    kind: 'Node',
    metadata: { name: 'worker-2' },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
  house.cluster.seed({
    kind: 'Pod',
    metadata: { namespace: 'media', name: 'b' },
    spec: { nodeName: 'worker-2', containers: [] },
  });
  const drain = (node: string) => house.gate.propose({ action: 'fake_drain', input: { node }, reason: '' }, callOf());
  const [first, second] = [await drain('worker-1'), await drain('worker-2')];
  house.cluster.onWrite = () => new Promise((resolve) => setTimeout(resolve, 60));
  const yes = () => callOf(agent, { answer: 'accepted' });
  const running = apply(house, first.id, yes());
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await apply(house, second.id, yes())).toMatchObject({ kind: 'not_executed', code: 'target_busy' });
  expect(await running).toMatchObject({ kind: 'ran', outcome: { state: 'done' } });
  expect(await apply(house, second.id, yes())).toMatchObject({ kind: 'ran', outcome: { state: 'done' } });
});

test('a client that is gone does not break what is under way', async () => {
  const house = open();
  const { id } = await propose(house);
  const ctx = {
    ...callOf(),
    progress: () => {
      throw new Error('EPIPE');
    },
  };
  expect(await apply(house, id, ctx)).toMatchObject({ kind: 'ran', outcome: { state: 'done' } });
});
