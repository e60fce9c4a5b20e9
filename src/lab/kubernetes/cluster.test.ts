import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { type LabCluster, type LabClusterOptions, startLabCluster } from './cluster.ts';
import type { Node, Pod } from './controllers/kinds.ts';
import { healthyConditions } from './controllers/kubelet/node-status.ts';
import { conditionOf } from './controllers/support.ts';
import type { KubeJson } from './json.ts';

let cluster: LabCluster | undefined;
afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

const start = async (options: LabClusterOptions = {}): Promise<LabCluster> => {
  cluster = await startLabCluster(options);
  return cluster;
};

const addNode = ({ api }: LabCluster, name: string): void => {
  const size = { cpu: '4', memory: '8Gi', pods: '110' };
  const status = {
    capacity: size,
    allocatable: size,
    conditions: healthyConditions(api.now()),
    nodeInfo: { architecture: 'amd64' },
  };
  api.create(
    'nodes',
    { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { podCIDR: '10.42.0.0/24' }, status },
    'test',
  );
};

const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'app:1' }] } },
  },
});

const podsOf = ({ store }: LabCluster): Pod[] => store.list('pods') as Pod[]; // the API has validated them

test('what comes over HTTP is carried out by itself, and then the cluster is quiet', async () => {
  const lab = await start({ port: 0 });
  addNode(lab, 'a');
  const url = `${lab.url}/apis/apps/v1/namespaces/default/deployments`;
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(url, { method: 'POST', headers, body: JSON.stringify(deployment('web', 2)) });
  expect(made.status).toBe(201);
  await expect.poll(() => podsOf(lab).filter(({ status }) => status?.phase === 'Running').length).toBe(2);
  await expect
    .poll(async () => {
      const before = lab.store.revision();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return lab.store.revision() - before;
    })
    .toBe(0);
});

test('a started lab has a kubeconfig, one that is not served has none', async () => {
  const served = await start({ port: 0, token: 'secret' });
  expect(served.kubeconfig).toContain(served.url);
  expect(served.kubeconfig).toContain('secret');
  await served.close();
  expect((await start()).kubeconfig).toBe('');
});

test('a node that goes down loses its pods after a while, and is ready again when it is back', async () => {
  const lab = await start({ clock: new ManualClock('2026-11-20T12:00:00Z') });
  addNode(lab, 'a');
  addNode(lab, 'b');
  lab.api.create('deployments.apps', deployment('web', 2), 'test');
  await lab.settle();
  lab.setNodeDown('b', true);
  await lab.advance(60_000);
  // The API has validated it.
  const ready = () =>
    conditionOf((lab.store.get('nodes', undefined, 'b') as Node | undefined)?.status, 'Ready')?.status;
  expect(ready()).toBe('Unknown');
  await lab.advance(6 * 60_000);
  expect(
    podsOf(lab)
      .filter((pod) => !pod.metadata.deletionTimestamp)
      .map(({ spec }) => spec.nodeName),
  ).toEqual(['a', 'a']);
  lab.setNodeDown('b', false);
  await lab.settle();
  expect(ready()).toBe('True');
});

test('ten thousand pods are there at once when nobody controls them', async () => {
  const lab = await start({ controllers: false });
  const pods = Array.from({ length: 10_000 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}`, namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' },
    spec: { containers: [{ name: 'main', image: 'app:1' }] },
    status: { phase: 'Running' },
  })) satisfies KubeJson[];
  lab.load('pods', pods);
  await lab.settle();
  expect(lab.api.list('pods', 'default')).toHaveLength(10_000);
  expect(lab.api.get('pods', 'default', 'pod-9999')?.metadata.uid).not.toBe('');
});

test('a controller that fails is reported and the others go on', async () => {
  const problems: string[] = [];
  const lab = await start({ onProblem: (controller) => void problems.push(controller) });
  addNode(lab, 'a');
  // Nothing that the API would let in: a Deployment without a template.
  lab.load('deployments.apps', [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'broken', namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' },
    },
  ]);
  lab.api.create(
    'pods',
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'one', namespace: 'default' },
      spec: { containers: [{ name: 'main', image: 'app:1' }] },
    },
    'test',
  );
  await lab.settle();
  expect(problems).toContain('deployment-controller');
  expect(podsOf(lab)[0]?.status?.phase).toBe('Running');
});

test('the log of a pod is answered by its kubelet', async () => {
  const lab = await start({ port: 0 });
  addNode(lab, 'a');
  lab.api.create(
    'pods',
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'one', namespace: 'default' },
      spec: { containers: [{ name: 'main', image: 'app:1' }] },
    },
    'test',
  );
  const log = (query = '') => fetch(`${lab.url}/api/v1/namespaces/default/pods/one/log${query}`);
  await lab.settle();
  expect((await log()).status).toBe(200);
  const previous = await log('?previous=true');
  expect(previous.status).toBe(400);
  expect(await previous.text()).toContain('previous terminated container');
});
