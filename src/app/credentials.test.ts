import { expect, test } from 'vitest';
import { openCredentials } from './credentials.ts';

const KUBECONFIG = `apiVersion: v1
clusters:
  - { name: a, cluster: { server: "https://a", certificate-authority-data: cHVibGljIGNlcnRpZmljYXRl } }
users:
  - name: a
    user:
      token: secret-token-of-a
  - name: b
    user:
      client-key-data: "c2VjcmV0IGtleSBvZiBi"
      username: admin
      password: secret password
`;

test('what opens the cluster never leaves, what is public does', async () => {
  const credentials = openCredentials();
  const said =
    'a secret password, the word secret, secret-token-of-a c2VjcmV0IGtleSBvZiBi cHVibGljIGNlcnRpZmljYXRl admin';
  expect(credentials.scrub(said)).toBe(said);
  await credentials.learn({ text: KUBECONFIG });
  const scrubbed = credentials.scrub(said);
  expect(scrubbed).not.toMatch(/secret password|secret-token-of-a|c2VjcmV0IGtleSBvZiBi/);
  expect(scrubbed).toMatch(/the word secret.*cHVibGljIGNlcnRpZmljYXRl admin$/);
});

test('a kubeconfig that cannot be read is left to the client to report', async () => {
  const credentials = openCredentials();
  await credentials.learn({ paths: ['/nowhere'] });
  expect(credentials.scrub('text')).toBe('text');
});
