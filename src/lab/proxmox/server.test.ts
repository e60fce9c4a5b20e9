import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { loadScenario } from '../scenarios/load.ts';
import { type ProxmoxLab, type ProxmoxLabOptions, startProxmoxLab } from './lab.ts';

/** The API as it is on the wire, without our client. */
let lab: ProxmoxLab;
afterEach(() => lab.close());

const clock = new ManualClock('2026-11-25T08:00:00Z');

async function start(scenario = 'seed-1', options: Partial<ProxmoxLabOptions> = {}): Promise<void> {
  const { proxmox } = loadScenario(scenario);
  if (!proxmox) throw new Error(`${scenario} has no Proxmox hosts`);
  lab = await startProxmoxLab({ facts: proxmox, clock, refusalDelayMs: 20, ...options });
}

const FORM = 'application/x-www-form-urlencoded';

async function call(line: string, form?: string, headers?: Record<string, string>) {
  const [method = 'GET', path = ''] = line.split(' ');
  const response = await fetch(`${lab.url}/api2/json${path}`, {
    method,
    headers: {
      ...(headers ?? { authorization: `PVEAPIToken=${lab.token.id}=${lab.token.secret}` }),
      ...(form !== undefined && { 'content-type': FORM }),
    },
    ...(form !== undefined && { body: form }),
  });
  const text = await response.text();
  return {
    status: response.status,
    reason: response.statusText,
    closes: response.headers.get('connection') === 'close',
    // Whatever the API answered.
    body: text === '' ? undefined : (JSON.parse(text) as ReturnType<typeof JSON.parse>),
  };
}

/** Bytes as they are, for what no client would send. */
const raw = async (text: string): Promise<string> => {
  const port = Number(new URL(lab.url).port);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').once('data', (answer) => {
      socket.destroy();
      resolve(String(answer).split('\r\n')[0] ?? '');
    });
    socket.once('error', reject);
  });
};

test('errors stand in the status line, in the body of newer versions too, and end the connection', async () => {
  await start();
  const unknown = await call('GET /nodes/pve1/qemu/999/config');
  const reason = "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist";
  expect(unknown).toEqual({ status: 500, reason, closes: true, body: { data: null, message: `${reason}\n` } });
  await lab.close();
  await start('seed-1', { facts: { ...facts('seed-1'), version: '8.2.4' } });
  expect((await call('GET /nodes/pve1/qemu/999/config')).body).toEqual({ data: null });
});

const facts = (scenario: string) => {
  const { proxmox } = loadScenario(scenario);
  if (!proxmox) throw new Error('no Proxmox');
  return proxmox;
};

test.each([
  ['POST /nodes/pve1/qemu/101/status/start', 'colour=blue', 'colour'],
  ['POST /nodes/pve1/qemu/101/clone', 'newid=500&full=true', 'full'],
  ['POST /nodes/pve1/qemu/101/clone', '', 'newid'],
  ['GET /cluster/nextid?vmid=99', undefined, 'vmid'],
  ['GET /cluster/nextid?vmid=101', undefined, 'vmid'],
  ['POST /nodes/pve1/qemu/101/status/stop', 'skiplock=1', 'skiplock'],
  ['POST /nodes/pve1/vzdump', 'vmid=101&protected=1', 'storage'],
])('%s %s names the parameter that is wrong', async (line, form, name) => {
  await start();
  const { status, body } = await call(line, form);
  expect([status, Object.keys(body.errors)]).toEqual([400, [name]]);
});

test('bodies in pieces, bodies where none belong, and calls that do not exist are not implemented', async () => {
  await start();
  const head = `HTTP/1.1\r\nHost: lab\r\nAuthorization: PVEAPIToken=${lab.token.id}=${lab.token.secret}\r\n`;
  const path = '/api2/json/nodes/pve1/qemu/101';
  expect(await raw(`POST ${path}/status/start ${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toBe(
    'HTTP/1.1 501 chunked transfer encoding not supported',
  );
  expect(await raw(`DELETE ${path} ${head}Content-Length: 7\r\n\r\npurge=1`)).toBe(
    "HTTP/1.1 501 Unexpected content for method 'DELETE'",
  );
  expect((await call('GET /nodes/pve1/nothing')).status).toBe(501);
});

test('who is not known is refused late and without a body; a ticket needs its CSRF token', async () => {
  await start('seed-1', { refusalDelayMs: 150 });
  const before = performance.now();
  const refused = await call('GET /version', undefined, { authorization: 'PVEAPIToken=root@pam!steward=wrong' });
  expect(refused).toMatchObject({ status: 401, reason: 'Authentication failed!', body: undefined });
  expect(performance.now() - before).toBeGreaterThan(140);
  expect(await call('GET /version', undefined, {})).toMatchObject({ status: 401, reason: 'No ticket' });
  const { body } = await call('POST /access/ticket', `username=root@pam&password=${lab.password}`, {});
  const cookie = `PVEAuthCookie=${body.data.ticket}`;
  const note = 'PUT /nodes/pve1/config';
  expect((await call('GET /version', undefined, { cookie })).status).toBe(200);
  expect((await call(note, 'description=x', { cookie })).status).toBe(401);
  const CSRFPreventionToken = String(body.data.CSRFPreventionToken);
  expect((await call(note, 'description=x', { cookie, CSRFPreventionToken })).status).toBe(200);
});

test('a task moves with the clock, is asked at its own node, and its log comes in pages', async () => {
  await start();
  const { body } = await call('POST /nodes/pve2/vzdump', 'vmid=102&storage=nfs-backup');
  const upid = String(body.data);
  const task = (node: string, rest: string) => call(`GET /nodes/${node}/tasks/${encodeURIComponent(upid)}/${rest}`);
  expect((await task('pve2', 'status')).body.data).toMatchObject({ status: 'running', type: 'vzdump', id: '102' });
  expect((await task('pve1', 'status')).status).toBe(500);
  const running = await call('GET /nodes/pve2/tasks?source=active');
  expect(running.body.data.map((row: { upid: string }) => row.upid)).toEqual([upid]);
  const listed = await call('GET /nodes/pve2/tasks?limit=500');
  expect(listed.body.data.some((row: { upid: string }) => row.upid === upid)).toBe(false);
  clock.advance(60_000);
  expect((await task('pve2', 'status')).body.data).toMatchObject({ status: 'stopped', exitstatus: 'OK' });
  const log = (await task('pve2', 'log?start=1&limit=1')).body;
  expect([log.total, log.data.length, log.data[0].n]).toEqual([3, 1, 2]);
});

test('a change by PUT is done when it answers, one by POST is a task', async () => {
  await start();
  const put = await call('PUT /nodes/pve1/qemu/101/config', 'tags=a');
  const post = await call('POST /nodes/pve1/qemu/101/config', 'tags=b');
  expect([put.body.data, String(post.body.data)]).toEqual([null, expect.stringMatching(/^UPID:pve1:.*:qmconfig:101:/)]);
  expect((await call('GET /nodes/pve1/qemu/101/config')).body.data.tags).toBe('a');
  clock.advance(5_000);
  expect((await call('GET /nodes/pve1/qemu/101/config')).body.data.tags).toBe('b');
});

test('a failing clone leaves no guest behind, and no lock', async () => {
  await start('pve-thin-pool-full');
  const { state } = lab.cluster;
  await call('POST /nodes/pve2/qemu/102/clone', 'newid=500&full=1');
  expect(state.guests.get(500)?.lock).toBe('clone');
  clock.advance(60_000);
  await call('GET /version');
  expect([state.guests.has(500), state.guests.get(102)?.lock]).toEqual([false, undefined]);
});
