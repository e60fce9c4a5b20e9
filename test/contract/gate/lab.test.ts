import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checks } from '../../../src/checks/catalogue.ts';
import { compare } from '../../../src/checks/compare.ts';
import { runChecks } from '../../../src/checks/run.ts';
import { createKubernetesClient } from '../../../src/clients/kubernetes/client.ts';
import type { KubeWrite } from '../../../src/clients/kubernetes/contract.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { randomId } from '../../../src/core/ids.ts';
import type { Permit } from '../../../src/core/permit.ts';
import { createGate } from '../../../src/guard/gate.ts';
import { processInstance } from '../../../src/guard/instance.ts';
import { openJournal } from '../../../src/guard/journal/open.ts';
import { createPermits } from '../../../src/guard/permits.ts';
import { DEFAULT_POLICY } from '../../../src/guard/policy.ts';
import { agent, callOf, person } from '../../../src/guard/testing.ts';
import { startLab } from '../../../src/lab/lab.ts';
import { InMemoryLessonStore } from '../../../src/memory/in-memory.ts';
import { loadLessons } from '../../../src/memory/lesson-file.ts';
import { createLessons } from '../../../src/memory/lessons.ts';
import { toolsets } from '../../../src/tools/toolsets.ts';
import { createWorldReader } from '../../../src/world/create-reader.ts';

/** Nothing of ours is replaced here: the gate with the real actions, checks, lessons and client, on the lab's API. */
const clock = systemClock;
const lab = await startLab({ scenario: 'seed-1' });
const { journal } = openJournal({ path: ':memory:', clock });
const permits = createPermits({ journal, clock });
const kubernetes = createKubernetesClient({
  kubeconfig: { text: lab.kubernetes.kubeconfig },
  checkPermit: permits.check,
  clock,
});
const store = new InMemoryLessonStore();
for (const lesson of (await loadLessons(join(import.meta.dirname, '../../../lessons'))).lessons)
  await store.save({ lesson, by: 'file', at: clock.now().toISOString() });
const lessons = createLessons({ store, clock, newId: randomId });
const gate = createGate({
  actions: toolsets
    .flatMap(({ actions }) => actions)
    .filter(({ needs }) => needs.every((need: string) => need === 'kubernetes')),
  readClients: { kubernetes },
  writeClients: { kubernetes },
  world: createWorldReader({ kubernetes, clock }),
  judge: { checks, run: (world, now) => runChecks(checks, world, { now }), compare },
  lessons,
  journal,
  permits,
  policy: { ...DEFAULT_POLICY, mode: 'operate' },
  clock,
  newId: randomId,
  instance: processInstance(randomId),
  identity: () => kubernetes.identity(),
});
const signal = AbortSignal.timeout(60_000);

afterAll(async () => {
  kubernetes.close();
  await lab.close();
});

const serviceOf = (selector: string): string => `
apiVersion: v1
kind: Service
metadata: { name: board, namespace: cardboard }
spec: { selector: { ${selector} }, ports: [{ port: 80, targetPort: 8080 }] }`;

const apply = (manifest: string) =>
  gate.propose({ action: 'cluster_apply', input: { manifest }, reason: 'a shorter name' }, callOf());

const run = async (planId: string, acknowledge: readonly string[]) => gate.apply({ planId, acknowledge }, callOf());

const webOf = async () => {
  const kind = await kubernetes.kind('Deployment', signal);
  return kubernetes.get({ kind, namespace: 'cardboard', name: 'cardboard-web' }, signal);
};

test('the trap is denied with its lesson, twice, and the counter says so', async () => {
  for (const session of ['one', 'two']) {
    const manifest = serviceOf('app.kubernetes.io/name: cardboard');
    const plan = await gate.propose(
      { action: 'cluster_apply', input: { manifest }, reason: '' },
      callOf(agent, { session }),
    );
    expect(plan.decision).toMatchObject({ kind: 'deny', code: 'finding_introduced' });
    expect(plan.introduced.map(({ check }) => check)).toContain('K01');
    expect(await run(plan.id, [])).toMatchObject({ kind: 'not_executed', code: 'plan_denied' });
  }
  expect((await lessons.get('k8s-service-selector-overmatch'))?.counters.prevented).toBe(2);
});

test('the right one is allowed, carried out and seen', async () => {
  const plan = await apply(serviceOf('app.kubernetes.io/name: cardboard, app.kubernetes.io/component: web'));
  expect(plan.introduced.filter(({ check }) => check === 'K01')).toEqual([]);
  expect(plan.decision.kind).not.toBe('deny');
  expect(
    await gate.apply(
      { planId: plan.id, acknowledge: plan.receipt.mustAcknowledge },
      callOf(agent, { answer: 'accepted' }),
    ),
  ).toMatchObject({
    kind: 'ran',
    outcome: { state: 'done', verified: 'yes' },
  });
  const kind = await kubernetes.kind('Service', signal);
  expect(await kubernetes.get({ kind, namespace: 'cardboard', name: 'board' }, signal)).toBeDefined();
});

test('what moved since makes the plan stale', async () => {
  const scale = (replicas: number) =>
    gate.propose(
      { action: 'cluster_scale', input: { namespace: 'cardboard', name: 'cardboard-web', replicas }, reason: '' },
      callOf(),
    );
  const [first, second] = [await scale(2), await scale(3)];
  expect(await run(first.id, first.receipt.mustAcknowledge)).toMatchObject({ kind: 'ran', outcome: { state: 'done' } });
  expect(await run(second.id, second.receipt.mustAcknowledge)).toMatchObject({
    kind: 'not_executed',
    code: 'stale_plan',
  });
  expect((await webOf())['spec']).toMatchObject({ replicas: 2 });
});

test('the client writes nothing without a permit that the guard made for it', async () => {
  const kind = await kubernetes.kind('Deployment', signal);
  const ref = { kind, namespace: 'cardboard', name: 'cardboard-web' };
  const write: KubeWrite = { verb: 'patch', ref, type: 'merge', body: { spec: { replicas: 9 } } };
  const target = {
    system: 'kubernetes' as const,
    group: 'apps',
    kind: 'Deployment',
    namespace: 'cardboard',
    name: 'cardboard-web',
  };
  const forged = { planId: 'plan-1', touches: [{ verb: 'patch', target }], notAfter: new Date(+clock.now() + 60_000) };
  await expect(kubernetes.write(write, forged as unknown as Permit, signal)).rejects.toMatchObject({
    code: 'permit_forged',
  });
  await expect(kubernetes.write(write, undefined as unknown as Permit, signal)).rejects.toMatchObject({
    code: 'permit_missing',
  });
  const permit = permits.mint({
    planId: 'p',
    touches: [{ verb: 'delete', target }],
    notAfter: new Date(+clock.now() + 60_000),
    leases: [],
  });
  await expect(kubernetes.write(write, permit, signal)).rejects.toMatchObject({ code: 'permit_out_of_scope' });
  expect((await webOf())['spec']).not.toMatchObject({ replicas: 9 });
});

test('a drain of a control-plane node waits for another principal, and is denied while another one is out of service', async () => {
  const plan = (node: string) =>
    gate.propose({ action: 'cluster_drain', input: { node, delete_unmanaged: true }, reason: '' }, callOf());
  expect((await plan('k3s-server-1')).decision).toMatchObject({
    kind: 'ask',
    approval: 'other_principal',
    code: 'control_plane',
  });
  const cordon = await gate.propose(
    { action: 'cluster_cordon', input: { node: 'k3s-server-2' }, reason: '' },
    callOf(),
  );
  expect(await run(cordon.id, cordon.receipt.mustAcknowledge)).toMatchObject({ code: 'approval_required' });
  await gate.approve(cordon.id, person, 'cli');
  expect(await run(cordon.id, cordon.receipt.mustAcknowledge)).toMatchObject({
    kind: 'ran',
    outcome: { state: 'done' },
  });
  expect((await plan('k3s-server-1')).decision).toMatchObject({ kind: 'deny', code: 'quorum' });
  expect(await journal.verify()).toMatchObject({ ok: true });
});
