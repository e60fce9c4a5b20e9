import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../../../src/core/clock.ts';
import { createCertificate } from '../../../src/lab/kubernetes/api/certificate.ts';
import { type Opened, open, permit, signal, vm } from './support.ts';

/** Who the server is, who the client is, and what a connection bears. */
let opened: Opened;
afterEach(() => opened.close());

const OTHER = `${'AB:'.repeat(31)}AB`;

test('a pinned certificate is checked on every connection', async () => {
  opened = await open({ tls: true });
  const { client } = opened;
  expect(opened.lab.url).toMatch(/^https:/);
  expect(await client.version(signal())).toBe('9.2.3');
  // An error closes the connection: what follows needs a new one, with a handshake of its own.
  await expect(client.nodeStatus('pve9', signal())).rejects.toMatchObject({ status: 500 });
  expect(await client.version(signal())).toBe('9.2.3');
});

test('another certificate than the pinned one hears nothing', async () => {
  opened = await open({ tls: true });
  const heard: string[] = [];
  const { state } = opened.lab.cluster;
  const stranger = opened.connect({ trust: { fingerprints: [OTHER] } });
  const before = state.tasks.length;
  await expect(stranger.version(signal())).rejects.toMatchObject({ code: 'proxmox_certificate' });
  const write = { verb: 'reboot_node', node: 'pve3' } as const;
  await expect(stranger.write(write, permit, signal(), (upid) => heard.push(upid))).rejects.toMatchObject({
    code: 'proxmox_certificate',
  });
  expect([heard, state.tasks.length]).toEqual([[], before]);
});

test('one of several pins is enough, as each node has its own certificate', async () => {
  opened = await open({ tls: true });
  const fingerprint = opened.lab.fingerprint?.replaceAll(':', '').toLowerCase() ?? '';
  const client = opened.connect({ trust: { fingerprints: [OTHER, fingerprint] } });
  expect(await client.version(signal())).toBe('9.2.3');
});

test('its authority is good too; that of somebody else, and the system, are not', async () => {
  opened = await open({ tls: true });
  const { certificate = '' } = opened.lab;
  expect(await opened.connect({ trust: { ca: certificate } }).version(signal())).toBe('9.2.3');
  const { certificate: foreign } = createCertificate(['127.0.0.1'], new Date());
  for (const trust of [{ ca: foreign }, { system: true } as const])
    await expect(opened.connect({ trust }).version(signal())).rejects.toMatchObject({ code: 'proxmox_certificate' });
});

test('a refused token is refused late, and asked once', async () => {
  opened = await open({ refusalDelayMs: 300 });
  const client = opened.connect({ auth: { token: 'root@pam!steward', secret: 'wrong' } });
  const start = performance.now();
  await expect(client.version(signal())).rejects.toMatchObject({ code: 'proxmox_unauthorized', status: 401 });
  expect(performance.now() - start).toBeGreaterThan(290);
  expect(opened.sent).toHaveLength(1);
});

test('a ticket outlives its two hours by renewing itself, and writes with its CSRF token', async () => {
  const clock = new ManualClock('2026-11-25T08:00:00Z');
  opened = await open({ clock });
  const client = opened.connect({ auth: { user: 'root@pam', password: opened.lab.password } });
  expect(await client.version(signal())).toBe('9.2.3');
  clock.advance(100 * 60_000);
  expect(await client.version(signal())).toBe('9.2.3');
  clock.advance(5 * 3_600_000);
  expect(await client.version(signal())).toBe('9.2.3');
  await client.write({ verb: 'reboot_node', node: 'pve3' }, permit, signal(), () => undefined);
  const logins = opened.sent.filter(({ url }) => url.endsWith('/access/ticket'));
  expect(logins.length).toBeGreaterThanOrEqual(3);
  expect(logins.every(({ body }) => !body.includes(opened.lab.password))).toBe(true);
});

test('more than a hundred requests, and errors between them, go through', async () => {
  opened = await open();
  const { client } = opened;
  for (let round = 0; round < 12; round += 1) {
    await Promise.all(Array.from({ length: 12 }, () => client.guestStatus(vm('pve1', 101), signal())));
    await expect(client.guestStatus(vm('pve1', 999), signal())).rejects.toMatchObject({ code: 'guest_not_found' });
  }
});

test('the next node of the cluster is asked when the first does not even listen', async () => {
  opened = await open();
  const client = opened.connect({ urls: ['http://127.0.0.1:9', opened.lab.url] });
  expect(await client.version(signal())).toBe('9.2.3');
  await expect(opened.connect({ urls: ['http://127.0.0.1:9'] }).version(signal())).rejects.toMatchObject({
    code: 'proxmox_unreachable',
  });
});
