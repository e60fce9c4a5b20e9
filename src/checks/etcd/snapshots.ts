import * as z from 'zod';
import type { EtcdSnapshot } from '../../world/kubernetes/cluster.ts';
import { parseQuantity } from '../../world/quantity.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, isOlderThan, minutesSince, oneLine } from '../facts.ts';

export default defineCheck({
  id: 'E03',
  title: 'There is a young snapshot of etcd, of a usual size, and a copy of it outside of the servers',
  severity: 'critical',
  why: 'Snapshots on the servers go down with the servers, and one that shrank or failed is no way back. Whether a snapshot can be restored, and whether the token is kept with it, only a restore shows.',
  needs: ['etcdSnapshots'],
  wants: ['nodes'],
  params: z.strictObject({ maxHours: z.int().positive().default(13), minPart: z.number().min(0).max(1).default(0.5) }),
  introduced: 'note',
  evaluate({ etcdSnapshots, nodes }, { params, now }) {
    const hasEtcd = [...(nodes?.values() ?? [])].some(({ metadata }) =>
      Object.hasOwn(metadata.labels, 'node-role.kubernetes.io/etcd'),
    );
    // k3s with a database elsewhere knows the kind and has no snapshots.
    if (nodes !== undefined && !hasEtcd) return [];
    const all = [...etcdSnapshots.values()].toSorted((a, b) =>
      (a.status.creationTime ?? '') < (b.status.creationTime ?? '') ? 1 : -1,
    );
    const good = all.filter(({ status }) => status.error?.message === undefined && status.readyToUse !== false);
    const [newest] = good;
    if (newest === undefined)
      return [
        fault(
          'none',
          'There is no usable snapshot of etcd.',
          all.slice(0, 3).map(lineOf),
          'Make one on a server (k3s etcd-snapshot save), and set etcd-snapshot-schedule-cron.',
        ),
      ];
    return [
      ...(isOlderThan(newest.status.creationTime, params.maxHours * 60, now)
        ? [
            fault(
              'old',
              `The newest snapshot of etcd is ${durationText(minutesSince(newest.status.creationTime, now) ?? 0)} old.`,
              [lineOf(newest)],
              'See why the schedule does not run, and make one now.',
            ),
          ]
        : []),
      ...shrunk(good, params.minPart),
      ...offBox(good, params.maxHours, now),
    ];
  },
});

const fault = (
  kind: string,
  message: string,
  evidence: readonly string[],
  remedy: string,
  lessons: readonly string[] = ['etcd-snapshot-unverified'],
): FoundFault => ({
  target: 'etcd snapshots',
  message,
  evidence,
  remedy,
  fingerprint: `E03:${kind}`,
  lessons,
});

const isAway = ({ spec }: EtcdSnapshot): boolean => spec.location.startsWith('s3:') || spec.nodeName === 's3';

const lineOf = (snapshot: EtcdSnapshot): string => {
  const { spec, status } = snapshot;
  return oneLine(
    `${spec.snapshotName} on ${isAway(snapshot) ? 'S3' : spec.nodeName}, ${status.creationTime ?? 'no time'}${status.error?.message === undefined ? '' : `: ${status.error.message}`}`,
  );
};

/** A quantity: k3s writes 41M for a file of exactly so many bytes. */
const bytesOf = ({ status }: EtcdSnapshot): number => parseQuantity(status.size ?? '') ?? 0;

function shrunk(all: readonly EtcdSnapshot[], minPart: number): readonly FoundFault[] {
  const [newest, ...older] = all;
  if (newest === undefined || older.length < 3) return [];
  const usual = older.map(bytesOf).toSorted((a, b) => a - b)[older.length >> 1] ?? 0;
  const size = bytesOf(newest);
  if (size === 0 || size >= usual * minPart) return [];
  return [
    fault(
      'size',
      `The newest snapshot of etcd has less than ${Math.round(minPart * 100)} % of the usual size.`,
      [lineOf(newest), `${size} bytes, usually ${usual}`],
      'Verify it with etcdutl snapshot status, and make a new one.',
    ),
  ];
}

function offBox(all: readonly EtcdSnapshot[], hours: number, now: Date): readonly FoundFault[] {
  const newest = all.find(isAway);
  const isOld = (snapshot: EtcdSnapshot): boolean => isOlderThan(snapshot.status.creationTime, hours * 60, now);
  // Where all of them are old, the copies are not what is wrong.
  if (newest !== undefined && (!isOld(newest) || all.every(isOld))) return [];
  return [
    fault(
      'off-box',
      newest === undefined
        ? 'No snapshot of etcd is kept outside of the servers, as far as k3s knows.'
        : 'The newest snapshot of etcd outside of the servers is old.',
      newest === undefined ? [] : [lineOf(newest)],
      'Configure etcd-s3, or copy them away and keep the server token with them.',
      ['etcd-snapshot-local-only'],
    ),
  ];
}
