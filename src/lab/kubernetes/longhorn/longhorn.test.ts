import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../../core/clock.ts';
import { type Lab, startLab } from '../../lab.ts';
import { type LonghornKinds, longhornList } from './kinds.ts';

const open: Lab[] = [];
afterAll(async () => {
  for (const lab of open) await lab.close();
});

const HOUR = 3_600_000;

async function start(scenario = 'seed-1') {
  const lab = await startLab({ scenario, clock: new ManualClock('2026-11-20T12:00:00Z') });
  open.push(lab);
  const { cluster } = lab.kubernetes;
  const all = <R extends keyof LonghornKinds>(resource: R) => longhornList(cluster.api, resource);
  return {
    cluster,
    all,
    robustness: () => [...new Set(all('volumes.longhorn.io').map(({ status }) => status?.robustness ?? ''))].sort(),
  };
}

test('every claim of its class has a volume with two replicas on different hosts, backed up last night', async () => {
  const { cluster, all, robustness } = await start();
  const volumes = all('volumes.longhorn.io');
  expect(volumes.length).toBeGreaterThan(10);
  expect(robustness()).toEqual(['healthy']);
  const zones = new Map(
    cluster.api.list('nodes').map(({ metadata }) => [metadata.name, metadata.labels?.['topology.kubernetes.io/zone']]),
  );
  for (const { metadata, status } of volumes) {
    const own = all('replicas.longhorn.io').filter(({ spec }) => spec.volumeName === metadata.name);
    expect(new Set(own.map(({ spec }) => zones.get(spec.nodeID))).size).toBe(2);
    expect(status?.lastBackupAt).toBe('2026-11-20T03:00:00Z');
  }
});

test('volumes follow their nodes: degraded while one is away, healthy again once it has caught up', async () => {
  const { cluster, all, robustness } = await start();
  cluster.setNodeDown('k3s-agent-1', true);
  await cluster.advance(5 * 60_000);
  expect(robustness()).toContain('degraded');
  const failed = all('replicas.longhorn.io').filter(({ spec }) => spec.failedAt !== '');
  expect(new Set(failed.map(({ spec }) => spec.nodeID))).toEqual(new Set(['k3s-agent-1']));
  cluster.setNodeDown('k3s-agent-1', false);
  await cluster.advance(10 * 60_000);
  expect(robustness()).toEqual(['healthy']);
});

test('a changed key stops the backups until the managers start anew', async () => {
  const { cluster, all } = await start();
  const secret = cluster.api.get('secrets', 'longhorn-system', 'longhorn-s3');
  if (secret === undefined) throw new Error('there is no Secret');
  cluster.api.update('secrets', { ...secret, data: { AWS_SECRET_ACCESS_KEY: 'bmV3' } }, 'kubectl');
  const newest = () =>
    all('backups.longhorn.io')
      .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))
      .at(0)?.status?.state;
  await cluster.advance(24 * HOUR);
  expect(newest()).toBe('Error');
  for (const { metadata } of cluster.api.list('pods', 'longhorn-system'))
    if (metadata.name.startsWith('longhorn-manager-')) cluster.api.delete('pods', 'longhorn-system', metadata.name, {});
  await cluster.advance(24 * HOUR);
  expect(newest()).toBe('Completed');
});

test('a volume goes with its claim, and its replicas with it', async () => {
  const { cluster, all } = await start();
  const claimed = (name: string) =>
    all('volumes.longhorn.io').filter(({ status }) => JSON.stringify(status?.['kubernetesStatus']).includes(name));
  expect(claimed('wikijs-data')).toHaveLength(1);
  const [{ metadata } = { metadata: { name: '' } }] = claimed('wikijs-data');
  cluster.api.delete('deployments.apps', 'wiki', 'wikijs', { propagation: 'Background' });
  cluster.api.delete('persistentvolumeclaims', 'wiki', 'wikijs-data', {});
  await cluster.settle();
  await cluster.advance(HOUR / 60);
  expect(claimed('wikijs-data')).toEqual([]);
  expect(all('replicas.longhorn.io').filter(({ spec }) => spec.volumeName === metadata.name)).toEqual([]);
  const byHand = {
    apiVersion: 'longhorn.io/v1beta2',
    kind: 'Volume',
    metadata: { name: 'restored', namespace: 'longhorn-system' },
  };
  cluster.api.create('volumes.longhorn.io', { ...byHand, spec: { size: '1', numberOfReplicas: 1 } }, 'kubectl');
  await cluster.advance(HOUR);
  expect(all('volumes.longhorn.io').map((volume) => volume.metadata.name)).toContain('restored');
});
