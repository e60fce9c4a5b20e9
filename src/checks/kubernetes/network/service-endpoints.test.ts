import { expect, test } from 'vitest';
import { ago, deployment, meta, ownedBy, pod, ready, run, service, template, worldOf } from '../../testing.ts';
import check from './service-endpoints.ts';

const app = { app: 'web' };
const web = service('apps/web', app);
const slice = (isReady: boolean | null) => ({
  metadata: meta('apps/web-1', { labels: { 'kubernetes.io/service-name': 'web' } }),
  endpoints: [{ addresses: ['10.42.0.9'], conditions: { ready: isReady } }],
});
const waiting = (minutes: number) =>
  pod('apps/web-a-1', app, {
    metadata: ownedBy('StatefulSet', 'web'),
    status: { conditions: [ready('False', minutes)] },
  });
const set = (replicas: number) => ({
  metadata: meta('apps/web'),
  spec: { replicas, selector: {}, template: template(app, 'web:1') },
});

test('a Service whose pods have not been ready for longer than ten minutes', () => {
  const result = run(
    check,
    worldOf({ services: [web], endpointSlices: [slice(false)], statefulSets: [set(1)], pods: [waiting(11)] }),
  );
  expect(result.findings).toMatchObject([
    { fingerprint: 'K02:apps/web', severity: 'high', target: 'Service apps/web' },
  ]);
});

test('a workload that never got a pod counts from its own condition', () => {
  const down = deployment(
    'apps/web',
    template(app, 'web:1'),
    {},
    { status: { conditions: [{ type: 'Available', status: 'False', lastTransitionTime: ago(60) }] } },
  );
  expect(run(check, worldOf({ services: [web], deployments: [down] })).status).toBe('fail');
});

test('a selector that nothing carries says so', () => {
  expect(run(check, worldOf({ services: [web] })).findings).toMatchObject([{ severity: 'medium' }]);
});

test.each([
  ['an endpoint is ready', { endpointSlices: [slice(true)], statefulSets: [set(1)] }],
  ['readiness is null, which the API counts as ready', { endpointSlices: [slice(null)], statefulSets: [set(1)] }],
  ['it is scaled to zero on purpose', { endpointSlices: [], statefulSets: [set(0)] }],
  [
    'its app is a suspended CronJob',
    {
      cronJobs: [
        {
          metadata: meta('apps/web'),
          spec: { schedule: '@daily', suspend: true, jobTemplate: { spec: { template: template(app, 'x') } } },
        },
      ],
    },
  ],
  ['its pods started a moment ago', { statefulSets: [set(1)], pods: [waiting(5)] }],
])('passes when %s', (_, things) => {
  expect(run(check, worldOf({ services: [web], ...things })).status).toBe('pass');
});

test('a Service of a plan is new, and without a selector nothing is expected', () => {
  const fresh = { ...web, metadata: meta('apps/web', { creationTimestamp: ago(0) }) };
  expect(run(check, worldOf({ services: [fresh, service('apps/external', {})] })).status).toBe('pass');
});

test('is unknown when the slices cannot be read', () => {
  expect(run(check, worldOf({ services: [web] }, ['endpointSlices'])).status).toBe('unknown');
});

test('one sleeping workload of two excuses nothing, and pods of Jobs come and go', () => {
  const twins = [set(1), { ...set(0), metadata: meta('apps/web-old') }];
  expect(run(check, worldOf({ services: [web], statefulSets: twins, pods: [waiting(30)] })).status).toBe('fail');
  const job = { metadata: meta('apps/runner'), spec: { template: template(app, 'runner:1') } };
  expect(run(check, worldOf({ services: [web], jobs: [job] })).status).toBe('pass');
});

test('a Deployment that was available a moment ago is still starting, however old its pods are', () => {
  const flapping = deployment(
    'apps/web',
    template(app, 'web:1'),
    {},
    {
      status: {
        conditions: [
          { type: 'Progressing', status: 'False', lastTransitionTime: ago(60) },
          { type: 'Available', status: 'False', lastTransitionTime: ago(2) },
        ],
      },
    },
  );
  expect(run(check, worldOf({ services: [web], deployments: [flapping] })).status).toBe('pass');
});
