import { expect, test } from 'vitest';
import { conditionOf } from './support.ts';
import { startHarness, workload } from './testing.ts';

const withApp = (options: Parameters<typeof startHarness>[0] = {}, replicas = 2) => {
  const lab = startHarness(options);
  lab.node('a');
  lab.node('b');
  lab.create('deployments.apps', 'Deployment', 'web', workload('web', { replicas }));
  lab.settle();
  return lab;
};

const service = (selector: object, ports: object[] = [{ port: 80, targetPort: 8080 }]) => ({
  spec: { selector, ports },
});

test('a service has the ready pods of its selector as endpoints, and follows them', () => {
  const lab = withApp();
  lab.create('services', 'Service', 'web', service({ app: 'web' }));
  lab.settle();
  const slice = () => lab.all('endpointslices.discovery.k8s.io')[0] as any;
  expect(slice().endpoints).toHaveLength(2);
  expect(slice().endpoints[0].conditions).toEqual({ ready: true, serving: true, terminating: false });
  expect(slice().ports).toEqual([{ name: '', port: 8080, protocol: 'TCP' }]);
  expect((lab.one('endpoints', 'web') as any).subsets[0].addresses).toHaveLength(2);
  lab.patch('deployments.apps', 'web', () => workload('web', { replicas: 0 }));
  lab.settle();
  expect(slice().endpoints ?? []).toEqual([]);
  lab.api.delete('services', 'default', 'web', {});
  lab.settle();
  expect(lab.all('endpointslices.discovery.k8s.io')).toEqual([]);
  expect(lab.all('endpoints')).toEqual([]);
});

test('a pod that is not ready is no ready endpoint', () => {
  const lab = withApp({ images: { app: { behaviour: { kind: 'run', ready: false } } } }, 1);
  lab.create('services', 'Service', 'web', service({ app: 'web' }));
  lab.settle();
  expect((lab.all('endpointslices.discovery.k8s.io')[0] as any).endpoints[0].conditions.ready).toBe(false);
});

test('a named target port is looked up in each pod', () => {
  const lab = startHarness();
  lab.node('a');
  const containers = [{ name: 'main', image: 'app:1', ports: [{ name: 'http', containerPort: 5000 }] }];
  lab.create('deployments.apps', 'Deployment', 'web', workload('web', { pod: { containers } }));
  lab.create('services', 'Service', 'web', service({ app: 'web' }, [{ port: 80, targetPort: 'http' }]));
  lab.settle();
  expect((lab.all('endpointslices.discovery.k8s.io')[0] as any).ports[0].port).toBe(5000);
});

test('deleting a deployment takes its sets and pods along', () => {
  const lab = withApp();
  lab.api.delete('deployments.apps', 'default', 'web', { propagation: 'Background' });
  lab.settle();
  expect(lab.all('replicasets.apps')).toEqual([]);
  expect(lab.all('pods')).toEqual([]);
});

test('a foreground delete keeps the owner until the last pod is gone', () => {
  const lab = withApp({ timing: { stopMs: 5_000 } });
  lab.api.delete('deployments.apps', 'default', 'web', { propagation: 'Foreground' });
  lab.settle();
  expect(lab.one('deployments.apps', 'web')?.metadata.finalizers).toEqual(['foregroundDeletion']);
  expect(lab.all('pods')).toHaveLength(2);
  lab.advance(5_000);
  expect(lab.all('pods')).toEqual([]);
  expect(lab.one('deployments.apps', 'web')).toBeUndefined();
});

test('an object whose owner never was is collected, one with another living owner only loses the reference', () => {
  const lab = withApp();
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'nobody' };
  const alive = lab.create('configmaps', 'ConfigMap', 'alive');
  const living = { apiVersion: 'v1', kind: 'ConfigMap', name: 'alive', uid: alive.metadata.uid };
  lab.create('configmaps', 'ConfigMap', 'dangling', { metadata: { ownerReferences: [owner] } });
  lab.create('configmaps', 'ConfigMap', 'shared', { metadata: { ownerReferences: [owner, living] } });
  lab.settle();
  expect(lab.one('configmaps', 'dangling')).toBeUndefined();
  expect(lab.one('configmaps', 'shared')?.metadata.ownerReferences).toEqual([living]);
});

test('a deleted namespace empties itself and goes; what holds a finalizer holds it', () => {
  const lab = startHarness();
  lab.node('a');
  lab.create('namespaces', 'Namespace', 'shop', {}, '');
  lab.settle();
  expect(lab.one('serviceaccounts', 'default', 'shop')).toBeDefined();
  expect(lab.one('configmaps', 'kube-root-ca.crt', 'shop')).toBeDefined();
  lab.create('deployments.apps', 'Deployment', 'web', workload('web'), 'shop');
  lab.create('configmaps', 'ConfigMap', 'held', { metadata: { finalizers: ['example.com/hold'] } }, 'shop');
  lab.settle();
  lab.api.delete('namespaces', undefined, 'shop', {});
  lab.settle();
  const held = lab.one('namespaces', 'shop', '');
  expect(conditionOf(held?.status, 'NamespaceFinalizersRemaining')?.message).toContain('example.com/hold');
  expect(lab.all('pods', 'shop')).toEqual([]);
  const map = lab.one('configmaps', 'held', 'shop');
  if (map) lab.api.update('configmaps', { ...map, metadata: { ...map.metadata, finalizers: [] } }, 'test');
  lab.settle();
  expect(lab.api.get('namespaces', undefined, 'shop')).toBeUndefined();
});

const budget = (spec: object) => ({ spec: { selector: { matchLabels: { app: 'web' } }, ...spec } });

test.each([
  [{ minAvailable: 1 }, 1],
  [{ minAvailable: 2 }, 0],
  [{ minAvailable: '50%' }, 1],
  [{ maxUnavailable: 1 }, 1],
  [{ maxUnavailable: 0 }, 0],
])('with %j a budget over two ready pods allows %i disruptions', (spec, allowed) => {
  const lab = withApp();
  lab.create('poddisruptionbudgets.policy', 'PodDisruptionBudget', 'web', budget(spec));
  lab.settle();
  const status = lab.one('poddisruptionbudgets.policy', 'web')?.status;
  expect(status).toMatchObject({ disruptionsAllowed: allowed, currentHealthy: 2, expectedPods: 2 });
  expect(conditionOf(status, 'DisruptionAllowed')?.status).toBe(allowed > 0 ? 'True' : 'False');
});

test('a node whose kubelet is silent is tainted, its pods are not ready and move after their tolerance', () => {
  const lab = startHarness();
  lab.node('a');
  lab.node('b');
  const tolerations = [
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ];
  lab.create('deployments.apps', 'Deployment', 'web', workload('web', { replicas: 2, pod: { tolerations } }));
  lab.settle();
  lab.down.set('b', lab.clock.now());
  lab.patch(
    'nodes',
    'b',
    (node) => ({ metadata: { ...node.metadata, labels: { ...node.metadata.labels, x: 'y' } } }),
    '',
  );
  lab.advance(60_000);
  expect(conditionOf(lab.one('nodes', 'b', '')?.status, 'Ready')?.status).toBe('Unknown');
  expect(lab.one('nodes', 'b', '')?.spec?.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  const onB = () => lab.all('pods').filter((pod) => pod.spec.nodeName === 'b');
  expect(conditionOf(onB()[0]?.status, 'Ready')?.status).toBe('False');
  lab.advance(301_000);
  expect(onB()[0]?.metadata.deletionTimestamp).toBeDefined();
  expect(lab.all('pods').filter((pod) => pod.spec.nodeName === 'a')).toHaveLength(2);
  lab.down.delete('b');
  lab.patch(
    'nodes',
    'b',
    (node) => ({ metadata: { ...node.metadata, labels: { ...node.metadata.labels, x: 'z' } } }),
    '',
  );
  lab.settle();
  expect(conditionOf(lab.one('nodes', 'b', '')?.status, 'Ready')?.status).toBe('True');
  expect(lab.one('nodes', 'b', '')?.spec?.taints).toBeUndefined();
  expect(onB()).toEqual([]);
});

test('LoadBalancer services get addresses of the pool until it is used up', () => {
  const lab = startHarness({ loadBalancerPool: ['192.168.20.200'] });
  for (const name of ['one', 'two'])
    lab.create('services', 'Service', name, { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } });
  lab.settle();
  expect(lab.one('services', 'one')?.status?.loadBalancer?.ingress?.[0]?.ip).toBe('192.168.20.200');
  expect(lab.one('services', 'two')?.status?.loadBalancer?.ingress).toBeUndefined();
  expect(lab.reasons('two')[0]).toContain('AllocationFailed');
});

test('events are forgotten after an hour', () => {
  const lab = withApp();
  expect(lab.all('events').length).toBeGreaterThan(0);
  lab.advance(75 * 60_000);
  expect(lab.all('events')).toEqual([]);
});
