import { expect, test } from 'vitest';
import { ManualClock } from '../../../core/clock.ts';
import { startLab } from '../../lab.ts';

interface File {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly nodeName: string; readonly location: string };
  readonly status?: { readonly creationTime: string; readonly readyToUse: boolean; readonly size: string };
}

async function filesOf(scenario: string, forward = 0) {
  const clock = new ManualClock('2026-11-20T13:00:00Z');
  const lab = await startLab({ scenario, clock });
  const { cluster } = lab.kubernetes;
  clock.advance(forward);
  await cluster.settle();
  // The controller makes these objects in this shape.
  const files = cluster.api.list('etcdsnapshotfiles.k3s.cattle.io') as readonly unknown[] as readonly File[];
  await lab.close();
  return files;
}
const newest = (files: readonly File[]): string | undefined =>
  files
    .map(({ status }) => status?.creationTime ?? '')
    .toSorted()
    .at(-1);

test('every server keeps five, each with a copy in S3, the newest of the last due time', async () => {
  const files = await filesOf('seed-1');
  const by = Map.groupBy(files, ({ spec }) => spec.nodeName);
  expect(Object.fromEntries([...by].map(([node, own]) => [node, own.length]))).toEqual({
    'k3s-server-1': 5,
    'k3s-server-2': 5,
    'k3s-server-3': 5,
    s3: 15,
  });
  expect(newest(files)).toBe('2026-11-20T12:00:00Z');
  expect(files.every(({ status }) => status?.readyToUse)).toBe(true);
});

test('the schedule goes on, and the oldest go', async () => {
  const files = await filesOf('seed-1', 12 * 3_600_000);
  expect(newest(files)).toBe('2026-11-21T00:00:00Z');
  expect(files).toHaveLength(30);
});

test('one that stopped makes no more', async () => {
  expect(newest(await filesOf('etcd-snapshot-old', 12 * 3_600_000))).toBe('2026-11-18T12:00:00Z');
});
