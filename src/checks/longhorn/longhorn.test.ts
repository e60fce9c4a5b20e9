import { expect, test } from 'vitest';
import coverage from '../backup/coverage.ts';
import type { AnyCheck } from '../define.ts';
import { ago, meta, node, planned as patched, pod, run, type Thing, type Things, worldOf } from '../testing.ts';
import backups from './backups.ts';
import upkeep from './upkeep.ts';
import volumeHealth from './volume-health.ts';
import youngNode from './young-node.ts';

const NS = 'longhorn-system';
const DAY = 1440;

const volume = (name: string, status: object = {}, more: { spec?: object; metadata?: object } = {}): Thing => ({
  metadata: meta(`${NS}/${name}`, { ...more.metadata }),
  spec: { numberOfReplicas: 2, ...more.spec },
  status: {
    state: 'attached',
    robustness: 'healthy',
    kubernetesStatus: { pvName: name, namespace: 'media', pvcName: `${name}-claim`, lastPVCRefAt: '' },
    ...status,
  },
});
const replica = (of: string, on: string, spec: object = {}, status: object = {}): Thing => ({
  metadata: meta(`${NS}/${of}-r-${on}`),
  spec: { volumeName: of, nodeID: on, healthyAt: ago(9000), failedAt: '', active: true, ...spec },
  status: { currentState: 'running', ...status },
});
const broken = { healthyAt: ago(9000), failedAt: ago(120) };
const rebuilding = { healthyAt: '', failedAt: '' };
const longhornNode = (name: string, spec: object = {}, more: object = {}): Thing => ({
  metadata: meta(`${NS}/${name}`, more as Record<string, unknown>),
  spec: { allowScheduling: true, disks: { d: { path: '/var/lib/longhorn', allowScheduling: true } }, ...spec },
});
const backup = (of: string, minutes: number, state = 'Completed', error = ''): Thing => ({
  metadata: meta(`${NS}/b-${of}-${minutes}`, { labels: { 'backup-volume': of }, creationTimestamp: ago(minutes) }),
  spec: {},
  status: { state, volumeName: of, error, ...(state === 'Completed' && { backupCreatedAt: ago(minutes) }) },
});
const target = (status: object = { available: true, lastSyncedAt: ago(3) }, url = 's3://backups@home/'): Thing => ({
  metadata: meta(`${NS}/default`),
  spec: { backupTargetURL: url, credentialSecret: 's3' },
  status,
});
const secret = (minutes: number): Thing => ({ metadata: meta(`${NS}/s3`), changedAt: ago(minutes) });

const marks = (check: AnyCheck, things: Things, unread: Parameters<typeof worldOf>[1] = []): readonly string[] =>
  run(check, worldOf(things, unread)).findings.map(({ fingerprint, severity }) => `${severity} ${fingerprint}`);

// S01

const one = (status: object, ...replicas: Thing[]): Things => ({
  longhornVolumes: [volume('v', status)],
  longhornReplicas: replicas,
});

test('a volume that has been degraded for longer than half an hour, and a faulted one, are told', () => {
  const since = { robustness: 'degraded', lastDegradedAt: ago(45) };
  expect(marks(volumeHealth, one(since, replica('v', 'a'), replica('v', 'b', broken)))).toEqual([
    `high S01:degraded:${NS}/v`,
  ]);
  expect(marks(volumeHealth, one({ robustness: 'faulted', state: 'detached' }, replica('v', 'a', broken)))).toEqual([
    `critical S01:faulted:${NS}/v`,
  ]);
});

test('a rebuild after a planned reboot, a moment of it, and a volume at rest are not', () => {
  const since = (minutes: number) => ({ robustness: 'degraded', lastDegradedAt: ago(minutes) });
  expect(marks(volumeHealth, one(since(90), replica('v', 'a'), replica('v', 'b', rebuilding)))).toEqual([]);
  expect(marks(volumeHealth, one(since(10), replica('v', 'a'), replica('v', 'b', broken)))).toEqual([]);
  expect(marks(volumeHealth, one({ robustness: 'unknown', state: 'detached' }, replica('v', 'a')))).toEqual([]);
});

test('a rebuild that does not come to an end is told, and so is a volume that does not say since when', () => {
  const since = { robustness: 'degraded', lastDegradedAt: ago(600) };
  expect(marks(volumeHealth, one(since, replica('v', 'a'), replica('v', 'b', rebuilding)))).toHaveLength(1);
  expect(marks(volumeHealth, one({ robustness: 'degraded', lastDegradedAt: '' }, replica('v', 'a')))).toHaveLength(1);
});

test('volumes that cannot be read make it unknown', () => {
  expect(run(volumeHealth, worldOf({}, ['longhornVolumes'])).status).toBe('unknown');
});

// S02

const kept = (...more: Thing[]): Things => ({
  longhornVolumes: [volume('v')],
  longhornBackups: [backup('v', 600), ...more],
  longhornBackupTargets: [target()],
  longhornCredentials: [secret(9000)],
});

test('young backups on a target that answers, with a credential that has proven itself, pass', () => {
  expect(marks(backups, kept())).toEqual([]);
  expect(
    marks(backups, { ...kept(), longhornCredentials: [{ metadata: meta(`${NS}/s3`), unread: 'forbidden' }] }),
  ).toEqual([]);
});

test('a newest backup beyond a day and two hours is late; one of the volume itself counts as well', () => {
  const late = {
    ...kept(),
    longhornBackups: [backup('v', 27 * 60), backup('v', 60, 'Error'), backup('v', 3, 'InProgress')],
  };
  expect(marks(backups, late)).toEqual([`critical S02:late:${NS}`]);
  expect(marks(backups, { ...late, longhornVolumes: [volume('v', { lastBackupAt: ago(200) })] })).toEqual([]);
  expect(run(backups, worldOf(late), { maxHours: 48 }).status).toBe('pass');
});

test('no backup is asked of a volume that says so, of a standby one, and of one at rest', () => {
  const old = (one: Thing, claim?: Thing): Things => ({
    ...kept(),
    longhornVolumes: [one],
    longhornBackups: [backup('v', 9 * DAY)],
    longhornCredentials: [],
    persistentVolumeClaims: claim === undefined ? [] : [claim],
  });
  const claim = { metadata: meta('media/v-claim', { annotations: { 'steward.dev/backup': 'none' } }), spec: {} };
  expect(marks(backups, old(volume('v', {}, { metadata: { labels: { 'no-backup': 'true' } } })))).toEqual([]);
  expect(marks(backups, old(volume('v'), claim))).toEqual([]);
  expect(marks(backups, old(volume('v', {}, { spec: { Standby: true } })))).toEqual([]);
  expect(marks(backups, old(volume('v', { state: 'detached' })))).toEqual([]);
  expect(marks(backups, old(volume('v', {}, { metadata: { labels: { 'no-backup': 'false' } } })))).toHaveLength(1);
});

test('a target that does not answer is told, one that was just made or that is not configured is not', () => {
  const away = {
    available: false,
    lastSyncedAt: ago(60),
    conditions: [{ type: 'Unavailable', status: 'True', message: 'no route' }],
  };
  expect(marks(backups, { ...kept(), longhornBackupTargets: [target(away)] })).toEqual([
    `critical S02:unavailable:${NS}/default`,
  ]);
  const fresh = { ...target({ available: false }), metadata: meta(`${NS}/default`, { creationTimestamp: ago(2) }) };
  expect(marks(backups, { ...kept(), longhornBackupTargets: [fresh] })).toEqual([]);
  expect(marks(backups, { ...kept(), longhornBackupTargets: [target({ available: false }, '')] })).toEqual([]);
});

test('a credential that was changed after the last success is told, worse once a backup failed with it', () => {
  const changed = { ...kept(), longhornCredentials: [secret(300)] };
  expect(marks(backups, changed)).toEqual([`high S02:credential:${NS}/default`]);
  const failed = { ...changed, longhornBackups: [backup('v', 600), backup('v', 60, 'Error', 'InvalidAccessKeyId')] };
  expect(marks(backups, failed)).toEqual([`critical S02:credential:${NS}/default`]);
  expect(run(backups, worldOf(failed)).findings[0]?.lessons).toEqual(['longhorn-backup-cred-rotation']);
  expect(marks(backups, { ...changed, longhornBackups: [backup('v', 600), backup('v', 60)] })).toEqual([]);
});

// S03

const calm = (more: Things = {}): Things => ({
  longhornVolumes: [volume('v')],
  longhornReplicas: [replica('v', 'a')],
  longhornNodes: [longhornNode('a')],
  nodes: [node('a')],
  longhornSettings: [{ metadata: meta(`${NS}/default-replica-count`), value: '{"v1":"2","v2":"3"}' }],
  ...more,
});
const failure = (minutes: number): Thing => ({
  metadata: meta(`${NS}/e${minutes}`),
  type: 'Warning',
  reason: 'FailedRebuilding',
  message: 'Failed rebuilding replica v-r-b: proxyServer=10.42.0.1:8501: no space',
  lastTimestamp: ago(minutes),
  involvedObject: { kind: 'Engine', namespace: NS, name: 'v-e-0' },
});

test('a rebuild that failed is told, by its event or by the condition of its replica', () => {
  expect(marks(upkeep, calm())).toEqual([]);
  expect(marks(upkeep, calm({ events: [failure(50), failure(40)] }))).toEqual(['high S03:rebuild:v']);
  const conditions = [{ type: 'RebuildFailed', status: 'True', lastTransitionTime: ago(60), message: 'Disconnection' }];
  expect(marks(upkeep, calm({ longhornReplicas: [replica('v', 'a', {}, { conditions })] }))).toEqual([
    'high S03:rebuild:v',
  ]);
});

test('old failures, and those while a node is being drained, are not', () => {
  const cordoned = node('a', { spec: { unschedulable: true } });
  expect(marks(upkeep, calm({ events: [failure(50)], nodes: [cordoned] }))).toEqual([]);
  expect(marks(upkeep, calm({ events: [failure(2 * DAY)] }))).toEqual([]);
});

const manager = (minutes: number): Thing =>
  pod(
    `${NS}/longhorn-manager-a`,
    { app: 'longhorn-manager' },
    { metadata: { creationTimestamp: ago(minutes) }, spec: { nodeName: 'a' } },
  );
const instances = (minutes: number): Thing =>
  pod(
    `${NS}/instance-manager-a`,
    { 'longhorn.io/component': 'instance-manager' },
    { metadata: { creationTimestamp: ago(minutes) }, spec: { nodeName: 'a' } },
  );
const upFor = (minutes: number): Thing =>
  node('a', { status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(minutes) }] } });

test('an instance-manager that is younger than the uptime of its node is told; not after a reboot or an upgrade', () => {
  const pods = [manager(9000), instances(200)];
  expect(marks(upkeep, calm({ pods, nodes: [upFor(5000)] }))).toEqual(['high S03:restart:a']);
  expect(marks(upkeep, calm({ pods, nodes: [upFor(205)] }))).toEqual([]);
  expect(marks(upkeep, calm({ pods: [manager(210), instances(200)], nodes: [upFor(5000)] }))).toEqual([]);
  expect(marks(upkeep, calm({ pods: [manager(9000), instances(4000)], nodes: [upFor(5000)] }))).toEqual([]);
});

test('a node of Longhorn without a Kubernetes node is told with its lesson', () => {
  const { findings } = run(upkeep, worldOf(calm({ longhornNodes: [longhornNode('a'), longhornNode('old')] })));
  expect(findings.map(({ fingerprint, lessons }) => [fingerprint, lessons])).toEqual([
    [`S03:gone:${NS}/old`, ['k8s-stale-node-longhorn']],
  ]);
});

test('the number of replicas is measured by the class, else by the setting; strict-local has one', () => {
  const [pv, storage] = [
    { metadata: meta('v'), spec: { storageClassName: 'fast' } },
    { metadata: meta('fast'), provisioner: 'driver.longhorn.io', parameters: { numberOfReplicas: '3' } },
  ];
  const three = { persistentVolumes: [pv], storageClasses: [storage] };
  expect(marks(upkeep, calm(three))).toEqual(['high S03:replicas:StorageClass fast']);
  const spec = { numberOfReplicas: 3 };
  expect(marks(upkeep, calm({ ...three, longhornVolumes: [volume('v', {}, { spec })] }))).toEqual([]);
  expect(marks(upkeep, calm({ longhornVolumes: [volume('v', {}, { spec })] }))).toEqual([
    'medium S03:replicas:setting default-replica-count',
  ]);
  const local = volume('v', {}, { spec: { numberOfReplicas: 1, dataLocality: 'strict-local' } });
  expect(marks(upkeep, calm({ longhornVolumes: [local] }))).toEqual([]);
});

// B01

test('B01: a claim on Longhorn is covered by a backup of any age, by a word, and while it is new', () => {
  const claims = (one: Thing, more: Things = {}): readonly string[] =>
    marks(coverage, { longhornVolumes: [one], longhornBackups: [], ...more });
  expect(claims(volume('v'))).toEqual(['high B01:volume:Volumes on Longhorn']);
  expect(claims(volume('v'), { longhornBackups: [backup('v', 90 * DAY)] })).toEqual([]);
  expect(claims(volume('v'), { longhornBackups: [backup('v', 60, 'Error')] })).toHaveLength(1);
  expect(claims(volume('v', { lastBackupAt: ago(60) }))).toEqual([]);
  expect(claims(volume('v', {}, { metadata: { labels: { 'no-backup': 'true' } } }))).toEqual([]);
  expect(claims(volume('v', {}, { metadata: { creationTimestamp: ago(600) } }))).toEqual([]);
  expect(claims(volume('v', { kubernetesStatus: { pvName: '', pvcName: '' } }))).toEqual([]);
});

// S05

const young = { creationTimestamp: ago(12 * 60) };
const joined = (longhorn: Thing, more: readonly Thing[] = [node('old')]): Things => ({
  longhornNodes: [longhorn],
  nodes: [node('new', { metadata: young }), ...more],
});

test('a node of half a day that takes replicas is told', () => {
  expect(marks(youngNode, joined(longhornNode('new', {}, { creationTimestamp: ago(11 * 60) })))).toEqual([
    `medium S05:${NS}/new`,
  ]);
});

test('a closed one, the same host built anew, one without disks, and a cluster that is new itself are not', () => {
  const late = { creationTimestamp: ago(11 * 60) };
  expect(marks(youngNode, joined(longhornNode('new', { allowScheduling: false }, late)))).toEqual([]);
  expect(marks(youngNode, joined(longhornNode('new', {}, { creationTimestamp: ago(90 * DAY) })))).toEqual([]);
  expect(marks(youngNode, joined(longhornNode('new', { disks: {} }, late)))).toEqual([]);
  expect(marks(youngNode, joined(longhornNode('new', {}, late), []))).toEqual([]);
});

test('opening a young node for replicas is a question', () => {
  const closed = worldOf(joined(longhornNode('new', { allowScheduling: false }, { creationTimestamp: ago(600) })));
  const open = longhornNode('new', {}, { creationTimestamp: ago(600) });
  const after = patched(closed, { effects: [{ op: 'put', part: 'longhornNodes', id: `${NS}/new`, value: open }] });
  expect(run(youngNode, after).findings).toHaveLength(1);
  expect(youngNode.introduced).toBe('ask');
});
