import { expect, test } from 'vitest';
import { agent, callOf, type House, nodeOf, openHouse, seedHomelab } from '../testing.ts';
import type { Case } from './case.ts';
import { DECIDE_STEPS, decide } from './decide.ts';

function open(options: Parameters<typeof openHouse>[0] = {}): House {
  const house = openHouse(options);
  seedHomelab(house.cluster);
  return house;
}

const decisionOf = async (house: House, action: string, input: object, ctx = callOf()) =>
  (await house.gate.propose({ action, input, reason: 'test' }, ctx)).decision;

const SCALE = { namespace: 'media', name: 'web', replicas: 3 };
const ELSEWHERE = { kind: 'ask', approval: 'other_principal' };
const HERE = { kind: 'ask', approval: 'same_client' };

test('no steps deny, and a step that throws denies', async () => {
  // Neither looks at the case.
  const nothing = {} as Case;
  expect(await decide([], nothing)).toMatchObject({ kind: 'deny', code: 'no_steps' });
  const broken = {
    name: 'broken',
    check: () => {
      throw new Error('boom');
    },
  };
  expect(await decide([broken], nothing)).toMatchObject({ kind: 'deny', code: 'step_failed' });
  expect(await decide(DECIDE_STEPS, nothing)).toMatchObject({ kind: 'deny', code: 'step_failed' });
});

test('the modes: operate lets a small clean change pass, assist asks, observe still plans', async () => {
  expect(await decisionOf(open(), 'fake_scale', SCALE)).toMatchObject({ kind: 'allow' });
  expect(await decisionOf(open({ policy: { mode: 'assist' } }), 'fake_scale', SCALE)).toMatchObject({
    ...HERE,
    code: 'mode_assist',
  });
  expect(await decisionOf(open({ policy: { mode: 'observe' } }), 'fake_scale', SCALE)).toMatchObject({ kind: 'allow' });
});

test('a tainted session asks its person', async () => {
  expect(await decisionOf(open(), 'fake_scale', SCALE, callOf(agent, { taint: ['log'] }))).toMatchObject({
    ...HERE,
    code: 'tainted',
  });
});

test.each([
  ['a claim', { kind: 'PersistentVolumeClaim', namespace: 'media', name: 'data' }, 'storage'],
  ['a Secret', { kind: 'Secret', namespace: 'media', name: 'token' }, 'secret'],
  ['rights', { kind: 'ClusterRole', name: 'all' }, 'rights'],
  ['a namespace', { kind: 'Namespace', name: 'games' }, 'irreversible'],
  ['a system workload', { kind: 'Deployment', namespace: 'kube-system', name: 'coredns' }, 'control_plane'],
])('%s needs another principal', async (_, input, code) => {
  const house = open();
  const { kind, ...metadata } = input;
  const spec = {
    accessModes: [],
    resources: {},
    selector: { matchLabels: {} },
    template: { metadata: { labels: {} }, spec: { containers: [] } },
  };
  house.cluster.seed({ kind, metadata, spec });
  expect(await decisionOf(house, 'fake_delete', input)).toMatchObject({ ...ELSEWHERE, code });
});

test('a draft can make its action worse, never better', async () => {
  const [base] = open().deps.actions;
  if (base === undefined) return expect.unreachable();
  const worse = {
    ...base,
    plan: async (...args: Parameters<typeof base.plan>) => ({
      ...(await base.plan(...args)),
      reversibility: 'irreversible' as const,
    }),
  };
  expect(await decisionOf(open({ actions: [worse] }), 'fake_scale', SCALE)).toMatchObject({
    ...ELSEWHERE,
    code: 'irreversible',
  });
  const better = {
    ...base,
    reversibility: 'irreversible' as const,
    plan: async (...args: Parameters<typeof base.plan>) => ({
      ...(await base.plan(...args)),
      reversibility: 'reversible' as const,
    }),
  };
  expect(await decisionOf(open({ actions: [better] }), 'fake_scale', SCALE)).toMatchObject({
    ...ELSEWHERE,
    code: 'irreversible',
  });
});

test('an action that can only be undone outside asks', async () => {
  const [base] = open().deps.actions;
  if (base === undefined) return expect.unreachable();
  const house = open({ actions: [{ ...base, reversibility: 'externally_reversible' }] });
  expect(await decisionOf(house, 'fake_scale', SCALE)).toMatchObject({ ...HERE, code: 'externally_reversible' });
});

test('a worker asks its person, a control-plane node somebody else', async () => {
  expect(await decisionOf(open(), 'fake_drain', { node: 'worker-1' })).toMatchObject({ ...HERE, code: 'node_level' });
  expect(await decisionOf(open(), 'fake_drain', { node: 'cp-1' })).toMatchObject({
    ...ELSEWHERE,
    code: 'control_plane',
  });
});

/** The drain of the node of one pod, so that it evicts something. */
async function drainControlPlane(house: House) {
  house.cluster.seed({
    kind: 'Pod',
    metadata: { namespace: 'media', name: 'p' },
    spec: { nodeName: 'cp-1', containers: [] },
  });
  return decisionOf(house, 'fake_drain', { node: 'cp-1' });
}

test('a control-plane node is not emptied while another is out of service', async () => {
  expect(await drainControlPlane(open())).toMatchObject(ELSEWHERE);
  const sick = open();
  sick.cluster.seed(nodeOf('cp-2', { 'node-role.kubernetes.io/control-plane': '' }, false));
  expect(await drainControlPlane(sick)).toMatchObject({ kind: 'deny', code: 'quorum' });
  const drained = open();
  drained.cluster.seed({
    ...nodeOf('cp-3', { 'node-role.kubernetes.io/etcd': 'true' }),
    spec: { unschedulable: true },
  });
  expect(await drainControlPlane(drained)).toMatchObject({ kind: 'deny', code: 'quorum' });
  const worker = open();
  worker.cluster.seed(nodeOf('worker-1', {}, false));
  expect(await drainControlPlane(worker)).toMatchObject(ELSEWHERE);
});

test('a drain that finds nothing to evict is a disruption all the same', async () => {
  const sick = open();
  sick.cluster.seed(nodeOf('cp-2', { 'node-role.kubernetes.io/control-plane': '' }, false));
  expect(await decisionOf(sick, 'fake_drain', { node: 'cp-1' })).toMatchObject({ kind: 'deny', code: 'quorum' });
});

test('a control-plane node is not deleted while another is out of service, and never when nodes cannot be read', async () => {
  const sick = open();
  sick.cluster.seed(nodeOf('cp-2', { 'node-role.kubernetes.io/control-plane': '' }, false));
  expect(await decisionOf(sick, 'fake_delete', { kind: 'Node', name: 'cp-1' })).toMatchObject({ code: 'quorum' });
  const blind = open();
  blind.cluster.unread.set('nodes', 'forbidden');
  expect(await decisionOf(blind, 'fake_delete', { kind: 'Node', name: 'cp-1' })).toMatchObject({
    code: 'quorum_unknown',
  });
});

test('a plan that writes nothing is denied', async () => {
  const [base] = open().deps.actions;
  if (base === undefined) return expect.unreachable();
  const idle = {
    ...base,
    plan: async (...args: Parameters<typeof base.plan>) => ({ ...(await base.plan(...args)), touches: [] }),
  };
  expect(await decisionOf(open({ actions: [idle] }), 'fake_scale', SCALE)).toMatchObject({
    kind: 'deny',
    code: 'nothing_to_do',
  });
});
