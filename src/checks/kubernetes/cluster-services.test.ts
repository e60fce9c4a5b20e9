import { expect, test } from 'vitest';
import { deployment, meta, node, ownedBy, planned, pod, run, template, worldOf } from '../testing.ts';
import check from './cluster-services.ts';

const labels = { 'k8s-app': 'kube-dns' };
const coredns = (replicas: number) => deployment('kube-system/coredns', template(labels, 'coredns:1.13'), { replicas });
const set = {
  metadata: meta('kube-system/coredns-1', ownedBy('Deployment', 'coredns')),
  spec: { replicas: 2, selector: {} },
};
const on = (name: string, nodeName: string) =>
  pod(`kube-system/${name}`, labels, { metadata: ownedBy('ReplicaSet', 'coredns-1'), spec: { nodeName } });
const nodes = [node('n1'), node('n2'), node('n3')];
const world = (replicas: number, ...pods: ReturnType<typeof on>[]) =>
  worldOf({ nodes, deployments: [coredns(replicas)], replicaSets: [set], pods });
const drain = (id: string) => ({ effects: [{ op: 'remove', part: 'pods', id } as const] });
const prints = (live: ReturnType<typeof world>) =>
  run(check, live).findings.map(({ fingerprint, severity }) => [fingerprint, severity]);

const SINGLE = ['K06:single:Deployment kube-system/coredns', 'high'];
const NONE = ['K06:none:Deployment kube-system/coredns', 'critical'];

test('one ready CoreDNS, or two on the same node', () => {
  expect(prints(world(1, on('a', 'n1')))).toEqual([SINGLE]);
  expect(prints(world(2, on('a', 'n1'), on('b', 'n1')))).toEqual([SINGLE]);
});

test('a drain that takes the only one away is another, critical finding', () => {
  const { findings } = run(check, planned(world(1, on('a', 'n1')), drain('kube-system/a')));
  expect(findings).toMatchObject([{ fingerprint: NONE[0], severity: 'critical' }]);
  expect(findings[0]?.evidence).toContain('pod a would be evicted');
});

test('scaling it to zero and deleting it take the last one away as well', () => {
  const live = world(2, on('a', 'n1'), on('b', 'n2'));
  const id = 'kube-system/coredns';
  expect(prints(planned(live, { effects: [{ op: 'put', part: 'deployments', id, value: coredns(0) }] }))).toEqual([
    NONE,
  ]);
  expect(
    prints(planned(live, { effects: [{ op: 'remove', part: 'deployments', id }, ...drain('kube-system/a').effects] })),
  ).toEqual([NONE]);
});

test('a planned drain of one of two is fine: it comes back on another node', () => {
  const live = world(2, on('a', 'n1'), on('b', 'n2'));
  expect(run(check, live).status).toBe('pass');
  expect(run(check, planned(live, drain('kube-system/a'))).status).toBe('pass');
});

test('but not where there is no other node for it', () => {
  const two = worldOf({
    nodes: [node('n1'), node('n2')],
    deployments: [coredns(2)],
    replicaSets: [set],
    pods: [on('a', 'n1'), on('b', 'n2')],
  });
  const cordoned = { ...node('n1'), spec: { unschedulable: true } };
  const plan = {
    effects: [...drain('kube-system/a').effects, { op: 'put', part: 'nodes', id: 'n1', value: cordoned } as const],
  };
  expect(prints(planned(two, plan))).toEqual([SINGLE]);
});

test('passes on a single node', () => {
  expect(
    run(check, worldOf({ nodes: [node('n1')], deployments: [coredns(1)], replicaSets: [set], pods: [on('a', 'n1')] }))
      .status,
  ).toBe('pass');
});

test('ingress and CSI controllers weigh less, and an app is none of them', () => {
  const names = { 'app.kubernetes.io/name': 'traefik' };
  const traefik = deployment('kube-system/traefik', template(names, 'traefik:3'));
  const app = deployment('apps/web', template({ app: 'web' }, 'web:1'));
  const up = (id: string, owner: string) => pod(id, {}, { metadata: ownedBy('ReplicaSet', owner) });
  const of = (id: string, owner: string) => ({
    metadata: meta(id, ownedBy('Deployment', owner)),
    spec: { selector: {} },
  });
  const live = worldOf({
    nodes,
    deployments: [traefik, app],
    replicaSets: [of('kube-system/traefik-1', 'traefik'), of('apps/web-1', 'web')],
    pods: [up('kube-system/t', 'traefik-1'), up('apps/w', 'web-1')],
  });
  expect(prints(live)).toEqual([['K06:single:Deployment kube-system/traefik', 'medium']]);
});

test('is unknown when pods cannot be read', () => {
  expect(run(check, worldOf({ nodes }, ['pods'])).status).toBe('unknown');
});
