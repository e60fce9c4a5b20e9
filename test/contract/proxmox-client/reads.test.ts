import { afterEach, expect, test } from 'vitest';
import { ct, factsOf, type Opened, open, STANDALONE, signal, vm } from './support.ts';

/** What the client reads, on the lab: healthy, and in each kind of trouble. */
let opened: Opened;
afterEach(() => opened.close());

test('a cluster of three with its guests, storages, jobs and disks', async () => {
  opened = await open();
  const { client } = opened;
  expect(await client.version(signal())).toBe('9.2.3');
  expect(await client.missingPrivileges(signal())).toEqual([]);
  expect(await client.clusterStatus(signal())).toMatchObject({ name: 'home', quorum: 'quorate', expectedVotes: 2 });
  const guests = await client.guests(signal());
  expect(guests.filter(({ tags }) => tags.includes('k3s'))).toHaveLength(7);
  expect(guests.find(({ vmid }) => vmid === 9000)).toMatchObject({ template: true, status: 'stopped' });
  expect(guests.find(({ vmid }) => vmid === 200)).toMatchObject({ type: 'lxc', hastate: 'started', name: 'dns' });
  expect(await client.nodeStatus('pve2', signal())).toMatchObject({ version: '9.2.3', cpus: 12 });
  const storages = await client.storages(signal());
  expect(storages.filter(({ storage }) => storage === 'nfs-backup')).toHaveLength(3);
  expect(storages.every(({ active, totalBytes }) => active && totalBytes > 0)).toBe(true);
  const [archive] = await client.volumes('pve3', 'nfs-backup', 'backup', signal());
  expect(archive).toMatchObject({ content: 'backup', vmid: 101, verified: 'unknown' });
  expect(await client.backupJobs(signal())).toMatchObject([
    { id: 'nightly', all: true, excluded: [9000], enabled: true },
    { id: 'template', vmids: [9000] },
  ]);
  expect(await client.notBackedUp(signal())).toEqual([]);
  expect(await client.replication(signal())).toMatchObject([
    { guest: 201, source: 'pve3', target: 'pve2', failCount: 0 },
  ]);
  expect(await client.disks('pve1', signal())).toMatchObject([
    { device: '/dev/nvme0n1', wearout: 88, used: 'LVM', health: 'PASSED' },
    { device: '/dev/sda', serial: '2218E6100101', used: 'ZFS' },
  ]);
  expect(await client.smart('pve1', '/dev/nvme0n1', signal())).toEqual({
    mediaErrors: 0,
    wornPercent: 12,
    temperature: 36,
  });
  expect(await client.smart('pve1', '/dev/sda', signal())).toEqual({ reallocated: 0, pending: 0, temperature: 36 });
  expect(await client.thinPools('pve1', signal())).toMatchObject([{ node: 'pve1', group: 'pve', name: 'data' }]);
});

test('numbers that come as texts, and processes that are null, are read alike', async () => {
  opened = await open();
  expect(await opened.client.guestStatus(ct('pve1', 200), signal())).toMatchObject({ vmid: 200, template: false });
  expect(await opened.client.guestStatus(vm('pve1', 9000), signal())).toMatchObject({ vmid: 9000, template: true });
});

test('a configuration is that of now; what waits for a restart stands beside it', async () => {
  opened = await open();
  const guest = opened.lab.cluster.state.guests.get(101);
  guest?.pending.set('memory', '12288').set('onboot', undefined);
  const config = await opened.client.guestConfig(vm('pve1', 101), signal());
  expect(config.options['memory']).toBe('8192');
  expect(config.pending).toEqual({ memory: '12288', onboot: undefined });
  expect(config.options['onboot']).toBe('1');
});

test('a host of its own is standalone, not a cluster without quorum', async () => {
  opened = await open({ facts: STANDALONE });
  expect(await opened.client.clusterStatus(signal())).toMatchObject({ quorum: 'standalone', expectedVotes: undefined });
  expect(await opened.client.ha(signal())).toMatchObject({ services: [] });
});

test('without quorum it can be read, and guests of silent nodes are unknown', async () => {
  opened = await open({ facts: factsOf('pve-quorum-lost') });
  const { client } = opened;
  expect((await client.clusterStatus(signal())).quorum).toBe('lost');
  const states = new Map((await client.guests(signal())).map(({ vmid, status }) => [vmid, status]));
  expect([states.get(101), states.get(102), states.get(103)]).toEqual(['running', 'unknown', 'unknown']);
  expect((await client.ha(signal())).stale).toHaveLength(2);
});

test('a node that is gone is told from an API that is gone; the rest is read', async () => {
  opened = await open({ facts: factsOf('pve-node-offline') });
  const { client } = opened;
  const offline = { code: 'proxmox_node_offline' };
  await expect(client.nodeStatus('pve3', signal())).rejects.toMatchObject({ ...offline, status: 595 });
  await expect(client.guestStatus(vm('pve3', 103), signal())).rejects.toMatchObject(offline);
  // An address in the place of a name would be answered with 596, as if the node were gone.
  await expect(client.nodeStatus('pve2.lan', signal())).rejects.toMatchObject({ code: 'invalid_node' });
  expect((await client.clusterStatus(signal())).quorum).toBe('quorate');
  expect(await client.tasks({ limit: 5 }, signal())).toHaveLength(5);
  expect(await client.replication(signal())).toEqual([]);
  expect(await client.isFree(103, signal())).toBe(false);
  const storages = await client.storages(signal());
  expect(storages.filter(({ node, active }) => node === 'pve3' && active)).toEqual([]);
});

test('guests in no job, and backups that failed, are found', async () => {
  opened = await open({ facts: factsOf('pve-backup-failing') });
  expect(await opened.client.notBackedUp(signal())).toEqual([114, 160]);
  const failed = await opened.client.tasks({ limit: 10, vmid: 113, onlyErrors: true }, signal());
  expect(failed.map(({ result, exitStatus }) => `${result}: ${exitStatus}`)).toEqual(
    Array.from({ length: 3 }, () => 'error: job errors'),
  );
  const log = await opened.client.taskLog(failed[0]?.upid ?? '', 10, signal());
  expect(log.at(-1)).toBe('TASK ERROR: job errors');
});

test('a guest that cannot write its disk is held, not unknown', async () => {
  opened = await open();
  const guest = opened.lab.cluster.state.guests.get(112);
  if (guest) guest.status = 'io-error';
  expect((await opened.client.guests(signal())).find(({ vmid }) => vmid === 112)?.status).toBe('paused');
  expect((await opened.client.guestStatus(vm('pve2', 112), signal())).status).toBe('paused');
});

test('a token of its own sees shorter lists, no errors, and the client can say what it lacks', async () => {
  opened = await open();
  const { lab } = opened;
  lab.cluster.state.tokens.set('root@pam!poor', {
    id: 'root@pam!poor',
    secret: 'x1',
    privsep: true,
    acl: new Map([['/vms/101', 'PVEVMUser']]),
  });
  const poor = opened.connect({ auth: { token: 'root@pam!poor', secret: 'x1' } });
  expect((await poor.guests(signal())).map(({ vmid }) => vmid)).toEqual([101]);
  expect(await poor.storages(signal())).toEqual([]);
  expect(await poor.missingPrivileges(signal())).toContain('Sys.Audit /');
  await expect(poor.clusterStatus(signal())).rejects.toMatchObject({ code: 'proxmox_forbidden', status: 403 });
  await expect(poor.guestStatus(vm('pve2', 102), signal())).rejects.toMatchObject({ code: 'proxmox_forbidden' });
});

test('archives are not shown to a token that may only audit', async () => {
  opened = await open();
  const { lab } = opened;
  lab.cluster.state.tokens.set('root@pam!audit', {
    id: 'root@pam!audit',
    secret: 'x1',
    privsep: true,
    acl: new Map([['/', 'PVEAuditor']]),
  });
  const auditor = opened.connect({ auth: { token: 'root@pam!audit', secret: 'x1' } });
  expect(await auditor.volumes('pve1', 'nfs-backup', 'backup', signal())).toEqual([]);
  expect(await auditor.missingPrivileges(signal())).not.toEqual([]);
});

test('an older version, which tells its errors in the status line alone, is understood', async () => {
  opened = await open({ facts: { ...factsOf('pve-quorum-lost'), version: '8.2.4' } });
  await expect(opened.client.guestConfig(vm('pve1', 999), signal())).rejects.toMatchObject({ code: 'guest_not_found' });
  await expect(opened.client.nodeStatus('pve9', signal())).rejects.toMatchObject({ status: 500 });
});
