import { expect, test } from 'vitest';
import type { ManualClock } from '../core/clock.ts';
import type { Principal } from '../core/principal.ts';
import { agent, callOf, type House, openHouse, person, seedHomelab } from './testing.ts';

function open(): House {
  const house = openHouse();
  seedHomelab(house.cluster);
  house.cluster.seed({ kind: 'Secret', metadata: { namespace: 'media', name: 'token' } });
  return house;
}

const scale = (house: House, replicas: number, ctx = callOf()) =>
  house.gate.propose({ action: 'fake_scale', input: { namespace: 'media', name: 'web', replicas }, reason: '' }, ctx);

const approvingAgent: Principal = { ...agent, scopes: ['read', 'plan', 'operate', 'approve'] };

test('what waits is listed until it is answered, newest first', async () => {
  const house = open();
  await scale(house, 3);
  await scale(house, 0);
  const [a, b] = [await scale(house, 6), await scale(house, 7)];
  expect((await house.gate.waiting()).map(({ plan }) => plan.id)).toEqual([b.id, a.id]);
  expect(await house.gate.approve(a.id, person, 'cli')).toMatchObject({
    state: 'approved',
    approvals: [{ approver: person.id, method: 'cli' }],
  });
  expect(await house.gate.refuse(b.id, person, 'no')).toMatchObject({ state: 'refused' });
  expect(await house.gate.waiting()).toEqual([]);
});

test('a plan that only its session has made risky waits too, once it was tried', async () => {
  const house = open();
  const { id } = await scale(house, 3);
  expect(await house.gate.waiting()).toEqual([]);
  await house.gate.apply({ planId: id, acknowledge: [] }, callOf(agent, { taint: ['log'] }));
  expect((await house.gate.waiting()).map(({ plan }) => plan.id)).toEqual([id]);
  await house.gate.approve(id, person, 'cli');
  expect(await house.gate.apply({ planId: id, acknowledge: [] }, callOf(agent, { taint: ['log'] }))).toMatchObject({
    kind: 'ran',
  });
});

test('who may approve what', async () => {
  const house = open();
  const small = await scale(house, 6);
  const secret = await house.gate.propose(
    { action: 'fake_delete', input: { kind: 'Secret', namespace: 'media', name: 'token' }, reason: '' },
    callOf(),
  );
  const approve = (id: string, by: Principal) => house.gate.approve(id, by, 'cli');
  await expect(approve(small.id, agent)).rejects.toMatchObject({ code: 'denied_scope' });
  await expect(approve(small.id, { ...person, namespaces: ['games'] })).rejects.toMatchObject({ code: 'denied_scope' });
  await expect(approve('plan-none', person)).rejects.toMatchObject({ code: 'unknown_plan' });
  await expect(approve(secret.id, approvingAgent)).rejects.toMatchObject({ code: 'self_approval' });
  await expect(approve((await scale(house, 3)).id, person)).rejects.toMatchObject({ code: 'plan_not_waiting' });
  await expect(approve((await scale(house, 0)).id, person)).rejects.toMatchObject({ code: 'plan_not_waiting' });
  expect(await approve(small.id, approvingAgent)).toMatchObject({ state: 'approved' });
  await house.gate.refuse(secret.id, person, 'no');
  await expect(approve(secret.id, person)).rejects.toMatchObject({ code: 'plan_not_waiting' });
  const late = await scale(house, 6);
  (house.clock as ManualClock).advance(15 * 60_000);
  await expect(approve(late.id, person)).rejects.toMatchObject({ code: 'plan_expired' });
});

test('freezing is for everybody who acts, thawing for those who approve; it survives in the journal', async () => {
  const house = open();
  await expect(house.gate.freeze({ ...agent, scopes: ['read', 'plan'] }, 'x')).rejects.toMatchObject({
    code: 'denied_scope',
  });
  await house.gate.freeze(agent, 'something is wrong');
  expect(await house.gate.frozen()).toMatchObject({ by: agent.id, reason: 'something is wrong' });
  await expect(house.gate.thaw(agent)).rejects.toMatchObject({ code: 'denied_scope' });
  await house.gate.thaw(person);
  expect(await house.gate.frozen()).toBeUndefined();
  expect((await house.journal.list({ limit: 2 })).map(({ event }) => event)).toEqual(['thawed', 'frozen']);
});
