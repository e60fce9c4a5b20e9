import { expect, test } from 'vitest';
import { ago, deployment, meta, node, ownedBy, pod, ready, run, template, worldOf } from '../testing.ts';
import check from './workload-health.ts';

const conditions = (available: number, progressing = 'NewReplicaSetAvailable') => ({
  status: {
    availableReplicas: 0,
    conditions: [
      { type: 'Available', status: 'False', lastTransitionTime: ago(available) },
      { type: 'Progressing', status: 'True', reason: progressing, lastTransitionTime: ago(available) },
    ],
  },
});
const web = (status: object) => deployment('apps/web', template({ app: 'web' }, 'web:1'), {}, { ...status });
const healthy = { status: { availableReplicas: 1, conditions: [] } };
const set = { metadata: meta('apps/web-1', ownedBy('Deployment', 'web')), spec: { replicas: 1, selector: {} } };
const crashing = (restartCount: number, reason: string, minutesAgo: number) =>
  pod(
    'apps/web-1-a',
    { app: 'web' },
    {
      metadata: ownedBy('ReplicaSet', 'web-1'),
      spec: { containers: [{ name: 'main', image: 'web:1', resources: { limits: { memory: '128Mi' } } }] },
      status: {
        containerStatuses: [
          {
            name: 'main',
            ready: true,
            restartCount,
            lastState: { terminated: { exitCode: 137, reason, finishedAt: ago(minutesAgo) } },
          },
        ],
      },
    },
  );

test('fewer available than desired for longer than fifteen minutes, also without any pod', () => {
  expect(run(check, worldOf({ deployments: [web(conditions(16))] })).findings).toMatchObject([
    { fingerprint: 'K04:Deployment apps/web', severity: 'high', message: expect.stringContaining('0 of 1 wanted pod') },
  ]);
});

test('a crash loop and an out-of-memory kill of one workload are one finding, the cause first', () => {
  const { findings } = run(
    check,
    worldOf({ deployments: [web(conditions(30))], replicaSets: [set], pods: [crashing(12, 'OOMKilled', 20)] }),
  );
  expect(findings).toHaveLength(1);
  expect(findings[0]?.message).toMatch(/OOMKilled.*keeps restarting/);
  expect(findings[0]?.evidence[0]).toContain('memory limit 128Mi');
});

test('restarts alone, and a StatefulSet by the readiness of its pods', () => {
  expect(
    run(check, worldOf({ deployments: [web(healthy)], replicaSets: [set], pods: [crashing(11, 'Error', 60)] })).status,
  ).toBe('fail');
  const db = { metadata: meta('apps/db'), spec: { replicas: 1, selector: {}, template: template({}, 'db:1') } };
  const down = pod(
    'apps/db-0',
    {},
    { metadata: ownedBy('StatefulSet', 'db'), status: { conditions: [ready('False', 20)] } },
  );
  expect(run(check, worldOf({ statefulSets: [db], pods: [down] })).findings[0]?.target).toBe('StatefulSet apps/db');
});

test.each([
  ['it is short for a few minutes only', { deployments: [web(conditions(14))] }],
  ['a rollout is in progress', { deployments: [web(conditions(30, 'ReplicaSetUpdated'))] }],
  [
    'it is scaled to zero',
    { deployments: [deployment('apps/web', template({}, 'x'), { replicas: 0 }, conditions(60))] },
  ],
  [
    'the restarts are of last week',
    { deployments: [web(healthy)], replicaSets: [set], pods: [crashing(50, 'OOMKilled', 3000)] },
  ],
  [
    'ten restarts are not exceeded',
    { deployments: [web(healthy)], replicaSets: [set], pods: [crashing(10, 'Error', 60)] },
  ],
])('passes when %s', (_, things) => {
  expect(run(check, worldOf(things)).status).toBe('pass');
});

test('a pod that waits for a place during a drain belongs to the maintenance, and no longer once the drain is old', () => {
  const pending = pod(
    'apps/web-1-a',
    {},
    {
      metadata: ownedBy('ReplicaSet', 'web-1'),
      spec: { nodeName: undefined },
      status: { phase: 'Pending', conditions: [ready('False', 20)] },
    },
  );
  const cordoned = (minutes: number) =>
    node('n1', {
      spec: {
        unschedulable: true,
        taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(minutes) }],
      },
    });
  const things = { deployments: [web(conditions(20))], replicaSets: [set], pods: [pending] };
  expect(run(check, worldOf({ ...things, nodes: [cordoned(25)] })).status).toBe('pass');
  expect(run(check, worldOf({ ...things, nodes: [cordoned(120)] })).status).toBe('fail');
});

test('is unknown when pods cannot be read', () => {
  expect(run(check, worldOf({ deployments: [web(conditions(60))] }, ['pods'])).status).toBe('unknown');
});

test('pods of a node that is not ready are told with it, and the node is what to bring back', () => {
  const of = (status: 'True' | 'False') =>
    run(
      check,
      worldOf({
        deployments: [web(conditions(16))],
        replicaSets: [set],
        pods: [
          pod(
            'apps/web-1-a',
            { app: 'web' },
            {
              metadata: ownedBy('ReplicaSet', 'web-1'),
              spec: { nodeName: 'n1' },
              status: { phase: 'Running', conditions: [ready('False', 16)] },
            },
          ),
        ],
        nodes: [node('n1', { status: { conditions: [ready(status, 20)] } })],
      }),
    ).findings[0];
  expect(of('False')?.evidence).toContain('pod web-1-a: on n1, which is not ready');
  expect(of('False')?.remedy).not.toBe(of('True')?.remedy);
});
