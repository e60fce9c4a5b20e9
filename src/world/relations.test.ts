import { expect, test } from 'vitest';
import { canonicalImage, repositoryOf } from './image-reference.ts';
import { Node } from './kubernetes/cluster.ts';
import { LabelSelector } from './kubernetes/meta.ts';
import { Pod, PodSpec } from './kubernetes/pod.ts';
import { CronJob, Deployment, Job, ReplicaSet } from './kubernetes/workloads.ts';
import { matchesSelector } from './labels.ts';
import { parseQuantity, resolvePercent } from './quantity.ts';
import { indexWorkloads, type WorkloadParts } from './relations.ts';
import { admits, fits, requestsOf } from './scheduling.ts';

const metadata = (name: string, owner?: [kind: string, name: string]) => ({
  name,
  namespace: 'apps',
  ...(owner === undefined
    ? {}
    : { ownerReferences: [{ apiVersion: 'v1', kind: owner[0], name: owner[1], uid: '1', controller: true }] }),
});
const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main' }] } };
const pod = (name: string, owner?: [string, string]) =>
  Pod.parse({ metadata: metadata(name, owner), spec: template.spec });
const partOf = <T extends { metadata: { name: string } }>(...objects: T[]) =>
  new Map(objects.map((each) => [`apps/${each.metadata.name}`, each]));
const empty: WorkloadParts = {
  pods: new Map(),
  deployments: new Map(),
  replicaSets: new Map(),
  statefulSets: new Map(),
  daemonSets: new Map(),
  jobs: new Map(),
  cronJobs: new Map(),
};

test('a pod belongs to what made its maker, and a pod of nobody to itself', () => {
  const parts = {
    ...empty,
    pods: partOf(
      pod('web-1-a', ['ReplicaSet', 'web-1']),
      pod('dump-1-a', ['Job', 'dump-1']),
      pod('tool'),
      pod('pg-1', ['Cluster', 'pg']),
      pod('orphan', ['ReplicaSet', 'gone']),
    ),
    deployments: partOf(Deployment.parse({ metadata: metadata('web'), spec: { selector: {}, template } })),
    replicaSets: partOf(
      ReplicaSet.parse({ metadata: metadata('web-1', ['Deployment', 'web']), spec: { selector: {}, template } }),
      ReplicaSet.parse({ metadata: metadata('roll-1', ['Rollout', 'roll']), spec: { selector: {}, template } }),
    ),
    jobs: partOf(Job.parse({ metadata: metadata('dump-1', ['CronJob', 'dump']), spec: { template } })),
    cronJobs: partOf(
      CronJob.parse({ metadata: metadata('dump'), spec: { schedule: '@daily', jobTemplate: { spec: { template } } } }),
    ),
  };
  const index = indexWorkloads(parts);
  const owners = [...parts.pods.values()].map((each) => [each.metadata.name, index.of(each)?.key, index.of(each)?.top]);
  expect(owners).toEqual([
    ['web-1-a', 'Deployment apps/web', 'Deployment apps/web'],
    ['dump-1-a', 'CronJob apps/dump', 'CronJob apps/dump'],
    ['tool', 'Pod apps/tool', 'Pod apps/tool'],
    ['pg-1', 'Pod apps/pg-1', 'Cluster apps/pg'],
    ['orphan', 'Pod apps/orphan', 'ReplicaSet apps/gone'],
  ]);
  expect(index.byKey('ReplicaSet apps/roll-1')?.top).toBe('Rollout apps/roll');
  expect(index.byKey('Job apps/dump-1')).toBeUndefined();
  expect(index.byLabels.select('apps', LabelSelector.parse({ matchLabels: { app: 'x' } }))).toHaveLength(3);
});

test('a ReplicaSet of nobody counts while it wants or has pods, and a finished Job wants none', () => {
  const set = (name: string, replicas: number, has: number) =>
    ReplicaSet.parse({
      metadata: metadata(name),
      spec: { replicas, selector: {}, template },
      status: { replicas: has },
    });
  const job = (name: string, type: string) =>
    Job.parse({ metadata: metadata(name), spec: { template }, status: { conditions: [{ type, status: 'True' }] } });
  const parts = {
    ...empty,
    replicaSets: partOf(set('wants', 1, 0), set('has', 0, 1), set('old', 0, 0)),
    jobs: partOf(job('done', 'Complete'), job('lost', 'Failed'), job('held', 'Suspended')),
  };
  const found = indexWorkloads(parts).all.map(({ name, desired }) => [name, desired]);
  expect(found).toEqual([
    ['wants', 1],
    ['has', 0],
    ['done', 0],
    ['lost', 0],
    ['held', 1],
  ]);
});

test.each([
  [{}, true],
  [{ matchLabels: { app: 'web' } }, true],
  [{ matchLabels: { app: 'web', tier: 'x' } }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
  [{ matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['web'] }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, true],
  [{ matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
  [{ matchExpressions: [{ key: 'app', operator: 'Like', values: ['web'] }] }, false],
])('selector %j matches app=web: %s', (selector, expected) => {
  expect(matchesSelector(LabelSelector.parse(selector), { app: 'web' })).toBe(expected);
});

test.each([
  ['100m', 0.1],
  ['2', 2],
  [3, 3],
  ['1.5', 1.5],
  ['1Gi', 2 ** 30],
  ['500M', 5e8],
  ['1e3', 1000],
  ['1E', 1e18],
  ['.5', 0.5],
  ['', undefined],
  ['lots', undefined],
])('quantity %s is %s', (text, expected) => {
  expect(parseQuantity(text)).toBe(expected);
});

test('a percentage rounds up for surge and down for unavailable', () => {
  expect([resolvePercent('25%', 1, 'up'), resolvePercent('25%', 1, 'down'), resolvePercent(2, 9, 'up')]).toEqual([
    1, 0, 2,
  ]);
});

test.each([
  ['nginx', 'docker.io/library/nginx:latest', 'docker.io/library/nginx'],
  ['lscr.io/linuxserver/sonarr:4.0', 'lscr.io/linuxserver/sonarr:4.0', 'lscr.io/linuxserver/sonarr'],
  ['library/redis:7', 'docker.io/library/redis:7', 'docker.io/library/redis'],
  ['localhost:5000/app', 'localhost:5000/app:latest', 'localhost:5000/app'],
  ['ghcr.io/a/b:1@sha256:ff', 'ghcr.io/a/b@sha256:ff', 'ghcr.io/a/b'],
])('image %s is %s', (reference, full, repository) => {
  expect([canonicalImage(reference), repositoryOf(reference)]).toEqual([full, repository]);
});

const node = (more: object = {}) =>
  Node.parse({
    metadata: { name: 'n1', labels: { arch: 'amd64' } },
    status: { allocatable: { cpu: '2', memory: '2Gi', pods: '3' } },
    ...more,
  });
const spec = (more: object = {}, requests: object = {}) =>
  PodSpec.parse({ containers: [{ name: 'main', resources: { requests } }], ...more });

test('what a pod requests: containers and sidecars together, or the largest init step', () => {
  const sidecar = { name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } };
  const init = { name: 'i', resources: { requests: { cpu: '3' } } };
  expect(requestsOf(spec({ initContainers: [sidecar] }, { cpu: '1' }))).toEqual({ pods: 1, cpu: 1.5 });
  expect(requestsOf(spec({ initContainers: [sidecar, init] }, { cpu: '1' }))).toEqual({ pods: 1, cpu: 3.5 });
});

test('room counts what the others request; a resource that the node does not have is no room', () => {
  const other = Pod.parse({ metadata: { name: 'o' }, spec: spec({}, { cpu: '1500m' }) });
  const done = Pod.parse({ metadata: { name: 'd' }, spec: spec({}, { cpu: '2' }), status: { phase: 'Succeeded' } });
  expect(fits(spec({}, { cpu: '500m' }), node(), [other, done])).toEqual({ fits: true });
  expect(fits(spec({}, { cpu: '501m' }), node(), [other])).toEqual({ fits: false, reason: 'has too little cpu' });
  expect(fits(spec({}, { 'nvidia.com/gpu': '1' }), node(), []).fits).toBe(false);
});

const affinity = (...terms: object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
});
const requires = (operator: string, ...values: string[]) => ({ matchExpressions: [{ key: 'arch', operator, values }] });
const gpu = { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } };

test.each([
  ['nothing asked', {}, {}, true],
  ['the right selector', { nodeSelector: { arch: 'amd64' } }, {}, true],
  ['the wrong selector', { nodeSelector: { arch: 'arm64' } }, {}, false],
  ['one of two terms', affinity(requires('In', 'arm64'), requires('In', 'amd64')), {}, true],
  ['no term', affinity(requires('NotIn', 'amd64')), {}, false],
  ['an empty term', affinity({}), {}, false],
  [
    'a field of the node',
    affinity({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }),
    {},
    true,
  ],
  ['a taint', {}, gpu, false],
  ['a tolerated taint', { tolerations: [{ key: 'gpu', value: 'yes' }] }, gpu, true],
  ['another value', { tolerations: [{ key: 'gpu', value: 'no' }] }, gpu, false],
  ['everything tolerated', { tolerations: [{ operator: 'Exists' }] }, gpu, true],
  ['another effect tolerated', { tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] }, gpu, false],
  ['a soft taint', {}, { spec: { taints: [{ key: 'gpu', effect: 'PreferNoSchedule' }] } }, true],
  ['a cordon', {}, { spec: { unschedulable: true } }, false],
])('a node lets a pod in: %s', (_, asked, more, expected) => {
  expect(admits(spec(asked), node(more)).fits).toBe(expected);
});
