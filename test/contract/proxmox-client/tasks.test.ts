import { Agent } from 'undici';
import { afterEach, expect, test } from 'vitest';
import { createProxmoxClusters } from '../../../src/clients/proxmox/clusters.ts';
import type { ProxmoxWrite } from '../../../src/clients/proxmox/contract.ts';
import { credentialsOf } from '../../../src/clients/proxmox/credentials.ts';
import { send } from '../../../src/clients/proxmox/send.ts';
import { taskPath } from '../../../src/clients/proxmox/upid.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { caller } from '../../../src/tools/testing.ts';
import { toolsets } from '../../../src/tools/toolsets.ts';
import { changes, ct, FAST, factsOf, type Opened, open, permit, signal, vm } from './support.ts';

/** Tasks of the client's writes on the lab: followed to their end, stopped, and never taken for what they are not; and the ids that are ours. */
const TOKEN = { token: 'root@pam!steward', secret: 'unused' };
let opened: Opened;
afterEach(() => opened.close());

const server = vm('pve2', 102);
const quiet = (): void => undefined;
const guestAt = (vmid: number) => opened.lab.cluster.state.guests.get(vmid);
const failing = (type: string, exit: string, ...log: string[]): void =>
  void opened.lab.cluster.state.taskFaults.push({ type, id: undefined, exit, log });

test('a wish to the HA manager is done when the guest is as asked', async () => {
  opened = await open({ timing: { ...FAST, haMs: 600 } }, { haWaitMs: 10_000 });
  const heard: string[] = [];
  const { name } = await opened.client.guestConfig(ct('pve1', 200), signal());
  const write: ProxmoxWrite = { verb: 'stop', guest: ct('pve1', 200), expect: { name } };
  const done = await opened.client.write(write, permit, signal(), (_, line) => heard.push(line));
  expect(done.result).toBe('ok');
  expect(done.upid).toContain(':hastop:200:');
  expect((await opened.client.guestStatus(ct('pve1', 200), signal())).status).toBe('stopped');
  expect(heard.some((line) => line.includes('request_stop'))).toBe(true);
});

test('a manager that never acts is not taken for success', async () => {
  opened = await open({ facts: { ...factsOf('seed-1'), ha: { 'ct:200': { state: 'started', stuck: true } } } });
  const done = await opened.write((expect) => ({ verb: 'stop', guest: ct('pve1', 200), expect }));
  expect(done).toMatchObject({ result: 'unknown', warnings: [expect.stringContaining('request_stop')] });
  expect(guestAt(200)?.status).toBe('running');
});

test('warnings are success and are kept; failures carry the reason of their log', async () => {
  opened = await open();
  failing('qmsnapshot', 'WARNINGS: 1', 'WARN: no fsfreeze, the guest agent does not answer');
  const snapshot = await opened.write((expect) => ({ verb: 'snapshot', guest: server, expect, snapshot: 'one' }));
  expect(snapshot).toMatchObject({ result: 'warning', warnings: [expect.stringContaining('fsfreeze')] });
  expect(await opened.client.snapshots(server, signal())).toMatchObject([{ name: 'one' }]);
  failing('vzdump', 'job errors', 'ERROR: Backup of VM 102 failed - Input/output error');
  const backup = await opened.write((expect) => ({
    verb: 'backup',
    guest: server,
    expect,
    storage: 'nfs-backup',
    mode: 'snapshot',
    protect: false,
  }));
  expect(backup).toMatchObject({ result: 'error', exitStatus: 'job errors' });
  expect(backup.warnings).toContain('ERROR: Backup of VM 102 failed - Input/output error');
  expect(guestAt(102)?.lock).toBeUndefined();
});

test('a task whose node dies under it is unknown', async () => {
  opened = await open({ timing: { ...FAST, taskMs: 2_000 } });
  const { name } = await opened.client.guestConfig(server, signal());
  const write: ProxmoxWrite = { verb: 'snapshot', guest: server, expect: { name }, snapshot: 'one' };
  const { cluster } = opened.lab;
  const done = await opened.client.write(write, permit, signal(), (_, line) => {
    if (line !== 'started') return;
    cluster.setNodeOnline('pve2', false);
    cluster.setNodeOnline('pve2', true);
  });
  expect(done.result).toBe('unknown');
  expect(guestAt(102)?.lock).toBeUndefined();
});

test('a new guest gets an id of our own range only', async () => {
  opened = await open();
  const limited = opened.connect({ ownIds: { from: 400, to: 409 } });
  const { name } = await limited.guestConfig(vm('pve1', 9000), signal());
  const clone = (newid: number) =>
    limited.write(
      { verb: 'clone', guest: vm('pve1', 9000), expect: { name }, newid, name: 'fresh', full: false },
      permit,
      signal(),
      quiet,
    );
  await expect(clone(410)).rejects.toMatchObject({ code: 'id_out_of_range' });
  expect(changes(opened.sent)).toEqual([]);
  expect(await clone(409)).toMatchObject({ result: 'ok' });
});

test('an id outside of our range is refused while it is planned, by everything that makes a guest', async () => {
  opened = await open();
  const proxmox = createProxmoxClusters([opened.connect({ ownIds: { from: 400, to: 409 } })]);
  const context = { clients: { proxmox }, now: new Date(), signal: signal(), session: caller().session };
  const plan = async (name: string, input: object): Promise<unknown> => {
    const action = toolsets.flatMap(({ actions }) => actions).find((one) => one.name === name);
    const parsed = action?.input.parse({ cluster: 'home', ...input });
    return action?.plan(parsed ?? {}, { ...context, progress: quiet });
  };
  const [archive] = await opened.client.volumes('pve2', 'nfs-backup', 'backup', signal());
  const template = { vmid: 9000, name: 'debian-13-cloud', new_name: 'fresh' };
  for (const [name, input] of [
    ['proxmox_clone_guest', template],
    ['proxmox_create_guest', template],
    ['proxmox_restore_backup', { archive: archive?.volid, node: 'pve2' }],
  ] as const) {
    await expect(plan(name, { ...input, newid: 399 })).rejects.toMatchObject({ code: 'id_out_of_range' });
    await expect(plan(name, { ...input, newid: 400 })).resolves.toMatchObject({ touches: expect.any(Array) });
  }
});

test('what only adds is stopped when its time is over, and what it began is gone; a migration goes on to its end', async () => {
  opened = await open({ timing: { ...FAST, taskMs: 400 } });
  const late = (): [AbortSignal, (upid: string, line: string) => void] => {
    const over = new AbortController();
    return [over.signal, (_, line) => line === 'started' && over.abort()];
  };
  const { name } = await opened.client.guestConfig(vm('pve1', 9000), signal());
  const clone: ProxmoxWrite = {
    verb: 'clone',
    guest: vm('pve1', 9000),
    expect: { name },
    newid: 400,
    name: 'fresh',
    full: true,
  };
  expect(await opened.client.write(clone, permit, ...late())).toMatchObject({
    result: 'error',
    exitStatus: 'received interrupt',
  });
  expect(await opened.client.isFree(400, signal())).toBe(true);
  const expect160 = { name: (await opened.client.guestConfig(vm('pve1', 160), signal())).name };
  const migrate: ProxmoxWrite = {
    verb: 'migrate',
    guest: vm('pve1', 160),
    expect: expect160,
    target: 'pve2',
    online: true,
    withLocalDisks: false,
  };
  expect(await opened.client.write(migrate, permit, ...late())).toMatchObject({ result: 'unknown' });
  const nodeOf160 = async () => (await opened.client.guests(signal())).find(({ vmid }) => vmid === 160)?.node;
  await expect.poll(nodeOf160, { timeout: 5_000 }).toBe('pve2');
});

test('a task that somebody else started is never stopped', async () => {
  opened = await open();
  const sender = {
    config: { name: 'home', urls: [opened.lab.url], trust: { system: true } as const, auth: TOKEN },
    agent: new Agent(),
    credentials: credentialsOf(TOKEN, systemClock),
    checkPermit: () => undefined,
    ownTasks: new Set<string>(),
    latest: {},
  };
  const [task] = opened.lab.cluster.state.tasks;
  const call = { method: 'DELETE', path: taskPath(task?.upid ?? '') } as const;
  await expect(send(sender, call, 'stop a task', signal())).rejects.toMatchObject({
    code: 'permit_missing',
  });
  await sender.agent.close();
});
