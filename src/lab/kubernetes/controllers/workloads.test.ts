import { expect, test } from 'vitest';
import { conditionOf } from './support.ts';
import { startHarness, workload } from './testing.ts';

const byText = (a = '', b = ''): number => a.localeCompare(b);

const claims = (storageClassName: string) => [
  {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
  },
];

const storageClass = (lab: ReturnType<typeof startHarness>, name: string, volumeBindingMode: string) =>
  lab.create(
    'storageclasses.storage.k8s.io',
    'StorageClass',
    name,
    { provisioner: 'driver.longhorn.io', volumeBindingMode },
    '',
  );

test('a stateful set makes its pods in order, each with a claim of its own', () => {
  const lab = startHarness({ images: { app: { startupMs: 5_000 } } });
  lab.node('a');
  storageClass(lab, 'longhorn', 'Immediate');
  lab.create(
    'statefulsets.apps',
    'StatefulSet',
    'db',
    workload('db', { replicas: 3, rest: { serviceName: 'db', volumeClaimTemplates: claims('longhorn') } }),
  );
  lab.settle();
  expect(lab.all('pods').map((pod) => pod.metadata.name)).toEqual(['db-0']);
  lab.advance(5_000);
  expect(lab.all('pods').map((pod) => pod.metadata.name)).toEqual(['db-0', 'db-1']);
  lab.advance(10_000);
  expect(lab.one('statefulsets.apps', 'db')?.status).toMatchObject({
    replicas: 3,
    readyReplicas: 3,
    currentReplicas: 3,
  });
  expect(lab.all('persistentvolumeclaims').map((claim) => [claim.metadata.name, claim.status?.phase])).toEqual([
    ['data-db-0', 'Bound'],
    ['data-db-1', 'Bound'],
    ['data-db-2', 'Bound'],
  ]);
});

test('a stateful set updates from the last pod to the first and keeps the claims when it shrinks', () => {
  const lab = startHarness();
  lab.node('a');
  storageClass(lab, 'longhorn', 'Immediate');
  const rest = { serviceName: 'db', volumeClaimTemplates: claims('longhorn') };
  lab.create('statefulsets.apps', 'StatefulSet', 'db', workload('db', { replicas: 2, rest }));
  lab.settle();
  const gone: string[] = [];
  lab.api.listen(({ type, resource, object }) => {
    if (type === 'DELETED' && resource === 'pods') gone.push(object.metadata.name);
  });
  lab.patch('statefulsets.apps', 'db', () => workload('db', { replicas: 2, image: 'app:2', rest }));
  lab.settle();
  expect(gone).toEqual(['db-1', 'db-0']);
  const status = lab.one('statefulsets.apps', 'db')?.status;
  expect(status?.currentRevision).toBe(status?.updateRevision);
  expect(lab.all('controllerrevisions.apps')).toHaveLength(2);
  lab.patch('statefulsets.apps', 'db', () => workload('db', { replicas: 1, image: 'app:2', rest }));
  lab.settle();
  expect(lab.all('pods').map((pod) => pod.metadata.name)).toEqual(['db-0']);
  expect(lab.all('persistentvolumeclaims')).toHaveLength(2);
});

test('a daemon set runs on every node that it fits, tainted control planes only with a toleration', () => {
  const lab = startHarness();
  const taints = [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }];
  lab.node('cp', { taints });
  lab.node('w1');
  lab.node('w2');
  lab.create('daemonsets.apps', 'DaemonSet', 'agent', workload('agent'));
  lab.settle();
  expect(
    lab
      .all('pods')
      .map((pod) => pod.spec.nodeName)
      .toSorted(byText),
  ).toEqual(['w1', 'w2']);
  expect(lab.one('daemonsets.apps', 'agent')?.status).toMatchObject({ desiredNumberScheduled: 2, numberReady: 2 });
  lab.patch('daemonsets.apps', 'agent', () => workload('agent', { pod: { tolerations: [{ operator: 'Exists' }] } }));
  lab.settle();
  expect(
    lab
      .all('pods')
      .map((pod) => pod.spec.nodeName)
      .toSorted(byText),
  ).toEqual(['cp', 'w1', 'w2']);
});

test('a daemon set replaces one pod at a time', () => {
  const lab = startHarness({ images: { app: { startupMs: 2_000 } } });
  for (const name of ['a', 'b', 'c']) lab.node(name);
  lab.create('daemonsets.apps', 'DaemonSet', 'agent', workload('agent'));
  lab.advance(3_000);
  let fewest = 3;
  lab.api.listen(() => {
    const ready = lab.all('pods').filter((pod) => conditionOf(pod.status, 'Ready')?.status === 'True');
    fewest = Math.min(fewest, ready.filter((pod) => !pod.metadata.deletionTimestamp).length);
  });
  lab.patch('daemonsets.apps', 'agent', () => workload('agent', { image: 'app:2' }));
  lab.advance(20_000);
  expect(fewest).toBe(2);
  expect(lab.one('daemonsets.apps', 'agent')?.status).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
});

const job = (rest: object = {}, image = 'task:1') => ({
  spec: {
    completions: 1,
    parallelism: 1,
    backoffLimit: 2,
    template: { metadata: {}, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } },
    ...rest,
  },
});

test('a job completes and goes when its time to live is over', () => {
  const lab = startHarness({ timing: { jobMs: 3_000 } });
  lab.node('a');
  lab.create('jobs.batch', 'Job', 'task', job({ ttlSecondsAfterFinished: 60 }));
  lab.settle();
  expect(lab.one('jobs.batch', 'task')?.status).toMatchObject({ active: 1 });
  lab.advance(5_000);
  const status = lab.one('jobs.batch', 'task')?.status;
  expect(status).toMatchObject({ succeeded: 1 });
  expect(conditionOf(status, 'Complete')?.status).toBe('True');
  expect(lab.all('pods')[0]?.status?.phase).toBe('Succeeded');
  lab.advance(61_000);
  expect(lab.all('jobs.batch')).toEqual([]);
  expect(lab.all('pods')).toEqual([]);
});

test('a job that fails too often fails, with a pod per try and growing waits', () => {
  const lab = startHarness({ images: { task: { behaviour: { kind: 'exit', code: 3, afterMs: 0 } } } });
  lab.node('a');
  lab.create('jobs.batch', 'Job', 'task', job());
  lab.settle();
  expect(lab.all('pods')).toHaveLength(1);
  lab.advance(10_000);
  expect(lab.all('pods')).toHaveLength(2);
  lab.advance(20_000);
  const status = lab.one('jobs.batch', 'task')?.status;
  expect(conditionOf(status, 'Failed')).toMatchObject({ status: 'True', reason: 'BackoffLimitExceeded' });
  expect(status?.failed).toBe(3);
});

test('a suspended job runs no pod until it is resumed', () => {
  const lab = startHarness();
  lab.node('a');
  lab.create('jobs.batch', 'Job', 'task', job({ suspend: true }));
  lab.settle();
  expect(lab.all('pods')).toEqual([]);
  lab.patch('jobs.batch', 'task', (object: any) => ({ spec: { ...object.spec, suspend: false } }));
  lab.settle();
  const { status } = lab.one('jobs.batch', 'task') ?? {};
  expect(conditionOf(status, 'Complete')?.status).toBe('True');
  expect(conditionOf(status, 'Suspended')).toMatchObject({ status: 'False', reason: 'JobResumed' });
});

const cron = (rest: object = {}) => ({ spec: { schedule: '*/15 * * * *', jobTemplate: job(), ...rest } });

test('a cron job starts a job whenever it is due, keeps three, and remembers the last', () => {
  const lab = startHarness();
  lab.node('a');
  lab.create('cronjobs.batch', 'CronJob', 'sync', cron());
  lab.advance(2 * 3_600_000);
  expect(lab.all('jobs.batch')).toHaveLength(3);
  expect(lab.one('cronjobs.batch', 'sync')?.status).toMatchObject({
    lastScheduleTime: '2026-11-20T14:00:00Z',
    lastSuccessfulTime: '2026-11-20T14:00:00Z',
  });
});

test('after a standstill only the last missed run is made up for', () => {
  const lab = startHarness();
  lab.node('a');
  lab.create('cronjobs.batch', 'CronJob', 'sync', cron());
  lab.settle();
  lab.clock.advance(100 * 24 * 3_600_000 + 60_000);
  lab.settle();
  expect(lab.all('jobs.batch')).toHaveLength(1);
});

test('a suspended cron job starts nothing', () => {
  const lab = startHarness();
  lab.node('a');
  lab.create('cronjobs.batch', 'CronJob', 'sync', cron({ suspend: true }));
  lab.advance(3_600_000);
  expect(lab.all('jobs.batch')).toEqual([]);
});
