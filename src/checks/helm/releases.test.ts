import { expect, test } from 'vitest';
import { ago, meta, planned, run, type Thing, worldOf } from '../testing.ts';
import check from './releases.ts';

const release = (status: string, minutesAgo: number, more: object = {}): Thing => ({
  metadata: meta('media/web'),
  revision: 4,
  status,
  chart: 'app-template',
  chartVersion: '5.1.0',
  appVersion: '1',
  updatedAt: ago(minutesAgo),
  description: 'Preparing upgrade',
  objects: [],
  ...more,
});
const judge = (...releases: Thing[]) => run(check, worldOf({ helmReleases: releases }));

test('a release that an operation left pending is high, and says how to repair it', () => {
  for (const status of ['pending-upgrade', 'pending-install', 'pending-rollback', 'uninstalling'])
    expect(judge(release(status, 40)).findings, status).toMatchObject([
      { severity: 'high', fingerprint: `K21:media/web:${status}`, remedy: expect.stringContaining('helm_repair') },
    ]);
});

test('a failed release is medium', () => {
  expect(judge(release('failed', 1)).findings).toMatchObject([{ severity: 'medium', target: 'HelmRelease media/web' }]);
});

test('an operation that runs right now, a deployed and an uninstalled release pass', () => {
  expect(judge(release('pending-upgrade', 5)).status).toBe('pass');
  expect(judge(release('deployed', 90_000)).status).toBe('pass');
  expect(judge(release('uninstalled', 90_000)).status).toBe('pass');
  expect(run(check, worldOf({ helmReleases: [release('pending-upgrade', 40)] }), { pendingMinutes: 60 }).status).toBe(
    'pass',
  );
});

test('where Secrets may not be listed it is unknown; one that cannot be read hides no other', () => {
  expect(run(check, worldOf({}, ['helmReleases'])).status).toBe('unknown');
  expect(judge(release('unknown', 1, { unreadable: 'not a release' }))).toMatchObject({
    status: 'unknown',
    findings: [{ unknown: true }],
  });
  const other = { ...release('failed', 1), metadata: meta('media/other') };
  expect(judge(release('unknown', 1, { unreadable: 'x' }), other).status).toBe('fail');
});

test('a plan that repairs it resolves the finding', () => {
  const world = worldOf({ helmReleases: [release('pending-upgrade', 40)] });
  const effects = [{ op: 'put', part: 'helmReleases', id: 'media/web', value: release('deployed', 0) } as const];
  expect(run(check, planned(world, { effects })).status).toBe('pass');
});
