import { expect, test } from 'vitest';
import { deployment, meta, ownedBy, planned, pod, run, type Thing, template, worldOf } from '../testing.ts';
import check from './foreign-hands.ts';

const losing = (thing: Thing, verb: 'delete' | 'evict' = 'delete') => {
  const target = { system: 'kubernetes', kind: 'Pod', namespace: 'apps', name: thing.metadata.name } as const;
  const effects = [{ op: 'remove', part: 'pods', id: `apps/${thing.metadata.name}` } as const];
  return run(check, planned(worldOf({ pods: [thing] }), { effects, touches: [{ target, verb }] }));
};

test('a pod that no controller makes again, deleted or evicted', () => {
  for (const verb of ['delete', 'evict'] as const)
    expect(losing(pod('apps/tool', {}), verb).findings).toMatchObject([
      { fingerprint: 'K15:pod:apps/tool', introduced: 'deny', severity: 'high' },
    ]);
});

test.each([
  ['has a controller', pod('apps/web-1', {}, { metadata: ownedBy('ReplicaSet', 'web') })],
  ['debugs a node', pod('apps/node-debugger-n1-x', {})],
  ['was run once by hand', pod('apps/shell', { run: 'shell' }, { spec: { restartPolicy: 'Never' } })],
  ['has finished', pod('apps/done', {}, { status: { phase: 'Succeeded' } })],
  ['is static', pod('apps/etcd-n1', {}, { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } })],
])('a pod that %s is no loss', (_, thing) => {
  expect(losing(thing).status).toBe('pass');
});

const managed = (manager: string, fieldsV1: object, more: object = {}) => ({
  ...deployment('apps/web', template({ app: 'web' }, 'web:1'), { replicas: 2 }),
  kind: 'Deployment',
  metadata: meta('apps/web', { managedFields: [{ manager, operation: 'Apply', fieldsV1, ...more }] }),
});
const editing = (before: Thing, after: Thing, part = 'deployments') =>
  run(check, planned(worldOf({ [part]: [before] }), { effects: [{ op: 'put', part, id: 'apps/web', value: after }] }));
const replicas = { 'f:spec': { 'f:replicas': {} } };
const scaled = deployment('apps/web', template({ app: 'web' }, 'web:1'), { replicas: 5 });
const image = {
  'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:image': {} } } } } },
};

test('a field that Helm set, also inside a list', () => {
  expect(editing(managed('helm', replicas), scaled).findings).toMatchObject([
    {
      fingerprint: 'K15:field:apps/web:spec.replicas',
      severity: 'medium',
      message: expect.stringContaining('from helm'),
    },
  ]);
  const newer = deployment('apps/web', template({ app: 'web' }, 'web:2'), { replicas: 2 });
  expect(editing(managed('helm', image), newer).findings[0]?.fingerprint).toBe(
    'K15:field:apps/web:spec.template.spec.containers[main].image',
  );
});

test('an autoscaler owns replicas through the scale subresource', () => {
  expect(editing(managed('kube-controller-manager', replicas, { subresource: 'scale' }), scaled).status).toBe('fail');
});

test.each([
  ['a person set it', managed('kubectl-client-side-apply', replicas)],
  ['Helm set another field', managed('helm', image)],
  ['the system itself noted it', managed('kube-controller-manager', replicas)],
  ['it does not change', managed('helm', { 'f:spec': { 'f:paused': {} } })],
])('a field passes when %s', (_, before) => {
  expect(editing(before, scaled).status).toBe('pass');
});

test('what an operator owns is changed at the operator, and what Flux keeps in its repository', () => {
  const owned = {
    metadata: meta('apps/web', ownedBy('Prometheus', 'k8s')),
    kind: 'StatefulSet',
    spec: { replicas: 1, selector: {}, template: template({}, 'p:1') },
  };
  expect(
    editing(owned, { ...owned, spec: { ...owned.spec, replicas: 0 } }, 'statefulSets').findings[0]?.remedy,
  ).toContain('Prometheus k8s');
  const kept = { ...scaled, metadata: meta('apps/web', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }) };
  expect(editing(kept, scaled).findings[0]?.message).toContain('Flux');
});

test('a conflict that the API reports names the manager', () => {
  const target = { system: 'kubernetes', kind: 'Deployment', group: 'apps', namespace: 'apps', name: 'web' } as const;
  const plan = planned(worldOf({}), {
    refusals: [{ target, code: 'conflict', message: 'conflict with "helm"', manager: 'helm', field: '.spec.replicas' }],
  });
  expect(run(check, plan).findings).toMatchObject([{ severity: 'medium', message: expect.stringContaining('helm') }]);
});

test('does not apply without a change, and is unknown when it cannot be seen', () => {
  expect(run(check, worldOf({})).status).toBe('not_applicable');
  expect(run(check, worldOf({}, ['change', 'replaced'])).status).toBe('unknown');
});

test("a label on a pod of a controller is nobody else's business", () => {
  const before = pod('apps/web', {}, { metadata: ownedBy('ReplicaSet', 'web') });
  expect(
    editing(before, pod('apps/web', { debug: 'yes' }, { metadata: ownedBy('ReplicaSet', 'web') }), 'pods').status,
  ).toBe('pass');
});

test('items of a list are told apart by all of their keys', () => {
  const ports = (udp: number) => ({
    metadata: meta('apps/web', {
      managedFields: [
        {
          manager: 'helm',
          fieldsV1: { 'f:spec': { 'f:ports': { 'k:{"port":53,"protocol":"UDP"}': { 'f:nodePort': {} } } } },
        },
      ],
    }),
    spec: {
      ports: [
        { port: 53, protocol: 'TCP', nodePort: 30000 },
        { port: 53, protocol: 'UDP', nodePort: udp },
      ],
    },
  });
  expect(editing(ports(30053), ports(30054), 'services').findings[0]?.fingerprint).toBe(
    'K15:field:apps/web:spec.ports[53,UDP].nodePort',
  );
  expect(editing(ports(30053), ports(30053), 'services').status).toBe('pass');
});

test('a planned change of a release takes from Helm what is its own, and from Flux what is not', () => {
  const targets = [{ system: 'helm', kind: 'HelmRelease', namespace: 'apps', name: 'web' } as const];
  const effects = [{ op: 'put', part: 'deployments', id: 'apps/web', value: scaled } as const];
  const upgrading = (before: Thing) => run(check, planned(worldOf({ deployments: [before] }), { targets, effects }));
  expect(upgrading(managed('helm', replicas)).status).toBe('pass');
  expect(upgrading(managed('helm-controller', replicas)).status).toBe('fail');
  expect(upgrading(managed('kube-controller-manager', replicas, { subresource: 'scale' })).status).toBe('fail');
});
