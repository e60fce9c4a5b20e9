import { expect, test } from 'vitest';
import { deployment, meta, node, pod, run, type Things, template, worldOf } from '../../testing.ts';
import check from './network-isolation.ts';

const policy = (id: string, spec: object = {}) => ({
  metadata: meta(id),
  spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
});
const pods = [pod('media/web', { app: 'web' }), pod('apps/web', { app: 'web' }), pod('kube-system/dns', {})];
const prints = (things: Things, params?: Record<string, unknown>) =>
  run(check, worldOf(things), params).findings.map(({ fingerprint }) => fingerprint);

test('namespaces without default deny are one quiet finding', () => {
  const { findings } = run(check, worldOf({ pods, networkPolicies: [policy('media/deny')] }));
  expect(findings).toMatchObject([{ fingerprint: 'K16:open', severity: 'low', evidence: ['apps'] }]);
  expect(run(check, worldOf({ pods })).findings[0]?.evidence).toEqual(['apps and media']);
});

test('a policy that allows everybody is no default deny', () => {
  expect(prints({ pods: [pods[1]!], networkPolicies: [policy('apps/open', { ingress: [{}] })] })).toEqual(['K16:open']);
  expect(
    prints({
      pods: [pods[1]!],
      networkPolicies: [policy('apps/within', { ingress: [{ from: [{ podSelector: {} }] }] })],
    }),
  ).toEqual([]);
});

test('namespaces that are listed as open, or accepted with a reason, are left out', () => {
  expect(prints({ pods: [pods[1]!] }, { openNamespaces: ['apps'] })).toEqual([]);
  const accepted = { 'steward.dev/accept': 'K16', 'steward.dev/accept-reason': 'public site' };
  expect(prints({ pods: [pods[1]!], namespaces: [{ metadata: meta('apps', { annotations: accepted }) }] })).toEqual([]);
});

test('a policy that selects nothing', () => {
  const dead = policy('apps/db', { podSelector: { matchLabels: { app: 'postgres' } } });
  expect(prints({ networkPolicies: [dead] })).toEqual(['K16:empty:apps/db']);
  const asleep = deployment('apps/db', template({ app: 'postgres' }, 'db:1'), { replicas: 0 });
  expect(prints({ networkPolicies: [dead], deployments: [asleep] })).toEqual([]);
});

test('policies that k3s was told to ignore, unless another plugin enforces them', () => {
  const off = node('n1', {
    metadata: { annotations: { 'k3s.io/node-args': '["server","--disable-network-policy"]' } },
  });
  const things = { networkPolicies: [policy('apps/deny')], nodes: [off] };
  expect(prints(things)).toEqual(['K16:not-enforced']);
  const cilium = { metadata: meta('kube-system/cilium'), spec: { selector: {}, template: template({}, 'cilium:1') } };
  expect(prints({ ...things, daemonSets: [cilium] })).toEqual([]);
  expect(prints({ networkPolicies: [policy('apps/deny')], nodes: [node('n1')] })).toEqual([]);
});

test('is unknown when policies cannot be read', () => {
  expect(run(check, worldOf({ pods }, ['networkPolicies'])).status).toBe('unknown');
});

test('a DaemonSet of something else enforces nothing', () => {
  const off = node('n1', {
    metadata: { annotations: { 'k3s.io/node-args': '["server","--disable-network-policy","true"]' } },
  });
  const exporter = {
    metadata: meta('monitoring/node-exporter'),
    spec: { selector: {}, template: template({}, 'x:1') },
  };
  expect(prints({ networkPolicies: [policy('apps/deny')], nodes: [off], daemonSets: [exporter] })).toEqual([
    'K16:not-enforced',
  ]);
});
