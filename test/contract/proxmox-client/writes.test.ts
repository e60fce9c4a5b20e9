import { afterEach, expect, test } from 'vitest';
import type { ProxmoxWrite } from '../../../src/clients/proxmox/contract.ts';
import { changes, ct, factsOf, type Opened, open, permit, signal, vm } from './support.ts';

/** What the client changes, on the lab: carried out, refused, and not what it seems. */
let opened: Opened;
afterEach(() => opened.close());

const server = vm('pve2', 102);
const quiet = (): void => undefined;
const guestAt = (vmid: number) => opened.lab.cluster.state.guests.get(vmid);

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
