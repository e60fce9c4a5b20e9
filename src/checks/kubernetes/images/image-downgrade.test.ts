import { expect, test } from 'vitest';
import { deployment, meta, planned, run, template, worldOf } from '../../testing.ts';
import check from './image-downgrade.ts';
import { isOlderTag } from './image-tags.ts';

const live = deployment('auth/server', template({ app: 'a' }, 'ghcr.io/goauthentik/server:2026.8.2'));
const change = (image: string, action = 'helm_upgrade') =>
  planned(worldOf({ deployments: [live] }), {
    action,
    effects: [
      {
        op: 'put',
        part: 'deployments',
        id: 'auth/server',
        value: deployment('auth/server', template({ app: 'a' }, image)),
      },
    ],
  });

test('an older tag of the same program is denied; a rollback asks', () => {
  expect(run(check, change('ghcr.io/goauthentik/server:2026.6.0'))).toMatchObject({
    status: 'fail',
    severity: 'high',
    findings: [
      {
        target: 'Deployment auth/server',
        lessons: ['values-only-apply-downgrades'],
        message: expect.stringContaining('2026.8.2 to 2026.6.0'),
      },
    ],
  });
  expect(run(check, change('ghcr.io/goauthentik/server:2026.6.0')).findings[0]?.introduced).toBeUndefined();
  expect(run(check, change('ghcr.io/goauthentik/server:2026.6.0', 'helm_rollback')).findings).toMatchObject([
    { introduced: 'ask' },
  ]);
});

test.each([
  ['the same version', 'ghcr.io/goauthentik/server:2026.8.2'],
  ['a newer one', 'ghcr.io/goauthentik/server:2026.10.0'],
  ['a tag that floats within it', 'ghcr.io/goauthentik/server:2026'],
  ['a digest', `ghcr.io/goauthentik/server@sha256:${'a'.repeat(64)}`],
  ['a commit', 'ghcr.io/goauthentik/server:0a1b2c3'],
  ['another program', 'ghcr.io/other/server:1.0.0'],
])('%s passes', (_, image) => {
  expect(run(check, change(image)).status).toBe('pass');
});

test('the init containers and the jobs of a CronJob count too', () => {
  const cron = (image: string) => ({
    metadata: meta('auth/dump'),
    spec: { schedule: '@daily', jobTemplate: { spec: { template: template({}, image) } } },
  });
  const world = planned(worldOf({ cronJobs: [cron('postgres:17.2')] }), {
    effects: [{ op: 'put', part: 'cronJobs', id: 'auth/dump', value: cron('postgres:16.9') }],
  });
  expect(run(check, world).findings).toMatchObject([{ target: 'CronJob auth/dump' }]);
});

test('something new is nothing older; without a change it does not apply; unseen it is unknown', () => {
  const effects = [{ op: 'put', part: 'deployments', id: 'auth/server', value: live } as const];
  expect(run(check, planned(worldOf({}), { effects })).status).toBe('pass');
  expect(run(check, worldOf({ deployments: [live] })).status).toBe('not_applicable');
  expect(run(check, worldOf({}, ['change', 'replaced'])).status).toBe('unknown');
});

test('only versions are compared, and only as far as both say', () => {
  const pairs: [string, string, boolean][] = [
    ['1.9.0', '1.10.0', true],
    ['v2.0.0', '1.9.9', false],
    ['1.2.0-rc1', '1.2.0', true],
    ['1.2.0-alpine', '1.2.0', false],
    ['1.2', '1.2.9', false],
    ['1.1', '1.2.9', true],
    ['latest', '1.0.0', false],
    ['20240101', '20250101', true],
    ['1234567', '9234567', true],
    ['main', 'main', false],
  ];
  for (const [tag, than, older] of pairs) expect(isOlderTag(tag, than), `${tag} / ${than}`).toBe(older);
});
