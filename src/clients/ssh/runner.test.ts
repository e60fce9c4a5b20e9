import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2, { type Server } from 'ssh2';
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

beforeAll(async () => {
  server = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (auth) =>
      auth.method === 'publickey' && auth.key.data.equals(Buffer.from(userKeys.public.split(' ')[1] ?? '', 'base64'))
        ? auth.accept()
        : auth.reject(['publickey']),
    );
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec, _, { command }) => {
        ran.push(command);
        const channel = acceptExec();
        if (command === 'sleep') return;
        channel.write(`ran ${command}\n`);
        channel.stderr.write('a warning\n');
        channel.exit(command.includes('fail') ? 3 : 0);
        channel.end();
      }),
    );
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
