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

/** What the client changes, on the lab: carried out, refused, and not what it seems. */
const TOKEN = { token: 'root@pam!steward', secret: 'unused' };
let opened: Opened;
afterEach(() => opened.close());

const server = vm('pve2', 102);
const quiet = (): void => undefined;
const guestAt = (vmid: number) => opened.lab.cluster.state.guests.get(vmid);
const failing = (type: string, exit: string, ...log: string[]): void =>
  void opened.lab.cluster.state.taskFaults.push({ type, id: undefined, exit, log });

test.each<[string, { name?: string; uuid?: string; digest?: string }]>([
  ['name', { name: 'nas' }],
  ['uuid', { uuid: '00000000-0000-4000-8000-000000000000' }],
  ['digest', { digest: '0000000000000000000000000000000000000000' }],
])('another %s than expected: nothing is sent', async (_, wrong) => {
  opened = await open();
  const write = opened.write((expect) => ({
    verb: 'destroy',
    guest: server,
    expect: { ...expect, ...wrong },
    purge: true,
  }));
  await expect(write).rejects.toMatchObject({ code: 'stale_plan' });
  expect(changes(opened.sent)).toEqual([]);
});

test('a guest that moved to another node is not found where the plan says', async () => {
  opened = await open();
  const expected = { name: 'k3s-server-2' };
  const write: ProxmoxWrite = { verb: 'stop', guest: vm('pve1', 102), expect: expected };
  await expect(opened.client.write(write, permit, signal(), quiet)).rejects.toMatchObject({ code: 'guest_not_found' });
  expect(changes(opened.sent)).toEqual([]);
});

test('a change between the look and the write is caught by the digest', async () => {
  opened = await open({}, {}, ({ method }) => {
    if (method === 'PUT') guestAt(102)?.config.set('tags', 'changed-by-somebody');
  });
  const write = opened.write((expect) => ({
    verb: 'configure',
    guest: server,
    expect,
    set: { memory: '4096' },
    remove: [],
  }));
  await expect(write).rejects.toMatchObject({ code: 'stale_plan', status: 500 });
  expect(guestAt(102)?.pending.has('memory')).toBe(false);
});

test('a change of a running guest waits for its restart', async () => {
  opened = await open();
  const set = { memory: '9216', tags: 'k3s' };
  expect(await opened.write((expect) => ({ verb: 'configure', guest: server, expect, set, remove: [] }))).toMatchObject(
    {
      upid: '',
      result: 'ok',
    },
  );
  const config = await opened.client.guestConfig(server, signal());
  expect([config.options['memory'], config.options['tags'], config.pending['memory']]).toEqual(['8192', 'k3s', '9216']);
  await opened.write((expect) => ({ verb: 'reboot', guest: server, expect }));
  expect((await opened.client.guestConfig(server, signal())).options['memory']).toBe('9216');
});

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

test('a locked guest: its configuration is refused, its tasks fail, and nothing has changed', async () => {
  opened = await open({ facts: factsOf('pve-guest-locked') });
  const guest = vm('pve2', 112);
  const configure = opened.write((expect) => ({
    verb: 'configure',
    guest,
    expect,
    set: { tags: 'x' },
    remove: [],
  }));
  await expect(configure).rejects.toMatchObject({ code: 'proxmox_locked' });
  expect(await opened.write((expect) => ({ verb: 'stop', guest, expect }))).toMatchObject({
    result: 'error',
    exitStatus: 'VM is locked (backup)',
  });
  expect(guestAt(112)?.status).toBe('running');
});

test('without quorum nothing is started or changed, and that is what the error says', async () => {
  opened = await open({ facts: factsOf('pve-quorum-lost') });
  const guest = vm('pve1', 101);
  const start = opened.write((expect) => ({ verb: 'start', guest, expect }));
  await expect(start).rejects.toMatchObject({ code: 'proxmox_no_quorum' });
  const configure = opened.write((expect) => ({ verb: 'configure', guest, expect, set: { tags: 'x' }, remove: [] }));
  await expect(configure).rejects.toMatchObject({ code: 'proxmox_no_quorum' });
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

test('what holds a guest keeps it from being destroyed, and purge takes it out of its jobs', async () => {
  opened = await open({ facts: factsOf('pve-backup-failing') });
  const destroy = (guest: typeof server, purge = false) =>
    opened.write((expect) => ({ verb: 'destroy', guest, expect, purge }));
  await expect(destroy(vm('pve2', 150))).rejects.toThrow(/protection/);
  await expect(destroy(ct('pve1', 200))).rejects.toThrow(/HA resources/);
  await expect(destroy(ct('pve3', 201))).rejects.toThrow(/replication/);
  await expect(destroy(vm('pve1', 101))).rejects.toThrow(/running/);
  await opened.write((expect) => ({ verb: 'stop', guest: vm('pve1', 101), expect }));
  expect((await destroy(vm('pve1', 101), true)).result).toBe('ok');
  expect(await opened.client.isFree(101, signal())).toBe(true);
  expect((await opened.client.backupJobs(signal()))[0]?.vmids).not.toContain(101);
  expect((await opened.client.volumes('pve1', 'local-lvm', undefined, signal())).map(({ vmid }) => vmid)).not.toContain(
    101,
  );
});

test('a clone is somebody else, a restored guest is not; and a base in use stays', async () => {
  opened = await open();
  const { client } = opened;
  const template = vm('pve1', 9000);
  await opened.write((expect) => ({ verb: 'clone', guest: template, expect, newid: 400, name: 'fresh', full: false }));
  const [base, made] = await Promise.all([
    client.guestConfig(template, signal()),
    client.guestConfig(vm('pve1', 400), signal()),
  ]);
  expect([made.name, made.uuid === base.uuid]).toEqual(['fresh', false]);
  const gone = await opened.write((expect) => ({ verb: 'destroy', guest: template, expect, purge: false }));
  expect(gone).toMatchObject({ result: 'error', exitStatus: expect.stringContaining('linked clones') });
  const [archive] = await client.volumes('pve2', 'nfs-backup', 'backup', signal());
  await opened.write(() => ({
    verb: 'restore',
    node: 'pve2',
    type: 'qemu',
    newid: 401,
    archive: archive?.volid ?? '',
  }));
  const [first, again] = await Promise.all([
    client.guestConfig(vm('pve1', 101), signal()),
    client.guestConfig(vm('pve2', 401), signal()),
  ]);
  expect([again.name, again.uuid]).toEqual([first.name, first.uuid]);
});

test('an id that was free is taken when somebody was faster', async () => {
  opened = await open();
  expect(await opened.client.isFree(400, signal())).toBe(true);
  const clone = () =>
    opened.write((expect) => ({
      verb: 'clone',
      guest: vm('pve1', 9000),
      expect,
      newid: 400,
      name: 'fresh',
      full: false,
    }));
  await clone();
  await expect(clone()).rejects.toThrow(/already exists/);
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

test('local disks and devices bind a guest to its node', async () => {
  opened = await open();
  const migrate = (guest: typeof server, target: string) =>
    opened.write((expect) => ({ verb: 'migrate', guest, expect, target, online: true, withLocalDisks: false }));
  expect(await opened.client.migrationCheck(vm('pve3', 114), 'pve1', signal())).toMatchObject({
    localDisks: ['local-lvm:vm-114-disk-0'],
    localResources: ['hostpci0'],
  });
  expect(await migrate(server, 'pve1')).toMatchObject({ result: 'error', exitStatus: 'migration aborted' });
  expect(await migrate(vm('pve3', 114), 'pve1')).toMatchObject({ result: 'error' });
  expect((await migrate(vm('pve1', 160), 'pve2')).result).toBe('ok');
  expect(guestAt(160)?.node).toBe('pve2');
});

test('a full thin pool takes no snapshot', async () => {
  opened = await open({ facts: factsOf('pve-thin-pool-full') });
  const done = await opened.write((expect) => ({ verb: 'snapshot', guest: server, expect, snapshot: 'one' }));
  expect(done).toMatchObject({ result: 'error', exitStatus: expect.stringContaining('thin pool') });
  expect(await opened.client.snapshots(server, signal())).toEqual([]);
});

test('a rollback brings the configuration of then, and leaves the guest stopped', async () => {
  opened = await open();
  const { client } = opened;
  await opened.write((expect) => ({ verb: 'snapshot', guest: server, expect, snapshot: 'before' }));
  await opened.write((expect) => ({ verb: 'configure', guest: server, expect, set: { tags: 'later' }, remove: [] }));
  await opened.write((expect) => ({ verb: 'rollback', guest: server, expect, snapshot: 'before' }));
  const config = await client.guestConfig(server, signal());
  expect(config.options['tags']).toBe('etcd;k3s');
  expect((await client.guestStatus(server, signal())).status).toBe('stopped');
});

test('a host that reboots takes its guests along and brings them back', async () => {
  opened = await open();
  await opened.write(() => ({ verb: 'reboot_node', node: 'pve3' }));
  const online = async (): Promise<boolean | undefined> =>
    (await opened.client.clusterStatus(signal())).nodes.find(({ name }) => name === 'pve3')?.online;
  await expect.poll(online, { interval: 5 }).toBe(false);
  expect((await opened.client.guests(signal())).find(({ vmid }) => vmid === 103)?.status).toBe('unknown');
  await expect.poll(online, { interval: 5 }).toBe(true);
  expect((await opened.client.guestStatus(vm('pve3', 103), signal())).status).toBe('running');
});

test('a container cannot be reset, and that is known before anything is sent', async () => {
  opened = await open();
  const write = opened.write((expect) => ({ verb: 'reset', guest: ct('pve1', 200), expect }));
  await expect(write).rejects.toMatchObject({ code: 'proxmox_unsupported' });
  expect(changes(opened.sent)).toEqual([]);
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
  };
  const [task] = opened.lab.cluster.state.tasks;
  const call = { method: 'DELETE', path: taskPath(task?.upid ?? '') } as const;
  await expect(send(sender, call, 'stop a task', signal())).rejects.toMatchObject({
    code: 'permit_missing',
  });
  await sender.agent.close();
});
