import { expect, test } from 'vitest';
import { alertsIn } from './alerts.ts';

const labels = { alertname: 'KubePodCrashLooping', namespace: 'media', pod: 'web-1', severity: 'warning' };
const startsAt = '2026-11-21T09:05:00+01:00';
const seen = { name: 'KubePodCrashLooping', at: '2026-11-21T08:05:00.000Z', severity: 'medium', labels };

test('a webhook of Alertmanager and a list of amtool give the same alerts, those that fire', () => {
  const webhook = {
    version: '4',
    alerts: [
      { status: 'firing', labels, annotations: {}, startsAt, fingerprint: 'f' },
      { status: 'resolved', labels, startsAt, fingerprint: 'g' },
    ],
  };
  const list = [
    { labels, startsAt, fingerprint: 'f', status: { state: 'active', silencedBy: [] } },
    { labels, startsAt, fingerprint: 'g', status: { state: 'suppressed' } },
  ];
  for (const payload of [webhook, list]) expect(alertsIn(payload)).toEqual([{ ...seen, fingerprint: 'f' }]);
});

test('what is missing is made up for, and what is unknown is left out', () => {
  const [alert] = alertsIn([{ labels: { severity: 'none', job: 'x' }, startsAt }]);
  expect(alert).toMatchObject({ name: 'alert without a name', fingerprint: expect.stringMatching(/./) });
  expect(alert).not.toHaveProperty('severity');
});

test.each([
  'text',
  {},
  [{ labels: {} }],
  { alerts: [{ labels: { a: 1 }, startsAt }] },
  { alerts: [{ labels, startsAt: 'today' }] },
])('%j is refused with a code', (payload) => {
  expect(() => alertsIn(payload)).toThrow(expect.objectContaining({ code: 'invalid_alerts' }));
});
