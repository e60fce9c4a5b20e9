import { createHash } from 'node:crypto';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import ssh2, { type Connection, type Server } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StewardError } from '../../core/errors.ts';
import type { CommandSpec } from '../command/spec.ts';
import { sshRunner } from './runner.ts';

const hostKeys = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const userKeys = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const otherKeys = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const publicBlob = Buffer.from(hostKeys.public.split(' ')[1] ?? '', 'base64');
const hostKey = `SHA256:${createHash('sha256').update(publicBlob).digest('base64').replace(/=+$/, '')}`;

const specs: CommandSpec[] = [
  { name: 'echo', argv: ['echo', { slot: 'word', pattern: /[a-z]+/ }], writes: false },
  { name: 'sleep', argv: ['sleep'], writes: false },
  { name: 'scrub', argv: ['zpool', 'scrub', 'tank'], writes: true },
];

let server: Server;
let port: number;
const ran: string[] = [];
/** Of each connection, how many commands hang there. */
const hanging = new WeakMap<object, number>();
const MAX_SESSIONS = 3;
const sockets = new Set<Connection>();

beforeAll(async () => {
  server = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.on('close', () => sockets.delete(client));
    client.on('authentication', (auth) =>
      auth.method === 'publickey' && auth.key.data.equals(Buffer.from(userKeys.public.split(' ')[1] ?? '', 'base64'))
        ? auth.accept()
        : auth.reject(['publickey']),
    );
    client.on('session', (accept, reject) => {
      // As sshd does at MaxSessions: a command that hangs keeps its session, also when nobody waits for it.
      if ((hanging.get(client) ?? 0) >= MAX_SESSIONS) return reject();
      accept().on('exec', (acceptExec, _, { command }) => {
        ran.push(command);
        const channel = acceptExec();
        if (command === 'sleep') return hanging.set(client, (hanging.get(client) ?? 0) + 1);
        if (command === 'echo gone') return client.end();
        channel.write(`ran ${command}\n`);
        channel.stderr.write('a warning\n');
        channel.exit(command.includes('fail') ? 3 : 0);
        channel.end();
        return undefined;
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

const runner = (change: Partial<Parameters<typeof sshRunner>[0]> = {}) =>
  sshRunner({
    name: 'pve1',
    address: '127.0.0.1',
    port,
    user: 'steward',
    privateKey: userKeys.private,
    hostKey,
    specs,
    checkPermit: () => {
      throw new StewardError('no', { kind: 'denied', code: 'permit_missing' });
    },
    ...change,
  });
const signal = new AbortController().signal;

test('output, warnings and exit code come back apart', async () => {
  const one = runner();
  expect(await one.run({ argv: ['echo', 'hello'], timeoutMs: 5_000 }, signal)).toEqual({
    exitCode: 0,
    stdout: 'ran echo hello\n',
    stderr: 'a warning\n',
  });
  expect((await one.run({ argv: ['echo', 'fail'], timeoutMs: 5_000 }, signal)).exitCode).toBe(3);
  await one.close();
});

test('many commands at once all finish', async () => {
  const one = runner();
  const all = await Promise.all(
    Array.from({ length: 20 }, () => one.run({ argv: ['echo', 'hello'], timeoutMs: 5_000 }, signal)),
  );
  expect(all).toHaveLength(20);
  await one.close();
});

test('what is not on the list, and a write without a permit, never reach the host', async () => {
  const one = runner();
  const before = ran.length;
  await expect(one.run({ argv: ['rm', '-rf', '/'], timeoutMs: 5_000 }, signal)).rejects.toMatchObject({
    code: 'command_not_allowed',
  });
  await expect(one.run({ argv: ['zpool', 'scrub', 'tank'], timeoutMs: 5_000 }, signal)).rejects.toMatchObject({
    code: 'permit_missing',
  });
  expect(ran.length).toBe(before);
  await one.close();
});

test('a deadline says that the command may still run', async () => {
  const one = runner();
  await expect(one.run({ argv: ['sleep'], timeoutMs: 100 }, signal)).rejects.toMatchObject({ code: 'command_timeout' });
  await one.close();
});

test('another host key is refused before anything is sent', async () => {
  const one = runner({ hostKey: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
  await expect(one.run({ argv: ['echo', 'neversent'], timeoutMs: 5_000 }, signal)).rejects.toMatchObject({
    code: 'host_key_changed',
  });
  expect(ran).not.toContain('echo neversent');
});

test('a key that is not accepted, and a host that is not there, are told apart', async () => {
  await expect(
    runner({ privateKey: otherKeys.private }).run({ argv: ['echo', 'hello'], timeoutMs: 5_000 }, signal),
  ).rejects.toMatchObject({ code: 'host_login' });
  await expect(runner({ port: 1 }).run({ argv: ['echo', 'hello'], timeoutMs: 5_000 }, signal)).rejects.toMatchObject({
    code: 'host_unreachable',
    retryable: true,
  });
});

test('commands that hang do not use up the host: the next one runs on a fresh connection', async () => {
  const one = runner();
  for (let count = 0; count < MAX_SESSIONS; count++)
    await expect(one.run({ argv: ['sleep'], timeoutMs: 50 }, signal)).rejects.toMatchObject({
      code: 'command_timeout',
    });
  const { exitCode } = await one.run({ argv: ['echo', 'hello'], timeoutMs: 5_000 }, signal);
  expect(exitCode).toBe(0);
  await one.close();
  await expect.poll(() => sockets.size).toBe(0);
});

test('a connection whose other side has closed is left for a fresh one', async () => {
  const through: Socket[] = [];
  const proxy = createServer({ allowHalfOpen: true }, (from) => {
    const to = createConnection(port, '127.0.0.1');
    from
      .on('error', () => undefined)
      .pipe(to.on('error', () => undefined))
      .pipe(from, { end: false });
    through.push(from);
  });
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
  const one = runner({ port: (proxy.address() as AddressInfo).port });
  const echo = () => one.run({ argv: ['echo', 'hello'], timeoutMs: 5_000 }, signal);
  expect((await echo()).exitCode).toBe(0);
  through[0]?.end();
  for (let count = 0; count < 5; count++) {
    expect((await echo()).exitCode).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(through).toHaveLength(2);
  await one.close();
  for (const socket of through) socket.destroy();
  await new Promise((done) => proxy.close(done));
});

test('a connection that is lost while a command runs is no exit code', async () => {
  const one = runner();
  await expect(one.run({ argv: ['echo', 'gone'], timeoutMs: 5_000 }, signal)).rejects.toMatchObject({
    code: 'host_lost',
    retryable: true,
  });
  expect((await one.run({ argv: ['echo', 'hello'], timeoutMs: 5_000 }, signal)).exitCode).toBe(0);
  await one.close();
});
