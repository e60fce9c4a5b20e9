import { expect, test } from 'vitest';
import { ago, meta, ownedBy, pod, run, template, worldOf } from '../testing.ts';
import check from './cron-jobs.ts';

const cronJob = (more: object = {}, status: object = {}) => ({
  metadata: meta('backups/offsite'),
  spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: template({}, 'restic:1') } }, ...more },
  status,
});
const job = (name: string, hours: number, condition?: string, active = 0) => ({
  metadata: meta(`backups/${name}`, { ...ownedBy('CronJob', 'offsite'), creationTimestamp: ago(hours * 60) }),
  spec: { template: template({}, 'restic:1') },
  status: {
    active,
    conditions: condition === undefined ? [] : [{ type: condition, status: 'True', reason: 'BackoffLimitExceeded' }],
  },
});
const podOf = (name: string, phase: string, state: object) =>
  pod(
    `backups/${name}-x`,
    {},
    {
      metadata: ownedBy('Job', name),
      status: { phase, containerStatuses: [{ name: 'main', ready: false, restartCount: 0, state }] },
    },
  );
const found = (things: Parameters<typeof worldOf>[0]) => run(check, worldOf(things)).findings;

test('the last run failed; an older one that failed is forgiven by a newer one that did not', () => {
  const things = (...jobs: ReturnType<typeof job>[]) => ({ cronJobs: [cronJob()], jobs });
  expect(found(things(job('a', 30, 'Complete'), job('b', 6, 'Failed')))).toMatchObject([
    { fingerprint: 'K20:backups/offsite', target: 'CronJob backups/offsite' },
  ]);
  expect(found(things(job('a', 30, 'Failed'), job('b', 6, 'Complete')))).toEqual([]);
  // Whether the one that runs now succeeds is not known yet.
  expect(found(things(job('a', 30, 'Failed'), job('b', 1, undefined, 1)))).toHaveLength(1);
  expect(found({ cronJobs: [cronJob({ suspend: true })], jobs: [job('b', 6, 'Failed')] })).toEqual([]);
});

test('a run whose pod never starts is told, one that works for long is not', () => {
  const things = (hours: number, phase: string, state: object) => ({
    cronJobs: [cronJob()],
    jobs: [job('a', hours, undefined, 1)],
    pods: [podOf('a', phase, state)],
  });
  const pull = { waiting: { reason: 'ImagePullBackOff', message: 'token expired' } };
  expect(found(things(1, 'Pending', pull))[0]?.evidence).toContain('pod a-x: ImagePullBackOff, token expired');
  expect(found(things(0.4, 'Pending', pull))).toEqual([]);
  expect(found(things(9, 'Running', { running: {} }))).toEqual([]);
});
