import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sshRunner } from '../../../src/clients/ssh/runner.ts';
import { zfsCommands } from '../../../src/clients/zfs/commands.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { ZfsFacts } from '../../../src/lab/zfs/facts.ts';
import { startZfsLab, type ZfsLab } from '../../../src/lab/zfs/lab.ts';
import { RECORDED } from './support.ts';

/** The lab's SSH server and the product's SSH client, with the network between them. */
let lab: ZfsLab;
beforeAll(async () => {
  lab = await startZfsLab(ZfsFacts.parse({ pve1: RECORDED, pve2: RECORDED }), { clock: systemClock });
});
afterAll(() => lab.close());

const service = (index = 0) => {
  const found = lab.hosts[index];
  if (found === undefined) throw new Error('no host');
  return found;
};
const runner = (change: object = {}) => {
  const { name, host, port, user, privateKey, hostKey } = service();
  const options = { name, address: host, port, user, privateKey, hostKey, specs: zfsCommands };
  return sshRunner({ ...options, checkPermit: () => undefined, ...change });
};
const signal = AbortSignal.timeout(20_000);
const version = { argv: ['zfs', 'version'], timeoutMs: 5_000 };

test('commands, their output and their codes', async () => {
  const one = runner();
  expect(await one.run(version, signal)).toMatchObject({ exitCode: 0, stdout: 'zfs-2.3.9-0\nzfs-kmod-2.3.9-0\n' });
  const lost = { argv: ['cat', '/proc/spl/kstat/zfs/nosuch/state'], timeoutMs: 5_000 };
  expect(await one.run(lost, signal)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('No such file') });
  await one.close();
});

test('a strange key, the key of another host, and another user get nothing', async () => {
  const strange = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private;
  for (const change of [{ privateKey: strange }, { privateKey: service(1).privateKey }, { user: 'root' }])
    await expect(runner(change).run(version, signal)).rejects.toMatchObject({ code: 'host_login' });
});

test('every host has a key of its own', async () => {
  expect(service(0).hostKey).not.toBe(service(1).hostKey);
  await expect(runner({ hostKey: service(1).hostKey }).run(version, signal)).rejects.toMatchObject({
    code: 'host_key_changed',
  });
});

test('a hundred commands at once', async () => {
  const one = runner();
  const all = await Promise.all(Array.from({ length: 100 }, () => one.run(version, signal)));
  expect(all.every(({ exitCode }) => exitCode === 0)).toBe(true);
  await one.close();
});

test('a command to a suspended pool hangs, says that it may still run, and the host answers others meanwhile', async () => {
  const one = runner();
  service().control.suspend('tank');
  const scrub = { argv: ['zpool', 'scrub', 'tank'], timeoutMs: 300, right: { touch: {} as never, permit: undefined } };
  await expect(one.run(scrub, signal)).rejects.toMatchObject({ code: 'command_timeout' });
  expect((await one.run(version, signal)).exitCode).toBe(0);
  await one.close();
});
