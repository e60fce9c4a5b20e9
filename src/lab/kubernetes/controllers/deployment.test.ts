import { expect, test } from 'vitest';
import { conditionOf } from './support.ts';
import { startHarness, workload } from './testing.ts';

const start = (replicas: number, options: Parameters<typeof startHarness>[0] = {}, rest: object = {}) => {
  const lab = startHarness(options);
  for (const name of ['a', 'b', 'c']) lab.node(name);
  lab.create('deployments.apps', 'Deployment', 'web', workload('web', { replicas, rest }));
  lab.settle();
  return lab;
};

const byText = (a = '', b = ''): number => a.localeCompare(b);

const withImage = (image: string) => (object: any) => ({
  spec: {
    ...object.spec,
    template: {
      ...object.spec.template,
      spec: { ...object.spec.template.spec, containers: [{ name: 'main', image }] },
    },
  },
});

test('a new deployment comes up with one set, ready pods and true conditions', () => {
  const lab = start(3);
  const deployment = lab.one('deployments.apps', 'web');
  expect(deployment?.status).toMatchObject({
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    observedGeneration: 1,
  });
  expect(conditionOf(deployment?.status, 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
  expect(conditionOf(deployment?.status, 'Available')?.status).toBe('True');
  expect(deployment?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
  const [set] = lab.all('replicasets.apps');
  expect(lab.reasons('web')).toEqual([`ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 0 to 3`]);
  expect(new Set(lab.all('pods').map((pod) => pod.spec.nodeName)).size).toBe(3);
});

test('a rolling update never has fewer pods available nor more in all than its bounds allow', () => {
  const lab = start(4, { images: { app: { startupMs: 5_000 } } });
  lab.advance(10_000);
  let fewest = 99;
  let most = 0;
  lab.api.listen(() => {
    const pods = lab.all('pods').filter((pod) => !pod.metadata.deletionTimestamp);
    most = Math.max(most, pods.length);
    fewest = Math.min(fewest, pods.filter((pod) => conditionOf(pod.status, 'Ready')?.status === 'True').length);
  });
  lab.patch('deployments.apps', 'web', withImage('app:2'));
  lab.advance(120_000);
  expect({ fewest, most }).toEqual({ fewest: 3, most: 5 });
  expect(lab.all('pods').map((pod) => pod.spec.containers[0]?.image)).toEqual(['app:2', 'app:2', 'app:2', 'app:2']);
  expect(lab.one('deployments.apps', 'web')?.status).toMatchObject({ updatedReplicas: 4, observedGeneration: 2 });
});

test('going back to an old template reuses its set under a new revision', () => {
  const lab = start(2);
  lab.patch('deployments.apps', 'web', withImage('app:2'));
  lab.settle();
  lab.patch('deployments.apps', 'web', withImage('app:1'));
  lab.settle();
  const sets = lab.all('replicasets.apps');
  expect(sets).toHaveLength(2);
  expect(sets.map((set) => set.metadata.annotations?.['deployment.kubernetes.io/revision']).toSorted(byText)).toEqual([
    '2',
    '3',
  ]);
  expect(lab.one('deployments.apps', 'web')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  expect(lab.all('pods').every((pod) => pod.spec.containers[0]?.image === 'app:1')).toBe(true);
});

test('a broken update keeps the old pods and says so when its deadline has passed', () => {
  const lab = start(2, { images: { app: { tags: ['1'] } } }, { progressDeadlineSeconds: 60 });
  lab.patch('deployments.apps', 'web', withImage('app:2'));
  lab.advance(61_000);
  const status = lab.one('deployments.apps', 'web')?.status;
  expect(conditionOf(status, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  expect(conditionOf(status, 'Available')?.status).toBe('True');
  expect(lab.all('pods').filter((pod) => pod.status?.phase === 'Running')).toHaveLength(2);
});

test('Recreate removes every old pod before it makes a new one', () => {
  const lab = start(2, { timing: { stopMs: 3_000 } }, { strategy: { type: 'Recreate' } });
  const images: number[] = [];
  lab.api.listen(() => images.push(new Set(lab.all('pods').map((pod) => pod.spec.containers[0]?.image)).size));
  lab.patch('deployments.apps', 'web', withImage('app:2'));
  lab.advance(10_000);
  expect(Math.max(...images)).toBe(1);
  expect(lab.all('pods').map((pod) => pod.spec.containers[0]?.image)).toEqual(['app:2', 'app:2']);
});

test('a paused deployment scales but does not roll', () => {
  const lab = start(1);
  lab.patch('deployments.apps', 'web', (object: any) => ({
    spec: { ...object.spec, ...(withImage('app:2')(object) as any).spec, paused: true, replicas: 3 },
  }));
  lab.settle();
  expect(lab.all('pods').map((pod) => pod.spec.containers[0]?.image)).toEqual(['app:1', 'app:1', 'app:1']);
  expect(conditionOf(lab.one('deployments.apps', 'web')?.status, 'Progressing')?.reason).toBe('DeploymentPaused');
});

test('only as many old sets stay as the history limit says', () => {
  const lab = start(1, {}, { revisionHistoryLimit: 1 });
  for (const tag of ['2', '3', '4']) {
    lab.patch('deployments.apps', 'web', withImage(`app:${tag}`));
    lab.settle();
  }
  expect(lab.all('replicasets.apps')).toHaveLength(2);
});

test('what admission refuses stands in the conditions of the set and the deployment, and works once it is allowed', () => {
  const lab = startHarness();
  const level = (name: string) =>
    lab.patch(
      'namespaces',
      'default',
      ({ metadata }) => ({ metadata: { ...metadata, labels: { 'pod-security.kubernetes.io/enforce': name } } }),
      '',
    );
  lab.node('a');
  level('restricted');
  lab.create('deployments.apps', 'Deployment', 'web', workload('web'));
  lab.settle();
  const failure = conditionOf(lab.all('replicasets.apps')[0]?.status, 'ReplicaFailure');
  expect(failure).toMatchObject({ status: 'True', reason: 'FailedCreate' });
  expect(failure?.message).toContain('violates PodSecurity');
  expect(conditionOf(lab.one('deployments.apps', 'web')?.status, 'ReplicaFailure')?.status).toBe('True');
  level('privileged');
  lab.advance(31_000);
  expect(lab.all('pods')).toHaveLength(1);
  expect(conditionOf(lab.one('deployments.apps', 'web')?.status, 'ReplicaFailure')).toBeUndefined();
});

test('pods left behind by an orphaning delete are taken over by a new deployment of the same selector', () => {
  const lab = start(2);
  const before = lab.all('pods').map((pod) => pod.metadata.name);
  lab.api.delete('deployments.apps', 'default', 'web', { propagation: 'Orphan' });
  lab.settle();
  expect(lab.all('replicasets.apps')).toHaveLength(1);
  lab.create('deployments.apps', 'Deployment', 'web', workload('web', { replicas: 2 }));
  lab.settle();
  expect(lab.all('pods').map((pod) => pod.metadata.name)).toEqual(before);
});
