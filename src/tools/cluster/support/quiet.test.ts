import { expect, test } from 'vitest';
import { comparableObject, quietObject, readableObject } from './quiet.ts';

const encoded = Buffer.from('hunter2').toString('base64');
const meta = {
  name: 'x',
  namespace: 'media',
  managedFields: [{ manager: 'kubectl' }],
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"password":"${encoded}"}}`, keep: 'me' },
};

test('Secret data leaves as sizes, whatever way it is asked for', () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta,
    data: { password: encoded, 'tls.key': encoded },
    stringData: { a: 'hunter2' },
  };
  for (const see of [quietObject, comparableObject, readableObject]) {
    const text = JSON.stringify(see(secret));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(encoded);
    expect(text).toContain('[7 bytes]');
    expect(text).not.toContain('managedFields');
    expect(text).toContain('"keep":"me"');
  }
});

test('ConfigMap and environment values that look like secrets are masked, others stay', () => {
  const map = quietObject({
    kind: 'ConfigMap',
    metadata: meta,
    data: { DB_PASSWORD: 'hunter2', 'app.ini': 'user = me\npassword = hunter2\n', colour: 'blue' },
  });
  expect(JSON.stringify(map)).not.toContain('hunter2');
  expect(map['data']).toMatchObject({ colour: 'blue', DB_PASSWORD: '[masked 7 bytes]' });
  const env = [
    { name: 'API_TOKEN', value: 'hunter2' },
    { name: 'URL', value: 'postgres://u:hunter2@db/x' },
    { name: 'TZ', value: 'Europe/Berlin' },
    { name: 'DB_PASSWORD', value: '$(OTHER)' },
    { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
  ];
  const text = JSON.stringify(
    quietObject({
      kind: 'Deployment',
      metadata: meta,
      spec: { template: { spec: { containers: [{ name: 'c', env }] } } },
    }),
  );
  expect(text).not.toContain('hunter2');
  for (const kept of ['Europe/Berlin', '$(OTHER)', 'secretKeyRef']) expect(text).toContain(kept);
});
