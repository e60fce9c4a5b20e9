import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { StewardError } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import { createProxmoxClient } from './client.ts';
import type { ProxmoxConfig } from './connection.ts';
import type { ProxmoxWrite } from './contract.ts';

interface Answer {
  readonly status?: number;
  readonly reason?: string;
  readonly data?: unknown;
  readonly body?: unknown;
}
interface Seen {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
const UPID = 'UPID:pve1:0000A1B2:00C3D4E5:6553F100:qmstart:101:root@pam!steward:';
const signal = AbortSignal.timeout(10_000);
const refuse: CheckPermit = () => {
  throw new StewardError('Unable to write: no permit.', { kind: 'denied', code: 'permit_missing' });
};
const permit = {} as Permit; // the checks below decide

async function withProxmox(
  answer: (line: string, count: number) => Answer,
  use: (client: ReturnType<typeof createProxmoxClient>, seen: Seen[], config: ProxmoxConfig) => Promise<void>,
  options: { auth?: ProxmoxConfig['auth']; checkPermit?: CheckPermit } = {},
): Promise<void> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      const line = `${request.method} ${request.url?.replace('/api2/json', '')}`;
      seen.push({ line, headers: request.headers, body });
      const { status = 200, reason = 'OK', data = null, body: raw } = answer(line, seen.length);
      response.writeHead(status, reason, { 'content-type': 'application/json' }).end(JSON.stringify(raw ?? { data }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const auth = options.auth ?? { token: 'root@pam!steward', secret: 's3cr3t' };
  const config: ProxmoxConfig = { name: 'home', urls: [url], auth, trust: { system: true }, timeoutMs: 2_000 };
  const client = createProxmoxClient({
    config,
    checkPermit: options.checkPermit ?? refuse,
    clock: systemClock,
    pollMs: 5,
  });
  try {
    await use(client, seen, config);
  } finally {
    await client.close();
    server.closeAllConnections();
    server.close();
  }
}

const config = { digest: 'abc', name: 'k3s-server-1', smbios1: 'uuid=11111111-2222-3333-4444-555555555555' };
const guest = { node: 'pve1', type: 'qemu', vmid: 101 } as const;
const start: ProxmoxWrite = { verb: 'start', guest, expect: { name: 'k3s-server-1', digest: 'abc' } };
const allow = { checkPermit: () => undefined };

function healthy(line: string): Answer {
  if (line.includes('/config')) return { data: config };
  if (line.endsWith('/pending')) return { data: [] };
  if (line.includes('/status/start')) return { data: UPID };
  if (line.includes('/log')) return { data: [{ n: 1, t: 'WARN: something to know' }] };
  return { data: { upid: UPID, status: 'stopped', exitstatus: 'OK' } };
}

test('a write without a permit sends nothing at all', async () => {
  await withProxmox(healthy, async (client, seen) => {
    await expect(client.write(start, permit, signal, () => undefined)).rejects.toMatchObject({
      code: 'permit_missing',
    });
    expect(seen).toEqual([]);
  });
});

test('the guest is read again, the task is followed, and its id is told at once', async () => {
  await withProxmox(
    healthy,
    async (client, seen) => {
      const told: string[] = [];
      expect(await client.write(start, permit, signal, (upid) => told.push(upid))).toMatchObject({
        upid: UPID,
        result: 'ok',
      });
      expect(told).toContain(UPID);
      const order = seen.map(({ line }) => line);
      expect(order.findIndex((line) => line.includes('/config'))).toBeLessThan(
        order.findIndex((line) => line.includes('/status/start')),
      );
    },
    allow,
  );
});

test.each([
  ['another name', { ...config, name: 'nas' }],
  ['another configuration', { ...config, digest: 'xyz' }],
])('%s under the same id is a stale plan, and nothing is sent', async (_, now) => {
  await withProxmox(
    (line) => (line.includes('/config') ? { data: now } : healthy(line)),
    async (client, seen) => {
      await expect(client.write(start, permit, signal, () => undefined)).rejects.toMatchObject({ code: 'stale_plan' });
      expect(seen.filter(({ line }) => !line.startsWith('GET'))).toEqual([]);
    },
    allow,
  );
});

test.each([
  ['OK', 'ok'],
  ['WARNINGS: 2', 'warning'],
  ['unexpected status', 'unknown'],
  ['job errors', 'error'],
])('a task that ended "%s" is %s', async (exitstatus, result) => {
  await withProxmox(
    (line) =>
      line.includes('/tasks/') && line.endsWith('/status')
        ? { data: { upid: UPID, status: 'stopped', exitstatus } }
        : healthy(line),
    async (client) => {
      expect((await client.write(start, permit, signal, () => undefined)).result).toBe(result);
    },
    allow,
  );
});

test('booleans go out as 1 and 0, and DELETE has no body', async () => {
  await withProxmox(
    (line) => (line.startsWith('DELETE') ? { data: UPID } : healthy(line)),
    async (client, seen) => {
      const write: ProxmoxWrite = {
        verb: 'destroy',
        guest,
        expect: { name: 'k3s-server-1', digest: 'abc' },
        purge: true,
      };
      await client.write(write, permit, signal, () => undefined);
      const sent = seen.find(({ line }) => line.startsWith('DELETE'));
      expect(sent?.line).toBe('DELETE /nodes/pve1/qemu/101?purge=1&destroy-unreferenced-disks=0');
      expect(sent?.body).toBe('');
    },
    allow,
  );
});

test.each([
  [401, 'Authentication failed!', undefined, 'proxmox_unauthorized'],
  [403, 'Permission check failed (/vms/100, VM.PowerMgmt)', undefined, 'proxmox_forbidden'],
  [400, 'Parameter verification failed.', { data: null, errors: { vmid: 'invalid' } }, 'proxmox_invalid'],
  [500, 'VM is locked (backup)', undefined, 'proxmox_locked'],
  [500, 'cluster not ready - no quorum?', undefined, 'proxmox_no_quorum'],
  [
    500,
    'x',
    { data: null, message: 'detected modified configuration - file changed by other user? Try again.\n' },
    'stale_plan',
  ],
  [595, 'Errors during connection establishment, proxy handshake: No route to host', undefined, 'proxmox_node_offline'],
  [596, 'tls_process_server_certificate: certificate verify failed', undefined, 'proxmox_node_offline'],
  [500, 'something else', undefined, 'proxmox_error'],
])('%i "%s" is classified', async (status, reason, body, code) => {
  await withProxmox(
    () => ({ status, reason, body: body ?? { data: null } }),
    async (client) => {
      await expect(client.clusterStatus(signal)).rejects.toMatchObject({ code, status });
    },
  );
});

test('a node that takes no connection is asked once, not before every call', async () => {
  // It takes the connection and never speaks: as a host that hangs.
  const silent = createTcpServer();
  let dialled = 0;
  silent.on('connection', () => dialled++);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  await withProxmox(
    () => ({ data: { version: '9.2.3' } }),
    async (_, __, own) => {
      const client = createProxmoxClient({
        config: { ...own, urls: [`https://127.0.0.1:${port}`, ...own.urls], timeoutMs: 300 },
        checkPermit: refuse,
        clock: systemClock,
      });
      for (let call = 0; call < 3; call++) expect(await client.version(signal)).toBe('9.2.3');
      expect(dialled).toBe(1);
      await client.close();
    },
  );
  silent.close();
});

test('a ticket is used with its CSRF token, and renewed once after a 401', async () => {
  let refused = 0;
  await withProxmox(
    (line) => {
      if (line.startsWith('POST /access/ticket'))
        return { data: { ticket: `PVE:${refused}`, CSRFPreventionToken: 'csrf' } };
      if (line.startsWith('GET /version') && refused++ === 0) return { status: 401, reason: 'No ticket' };
      return { data: { version: '9.2.3' } };
    },
    async (client, seen) => {
      expect(await client.version(signal)).toBe('9.2.3');
      expect(seen.filter(({ line }) => line.includes('/access/ticket'))).toHaveLength(2);
    },
    { auth: { user: 'root@pam', password: 'x' } },
  );
});

test('a node alone is standalone, a cluster says whether it has quorum, and silence is unknown', async () => {
  const node = { type: 'node', name: 'pve1', online: 1 };
  const cases = [
    [[node], 'standalone'],
    [[{ type: 'cluster', name: 'home', quorate: 1 }, node], 'quorate'],
    [[{ type: 'cluster', name: 'home', quorate: '0' }, node], 'lost'],
    [[{ type: 'cluster', name: 'home' }, node], 'unknown'],
  ] as const;
  for (const [data, quorum] of cases)
    await withProxmox(
      () => ({ data }),
      async (client) => {
        expect((await client.clusterStatus(signal)).quorum).toBe(quorum);
      },
    );
});

test('numbers and flags come in every form', async () => {
  const data = [
    {
      type: 'qemu',
      node: 'pve1',
      vmid: '100',
      name: 'a',
      status: 'running',
      template: '',
      maxmem: '1073741824',
      tags: 'k3s;prod',
    },
    { type: 'lxc', node: 'pve2', vmid: 101, name: 102, status: 'unknown', template: 0, lock: 'backup' },
    { type: 'node', node: 'pve1' },
  ];
  await withProxmox(
    () => ({ data }),
    async (client) => {
      expect(await client.guests(signal)).toMatchObject([
        { vmid: 100, template: false, memoryBytes: 1_073_741_824, tags: ['k3s', 'prod'], status: 'running' },
        { vmid: 101, name: '102', status: 'unknown', lock: 'backup' },
      ]);
    },
  );
});

test('what the token may not see is named', async () => {
  await withProxmox(
    () => ({ data: { '/vms': { 'VM.Audit': 1 }, '/': { 'Sys.Audit': 1 } } }),
    async (client) => {
      expect(await client.missingPrivileges(signal)).toEqual([
        'Datastore.Audit /storage',
        'Datastore.AllocateSpace /storage',
        'VM.Backup /vms',
      ]);
    },
  );
});
