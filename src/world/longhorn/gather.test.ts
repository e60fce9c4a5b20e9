import { expect, test } from 'vitest';
import type { KubeKind, KubeObject, KubernetesReader } from '../../clients/kubernetes/contract.ts';
import { ManualClock } from '../../core/clock.ts';
import { StewardError } from '../../core/errors.ts';
import { createWorldReader } from '../create-reader.ts';

const clock = new ManualClock('2026-11-20T12:00:00Z');
const signal = new AbortController().signal;

const fault = (status: number, code = 'kubernetes_error') =>
  new StewardError('Unable to list it.', { kind: 'target', code, status });

interface Answers {
  readonly lists?: Readonly<Record<string, readonly KubeObject[]>>;
  readonly fault?: StewardError;
  readonly served?: readonly string[];
  readonly secret?: KubeObject;
}

// a reader that answers what it is told: the gatherer calls nothing else
const worldOf = ({ lists = {}, fault: wrong, served = [], secret }: Answers) =>
  createWorldReader({
    kubernetes: {
      listAll: async ({ group, kind }: KubeKind) => {
        if (group === 'longhorn.io' && wrong !== undefined) throw wrong;
        return group === 'longhorn.io' ? (lists[kind] ?? []) : [];
      },
      kinds: async () => served.map((resource) => ({ group: 'longhorn.io', resource })),
      get: async () => {
        if (secret === undefined) throw fault(403, 'kubernetes_forbidden');
        return secret;
      },
    } as unknown as KubernetesReader,
    clock,
  }).world({ maxAgeMs: 0, signal });

const object = (kind: string, name: string, rest: object): KubeObject => ({
  apiVersion: 'longhorn.io/v1beta2',
  kind,
  metadata: { name, namespace: 'longhorn-system' },
  ...rest,
});
const target = object('BackupTarget', 'default', { spec: { backupTargetURL: 's3://b@r/', credentialSecret: 's3' } });

test('objects as Longhorn writes them are read: empty texts are no times, and null is no list', async () => {
  const world = await worldOf({
    lists: {
      Volume: [
        object('Volume', 'pvc-1', {
          spec: {
            size: '5368709120',
            numberOfReplicas: 2,
            frontend: 'blockdev',
            Standby: false,
            dataLocality: 'disabled',
          },
          status: {
            state: 'attached',
            robustness: 'degraded',
            lastDegradedAt: '2026-11-20T10:00:00Z',
            lastBackupAt: '',
            conditions: null,
            kubernetesStatus: {
              pvName: 'pvc-1',
              namespace: 'media',
              pvcName: 'config',
              lastPVCRefAt: '',
              workloadsStatus: null,
            },
          },
        }),
      ],
      Replica: [
        object('Replica', 'pvc-1-r-1', { spec: { volumeName: 'pvc-1', nodeID: 'w-1', healthyAt: '', failedAt: '' } }),
      ],
      Setting: [object('Setting', 'default-replica-count', { value: '2' })],
    },
  });
  const volumes = world.part('longhornVolumes');
  expect(volumes.state === 'known' && volumes.value.get('longhorn-system/pvc-1')?.status).toMatchObject({
    robustness: 'degraded',
    lastBackupAt: undefined,
    conditions: [],
  });
  const replicas = world.part('longhornReplicas');
  expect(replicas.state === 'known' && replicas.value.get('longhorn-system/pvc-1-r-1')?.spec).toMatchObject({
    healthyAt: undefined,
    active: true,
  });
});

test('without Longhorn its parts are absent, also for an account that may not list what is not there', async () => {
  for (const answers of [{ fault: fault(404) }, { fault: fault(403, 'kubernetes_forbidden'), served: [] }]) {
    const world = await worldOf(answers);
    expect(world.part('longhornVolumes')).toEqual({ state: 'absent' });
    expect(world.part('longhornCredentials')).toEqual({ state: 'absent' });
  }
});

test('what is served and may not be listed is unknown, not absent', async () => {
  const world = await worldOf({ fault: fault(403, 'kubernetes_forbidden'), served: ['volumes'] });
  expect(world.part('longhornVolumes').state).toBe('unknown');
});

test('of a credential only the time is kept at which its data changed last', async () => {
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's3',
      namespace: 'longhorn-system',
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [
        { manager: 'kubectl', time: '2026-11-19T08:00:00Z', fieldsV1: { 'f:data': { 'f:key': {} } } },
        { manager: 'labeller', time: '2026-11-20T08:00:00Z', fieldsV1: { 'f:metadata': {} } },
      ],
    },
    data: { AWS_SECRET_ACCESS_KEY: 'aHVudGVyMi1idXQtbG9uZ2Vy' },
  };
  const world = await worldOf({ lists: { BackupTarget: [target] }, secret });
  const part = world.part('longhornCredentials');
  if (part.state !== 'known') throw new Error('it is not known');
  expect(part.value.get('longhorn-system/s3')?.changedAt).toBe('2026-11-19T08:00:00Z');
  expect(JSON.stringify([...part.value])).not.toContain('aHVudGVy');
});

test('a credential that may not be read is known as unread', async () => {
  const part = (await worldOf({ lists: { BackupTarget: [target] } })).part('longhornCredentials');
  expect(part.state === 'known' && part.value.get('longhorn-system/s3')).toMatchObject({ unread: expect.any(String) });
});
