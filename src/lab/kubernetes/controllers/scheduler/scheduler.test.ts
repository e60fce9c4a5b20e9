import { expect, test } from 'vitest';
import { conditionOf } from '../support.ts';
import { startHarness } from '../testing.ts';

type Lab = ReturnType<typeof startHarness>;

const pod = (lab: Lab, name: string, spec: object = {}, metadata: object = {}) => {
  const containers = [{ name: 'main', image: 'app:1' }];
  lab.create('pods', 'Pod', name, { metadata, spec: { containers, ...spec } });
  lab.settle();
};
const where = (lab: Lab, name: string) => lab.one('pods', name)?.spec.nodeName;
const why = (lab: Lab, name: string) => conditionOf(lab.one('pods', name)?.status, 'PodScheduled')?.message;
const asks = (requests: object) => ({ containers: [{ name: 'main', image: 'app:1', resources: { requests } }] });

test('a pod goes to the emptiest node, ties to the first name', () => {
  const lab = startHarness();
  lab.node('b');
  lab.node('a');
  pod(lab, 'one', asks({ cpu: '1' }));
  pod(lab, 'two', asks({ cpu: '1' }));
  pod(lab, 'three', asks({ cpu: '1' }));
  expect(['one', 'two', 'three'].map((name) => where(lab, name))).toEqual(['a', 'b', 'a']);
});

test('what fits nowhere is said in the words of the real scheduler, each node once', () => {
  const lab = startHarness();
  lab.node('cp', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] });
  lab.node('small', { cpu: '1' });
  lab.node('full', { cpu: '2' });
  lab.patch('nodes', 'small', () => ({ spec: { unschedulable: true } }), '');
  pod(lab, 'filler', asks({ cpu: '1500m' }));
  pod(lab, 'big', asks({ cpu: '2' }));
  expect(why(lab, 'big')).toBe(
    '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
  );
  expect(lab.reasons('big').filter((line) => line.startsWith('FailedScheduling'))).toHaveLength(1);
  lab.api.delete('pods', 'default', 'filler', { graceSeconds: 0 });
  lab.settle();
  expect(where(lab, 'big')).toBe('full');
});

test('node selector and required node affinity choose by label', () => {
  const lab = startHarness();
  lab.node('amd');
  lab.node('arm', { arch: 'arm64' });
  pod(lab, 'selected', { nodeSelector: { 'kubernetes.io/arch': 'arm64' } });
  const term = { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'NotIn', values: ['arm64'] }] };
  const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } };
  pod(lab, 'affine', { affinity: { nodeAffinity: required } });
  pod(lab, 'nowhere', { nodeSelector: { gpu: 'yes' } });
  expect([where(lab, 'selected'), where(lab, 'affine'), where(lab, 'nowhere')]).toEqual(['arm', 'amd', undefined]);
  expect(why(lab, 'nowhere')).toContain("2 node(s) didn't match Pod's node affinity/selector");
});

test('taints keep pods away that do not tolerate them', () => {
  const lab = startHarness();
  lab.node('gpu', { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] });
  pod(lab, 'plain');
  pod(lab, 'wrong', { tolerations: [{ key: 'gpu', value: 'false', effect: 'NoSchedule' }] });
  pod(lab, 'right', { tolerations: [{ key: 'gpu', operator: 'Equal', value: 'true', effect: 'NoSchedule' }] });
  expect([where(lab, 'plain'), where(lab, 'wrong'), where(lab, 'right')]).toEqual([undefined, undefined, 'gpu']);
});

test('required anti-affinity by hostname keeps pods apart, from both sides', () => {
  const lab = startHarness();
  lab.node('a');
  lab.node('b');
  const term = { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' };
  const apart = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } };
  const labels = { labels: { app: 'db' } };
  pod(lab, 'one', apart, labels);
  pod(lab, 'two', apart, labels);
  pod(lab, 'three', apart, labels);
  pod(lab, 'plain', {}, labels);
  expect(new Set([where(lab, 'one'), where(lab, 'two')]).size).toBe(2);
  expect(why(lab, 'three')).toContain("2 node(s) didn't match pod anti-affinity rules");
  expect(why(lab, 'plain')).toContain("2 node(s) didn't satisfy existing pods anti-affinity rules");
});

test('a host port is given once per node', () => {
  const lab = startHarness();
  lab.node('a');
  const spec = { containers: [{ name: 'main', image: 'app:1', ports: [{ containerPort: 80, hostPort: 80 }] }] };
  pod(lab, 'one', spec);
  pod(lab, 'two', spec);
  expect(why(lab, 'two')).toContain("1 node(s) didn't have free ports for the requested pod ports");
});

const storage = (lab: Lab, name: string, volumeBindingMode: string, provisioner = 'driver.longhorn.io') =>
  lab.create('storageclasses.storage.k8s.io', 'StorageClass', name, { provisioner, volumeBindingMode }, '');
const claim = (lab: Lab, name: string, storageClassName: string) => {
  const spec = { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  lab.create('persistentvolumeclaims', 'PersistentVolumeClaim', name, { spec });
  lab.settle();
};
const using = (claimName: string) => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] });

test('a claim that waits for its first consumer is bound where the pod goes, and keeps it there', () => {
  const lab = startHarness();
  lab.node('a');
  lab.node('b');
  storage(lab, 'local', 'WaitForFirstConsumer', 'rancher.io/local-path');
  claim(lab, 'data', 'local');
  expect(lab.one('persistentvolumeclaims', 'data')?.status?.phase).toBe('Pending');
  expect(lab.reasons('data')).toEqual([
    'WaitForFirstConsumer: waiting for first consumer to be created before binding',
  ]);
  pod(lab, 'one', using('data'));
  expect(where(lab, 'one')).toBe('a');
  expect(lab.one('persistentvolumeclaims', 'data')?.status?.phase).toBe('Bound');
  lab.api.delete('pods', 'default', 'one', { graceSeconds: 0 });
  lab.patch('nodes', 'a', (node) => ({ spec: { ...(node as any).spec, unschedulable: true } }), '');
  pod(lab, 'two', using('data'));
  expect(why(lab, 'two')).toContain("1 node(s) didn't match PersistentVolume's node affinity");
});

test('pods wait for claims that are missing, unbound or of an unknown class', () => {
  const lab = startHarness({ isStuck: ({ metadata }) => metadata.name === 'stuck' });
  lab.node('a');
  storage(lab, 'longhorn', 'Immediate');
  claim(lab, 'stuck', 'longhorn');
  claim(lab, 'odd', 'nope');
  pod(lab, 'one', using('stuck'));
  pod(lab, 'two', using('never'));
  expect(why(lab, 'one')).toContain('pod has unbound immediate PersistentVolumeClaims');
  expect(why(lab, 'two')).toContain('persistentvolumeclaim "never" not found');
  expect(lab.reasons('stuck')[0]).toContain('ExternalProvisioning');
  expect(lab.reasons('odd')).toEqual(['ProvisioningFailed: storageclass.storage.k8s.io "nope" not found']);
  storage(lab, 'nope', 'Immediate');
  lab.settle();
  expect(lab.one('persistentvolumeclaims', 'odd')?.status?.phase).toBe('Bound');
});

test('a claim in use is not taken away, and its volume goes with it', () => {
  const lab = startHarness();
  lab.node('a');
  storage(lab, 'longhorn', 'Immediate');
  claim(lab, 'data', 'longhorn');
  pod(lab, 'one', using('data'));
  expect(lab.everywhere('persistentvolumes')).toHaveLength(1);
  lab.api.delete('persistentvolumeclaims', 'default', 'data', {});
  lab.settle();
  expect(lab.one('persistentvolumeclaims', 'data')).toBeDefined();
  lab.api.delete('pods', 'default', 'one', { graceSeconds: 0 });
  lab.settle();
  expect(lab.one('persistentvolumeclaims', 'data')).toBeUndefined();
  expect(lab.everywhere('persistentvolumes')).toEqual([]);
});
