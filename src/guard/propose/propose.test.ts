import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineCheck } from '../../checks/define.ts';
import { hashOf } from '../../core/canonical.ts';
import { NOT_OPENED_MS } from '../../core/consult.ts';
import type { StewardError } from '../../core/errors.ts';
import type { PartName } from '../../world/parts.ts';
import { planHash } from '../journal/plan-state.ts';
import { agent, callOf, type House, lessonMatch, openHouse, person, seedHomelab } from '../testing.ts';
import { DEPLOYMENT_SPEC } from '../testing-actions.ts';

const SCALE = { namespace: 'media', name: 'web', replicas: 3 };

function open(options: Parameters<typeof openHouse>[0] = {}): House {
  const house = openHouse(options);
  seedHomelab(house.cluster);
  return house;
}

const scaleTo = (house: House, replicas: number, ctx = callOf()) =>
  house.gate.propose({ action: 'fake_scale', input: { ...SCALE, replicas }, reason: 'more load' }, ctx);

const errorOf = async (work: Promise<unknown>): Promise<StewardError> =>
  work.then(
    () => expect.unreachable('it did not throw'),
    (error: unknown) => error as StewardError,
  );

test('a plan changes nothing, holds what it found, and is covered by its hash', async () => {
  const house = open();
  const plan = await scaleTo(house, 3);
  expect(house.cluster.effects).toEqual([]);
  expect(plan.decision).toMatchObject({ kind: 'allow' });
  expect(plan.input).toEqual(SCALE);
  expect(plan.inputHash).toBe(hashOf(SCALE));
  expect(plan.hash).toBe(planHash(plan));
  expect(plan.preconditions).toEqual([expect.objectContaining({ uid: 'uid-Deployment media/web', version: '1' })]);
  expect(Date.parse(plan.expiresAt) - Date.parse(plan.createdAt)).toBe(15 * 60_000);
  expect(await house.gate.show(plan.id, callOf().session)).toMatchObject({ state: 'proposed', approvals: [] });
  expect(await house.journal.list({ limit: 5 })).toMatchObject([{ event: 'plan_proposed', plan: plan.id }]);
});

test.each([
  ['unknown arguments', { ...SCALE, force: true }],
  ['a wrong type', { ...SCALE, replicas: 'many' }],
  ['nothing', undefined],
])('%s: invalid_input with signature and issues', async (_, input) => {
  const house = open();
  const error = await errorOf(house.gate.propose({ action: 'fake_scale', input, reason: '' }, callOf()));
  expect(error).toMatchObject({ kind: 'input', code: 'invalid_input' });
  expect(error.hint).toContain('{namespace, name, replicas}');
  expect(await house.journal.list({ limit: 1 })).toMatchObject([{ event: 'plan_rejected' }]);
});

test('an unknown action is answered with near names', async () => {
  const error = await errorOf(open().gate.propose({ action: 'fake_scal', input: {}, reason: '' }, callOf()));
  expect(error.code).toBe('unknown_action');
  expect(error.hint).toContain('fake_scale');
});

test.each([
  ['without the scope plan', { ...agent, scopes: ['read'] as const }],
  ['in another namespace', { ...agent, namespaces: ['games', 'media-*'] }],
])('%s: denied_scope before anything outside is asked', async (_, principal) => {
  const house = open();
  house.cluster.onGet = () => expect.unreachable('the cluster was asked');
  expect(await errorOf(scaleTo(house, 3, callOf(principal)))).toMatchObject({ kind: 'denied', code: 'denied_scope' });
});

test('what the plan writes beyond its targets must be in scope too', async () => {
  const house = open();
  house.cluster.seed({
    kind: 'Pod',
    metadata: { name: 'x', namespace: 'games' },
    spec: { nodeName: 'worker-1', containers: [] },
  });
  const call = { action: 'fake_drain', input: { node: 'worker-1' }, reason: '' };
  expect(await errorOf(house.gate.propose(call, callOf({ ...agent, namespaces: ['media'] })))).toMatchObject({
    code: 'denied_scope',
  });
});

test('a freeze stops plans', async () => {
  const house = open();
  await house.gate.freeze(person, 'holidays');
  expect(await errorOf(scaleTo(house, 3))).toMatchObject({ kind: 'denied', code: 'frozen' });
  await house.gate.thaw(person);
  expect(await scaleTo(house, 3)).toBeDefined();
});

test('a finding that the change would introduce denies or asks as its check says; what was there before does not', async () => {
  const house = open();
  expect(await scaleTo(house, 0)).toMatchObject({
    decision: { kind: 'deny', code: 'finding_introduced' },
    introduced: [{ check: 'T01', lessons: ['lesson-t01'] }],
  });
  expect((await scaleTo(house, 6)).decision).toMatchObject({
    kind: 'ask',
    approval: 'same_client',
    code: 'finding_introduced',
  });
  expect((await scaleTo(house, 2)).decision).toMatchObject({ kind: 'allow' });
  house.cluster.seed({
    kind: 'Deployment',
    metadata: { namespace: 'media', name: 'old' },
    spec: { ...DEPLOYMENT_SPEC, replicas: 0 },
  });
  expect(await scaleTo(house, 3)).toMatchObject({ decision: { kind: 'allow' }, introduced: [] });
});

test('the lessons hear what the checks found, and a denied plan counts as prevented once per plan', async () => {
  const house = open();
  await scaleTo(house, 0);
  expect(house.lessons.asked.at(-1)).toMatchObject({ introducedChecks: ['T01'], introducedLessons: ['lesson-t01'] });
  expect(house.lessons.counted.get('prevented lesson-t01')).toBe(1);
  await scaleTo(house, 0, callOf(agent, { session: 'another' }));
  expect(house.lessons.counted.get('prevented lesson-t01')).toBe(2);
});

test('a session is told which lessons it has seen', async () => {
  const house = open();
  house.lessons.matches = [lessonMatch('seen-one')];
  await scaleTo(house, 3);
  await scaleTo(house, 3);
  await scaleTo(house, 3, callOf(agent, { session: 'another' }));
  expect(house.lessons.asked.map(({ seen }) => seen)).toEqual([[], ['seen-one'], []]);
});

test.each([
  ['deny', { kind: 'deny', code: 'lesson_denies' }],
  ['ask', { kind: 'ask', code: 'lesson_asks' }],
  ['note', { kind: 'allow' }],
] as const)('a lesson whose guard says %s', async (guard, decision) => {
  const house = open();
  house.lessons.matches = [lessonMatch('one', { guard })];
  expect((await scaleTo(house, 3)).decision).toMatchObject(decision);
  expect(house.lessons.counted.get('prevented one')).toBe(guard === 'deny' ? 1 : undefined);
});

test('without a valid receipt there is no plan', async () => {
  const house = open();
  house.lessons.isDown = true;
  expect(await errorOf(scaleTo(house, 3))).toMatchObject({ kind: 'denied', code: 'lessons_unavailable' });
  house.lessons.isDown = false;
  house.lessons.isForging = true;
  expect(await errorOf(scaleTo(house, 3))).toMatchObject({ kind: 'denied', code: 'receipt_invalid' });
});

test('lessons older than a day deny what is not without risk', async () => {
  const house = open();
  house.lessons.ageMs = 25 * 3_600_000;
  expect((await scaleTo(house, 3)).decision.kind).toBe('allow');
  expect((await scaleTo(house, 3, callOf(agent, { taint: ['log'] }))).decision).toMatchObject({
    code: 'lessons_too_old',
  });
});

test('when the store of lessons could not be opened nothing may be changed, however small', async () => {
  const house = open();
  house.lessons.ageMs = NOT_OPENED_MS;
  expect((await scaleTo(house, 3)).decision).toMatchObject({ kind: 'deny', code: 'lessons_not_opened' });
});

test('a check that cannot be decided where the change reaches asks', async () => {
  const house = open();
  house.cluster.unread.set('deployments', 'forbidden');
  expect((await scaleTo(house, 3)).decision).toMatchObject({ kind: 'ask', code: 'check_unknown' });
});

test('a check of changes of another system that is away does not ask; where the change reaches it, it does', async () => {
  const check = (needs: readonly PartName[]) =>
    defineCheck({
      id: 'T09',
      title: 'No change breaks a machine',
      severity: 'critical',
      why: 'It stands for a rule about another system.',
      needs,
      params: z.strictObject({}),
      introduced: 'deny',
      evaluate: () => [],
    });
  const decisionWith = async (needs: readonly PartName[]) => {
    const house = open({ checks: [check(needs)] });
    house.cluster.unread.set('pods', 'no route to host');
    return (await scaleTo(house, 3)).decision;
  };
  expect(await decisionWith(['change', 'pods'])).toMatchObject({ kind: 'allow' });
  expect(await decisionWith(['change', 'pods', 'deployments'])).toMatchObject({ kind: 'ask', code: 'check_unknown' });
});

test('a world part that the change would make unreadable asks', async () => {
  const house = open();
  house.cluster.seed({ kind: 'Deployment', metadata: { namespace: 'media', name: 'web' }, spec: { replicas: 1 } });
  const action = house.deps.actions.find(({ name }) => name === 'fake_scale');
  if (action === undefined) return expect.unreachable();
  const broken = {
    ...action,
    plan: async (...args: Parameters<typeof action.plan>) => ({
      ...(await action.plan(...args)),
      effects: [{ op: 'put' as const, part: 'deployments', id: 'media/web', value: 7 }],
    }),
  };
  const other = openHouse({ actions: [broken] });
  seedHomelab(other.cluster);
  expect((await scaleTo(other, 3)).decision).toMatchObject({ kind: 'ask', code: 'check_unknown' });
});

test('what the target itself refuses is denied', async () => {
  const house = open();
  const action = house.deps.actions.find(({ name }) => name === 'fake_scale');
  if (action === undefined) return expect.unreachable();
  const refusing = {
    ...action,
    async plan(...args: Parameters<typeof action.plan>) {
      const draft = await action.plan(...args);
      const target = draft.touches[0]?.target ?? expect.unreachable();
      return { ...draft, refusals: [{ target, code: 'invalid' as const, message: 'spec.replicas: too many' }] };
    },
  };
  const other = openHouse({ actions: [refusing] });
  seedHomelab(other.cluster);
  expect((await scaleTo(other, 3)).decision).toMatchObject({ kind: 'deny', code: 'target_refused' });
  // A finding about the same object has said it already, with its lesson.
  expect((await scaleTo(other, 0)).decision).toMatchObject({ kind: 'deny', code: 'finding_introduced' });
});

test('a cancelled call and a slow system leave no plan', async () => {
  const house = open({ timing: { proposeMs: 20 } });
  house.cluster.onGet = () => new Promise((resolve) => setTimeout(resolve, 200));
  expect(await errorOf(scaleTo(house, 3))).toMatchObject({ code: 'timeout' });
  const cancelled = AbortSignal.abort();
  expect(await errorOf(scaleTo(house, 3, callOf(agent, { signal: cancelled })))).toMatchObject({ code: 'cancelled' });
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await house.journal.list({ limit: 9 })).toMatchObject([
    { event: 'plan_rejected' },
    { event: 'plan_rejected' },
  ]);
});
