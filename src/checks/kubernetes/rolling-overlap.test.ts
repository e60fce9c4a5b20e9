import { expect, test } from 'vitest';
import { deployment, meta, node, run, type Things, template, worldOf } from '../testing.ts';
import check from './rolling-overlap.ts';

const claim = (...accessModes: string[]) => [{ metadata: meta('apps/data'), spec: { accessModes } }];
const mounting = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
const web = (spec: object = {}) => deployment('apps/web', template({}, 'web:1', {}, mounting), { ...spec });
const ingress = (spec: object = {}) =>
  deployment('ingress/nginx', template({}, 'nginx:1', { ports: [{ containerPort: 80, hostPort: 80 }] }), { ...spec });
const prints = (things: Things) => run(check, worldOf(things)).findings.map(({ fingerprint }) => fingerprint);

test('the default strategy runs two pods on one ReadWriteOnce volume', () => {
  expect(prints({ deployments: [web()], persistentVolumeClaims: claim('ReadWriteOnce') })).toEqual([
    'K10:volume:apps/web',
  ]);
});

test('a host port on the only node that takes the pod', () => {
  expect(prints({ deployments: [ingress()], nodes: [node('n1')] })).toEqual(['K10:port:ingress/nginx']);
  const cordoned = node('n2', { spec: { unschedulable: true } });
  expect(prints({ deployments: [ingress()], nodes: [node('n1'), cordoned] })).toEqual(['K10:port:ingress/nginx']);
});

test.each([
  [
    'the strategy is Recreate',
    { deployments: [web({ strategy: { type: 'Recreate' } })], persistentVolumeClaims: claim('ReadWriteOnce') },
  ],
  [
    'nothing surges',
    {
      deployments: [web({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } })],
      persistentVolumeClaims: claim('ReadWriteOnce'),
    },
  ],
  ['the volume can be shared', { deployments: [web()], persistentVolumeClaims: claim('ReadWriteMany') }],
  [
    'the driver keeps the second pod away (ReadWriteOncePod)',
    { deployments: [web()], persistentVolumeClaims: claim('ReadWriteOncePod') },
  ],
  ['the host port is free on other nodes', { deployments: [ingress()], nodes: [node('n1'), node('n2')] }],
])('passes when %s', (_, things) => {
  expect(run(check, worldOf(things)).status).toBe('pass');
});

test('is unknown when claims cannot be read', () => {
  expect(run(check, worldOf({ deployments: [web()] }, ['persistentVolumeClaims'])).status).toBe('unknown');
});

test('at zero replicas it is only low', () => {
  const { findings } = run(
    check,
    worldOf({ deployments: [web({ replicas: 0 })], persistentVolumeClaims: claim('ReadWriteOnce') }),
  );
  expect(findings).toMatchObject([{ severity: 'low' }]);
});
