import { expect, test } from 'vitest';
import { ago, deployment, meta, node, ownedBy, pod, run, type Things, template, worldOf } from '../testing.ts';
import check from './stuck-volumes.ts';

const claim = (minutes: number, phase = 'Pending', spec = {}) => ({
  metadata: meta('apps/data', { creationTimestamp: ago(minutes) }),
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'longhorn', ...spec },
  status: { phase },
});
const mounting = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
const web = (replicas = 1) => deployment('apps/web', template({}, 'web:1', {}, mounting), { replicas });
const waitForConsumer = {
  metadata: meta('longhorn'),
  provisioner: 'driver.longhorn.io',
  volumeBindingMode: 'WaitForFirstConsumer',
};
const prints = (things: Things) => run(check, worldOf(things)).findings.map(({ fingerprint }) => fingerprint);

test('a claim that is pending although a workload waits for it', () => {
  const { findings } = run(
    check,
    worldOf({
      persistentVolumeClaims: [claim(11)],
      deployments: [web()],
      storageClasses: [{ metadata: meta('local-path'), provisioner: 'p' }],
    }),
  );
  expect(findings.map(({ fingerprint }) => fingerprint)).toEqual(['K07:pvc:apps/data']);
  expect(findings[0]?.evidence[0]).toContain('longhorn, which does not exist');
  expect(findings[0]?.remedy).toContain('local-path');
});

test('a pod that has been creating its container for ten minutes because of its volume', () => {
  const creating = (minutes: number) =>
    pod(
      'apps/web-1',
      {},
      {
        metadata: ownedBy('ReplicaSet', 'w'),
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: ago(minutes) }],
        },
      },
    );
  const event = {
    metadata: meta('apps/web-1.e'),
    type: 'Warning',
    reason: 'FailedMount',
    message: 'staging path missing',
    involvedObject: { kind: 'Pod', namespace: 'apps', name: 'web-1' },
  };
  expect(prints({ pods: [creating(11)], events: [event] })).toEqual(['K07:mount:Pod apps/web-1']);
  expect(prints({ pods: [creating(9)], events: [event] })).toEqual([]);
  expect(prints({ pods: [creating(30)] })).toEqual([]);
});

test('an attachment that fails, and a node without the driver that its pods need', () => {
  const attachment = {
    metadata: meta('csi-1'),
    spec: { attacher: 'driver.longhorn.io', nodeName: 'n1', source: { persistentVolumeName: 'pv1' } },
    status: { attached: false, attachError: { message: 'volume is attached to n2' } },
  };
  expect(prints({ volumeAttachments: [attachment] })).toEqual(['K07:attach:pv1@n1']);
  const bound = {
    nodes: [node('n1')],
    pods: [pod('apps/web-1', {}, { spec: { nodeName: 'n1', containers: [], ...mounting } })],
    persistentVolumeClaims: [claim(500, 'Bound', { volumeName: 'pv1' })],
    persistentVolumes: [{ metadata: meta('pv1'), spec: { csi: { driver: 'driver.longhorn.io' } } }],
  };
  const drivers = (...names: string[]) => [
    { metadata: meta('n1'), spec: { drivers: names.map((name) => ({ name })) } },
  ];
  expect(prints({ ...bound, csiNodes: drivers() })).toEqual(['K07:driver:driver.longhorn.io@n1']);
  expect(run(check, worldOf(bound))).toMatchObject({ status: 'unknown', findings: [{ unknown: true }] });
  expect(prints({ ...bound, csiNodes: drivers('driver.longhorn.io') })).toEqual([]);
});

test.each([
  [
    'it waits for its first consumer and has none',
    { persistentVolumeClaims: [claim(500)], storageClasses: [waitForConsumer] },
  ],
  [
    'its consumer is scaled to zero',
    { persistentVolumeClaims: [claim(500)], storageClasses: [waitForConsumer], deployments: [web(0)] },
  ],
  ['it is bound', { persistentVolumeClaims: [claim(500, 'Bound')], deployments: [web()] }],
  ['it is young', { persistentVolumeClaims: [claim(9)], deployments: [web()] }],
])('a claim passes when %s', (_, things) => {
  expect(run(check, worldOf(things)).status).toBe('pass');
});

test.each(['csiNodes', 'events', 'volumeAttachments', 'persistentVolumeClaims'] as const)(
  'is unknown when %s cannot be read',
  (part) => {
    expect(run(check, worldOf({}, [part])).status).toBe('unknown');
  },
);
