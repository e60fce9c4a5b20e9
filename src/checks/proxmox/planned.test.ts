import { expect, test } from 'vitest';
import { metadataOf } from '../../world/proxmox/objects.ts';
import { run } from '../testing.ts';
import {
  after,
  archive,
  backup,
  guest,
  homelab,
  host,
  type Lab,
  marks,
  onGuest,
  onHost,
  storage,
  withOptions,
} from '../testing-machines.ts';
import proxmoxPlanned from './planned.ts';

const w1 = guest(104, 'w-1', 'pve1');
const lab = (own = w1, more: Lab = {}) =>
  homelab({ proxmoxGuests: { 'home/104': own, 'home/101': guest(101, 's-1', 'pve1') }, ...more });
const judge = (own: ReturnType<typeof guest>, change: Parameters<typeof after>[1], more: Lab = {}) =>
  marks(proxmoxPlanned, after(lab(own, more), change)).map((mark) =>
    mark.replace(/^planned:/, '').replace(/:home\/104.*$/, ''),
  );
const off = (own = w1) => ({ ...own, status: 'stopped' as const });

test('nothing planned: it does not apply; a healthy guest may be switched', () => {
  expect(run(proxmoxPlanned, lab()).status).toBe('not_applicable');
  for (const verb of ['start', 'shutdown', 'stop', 'reboot', 'reset'])
    expect(judge(w1, onGuest(`proxmox_${verb}_guest`, off())), verb).toEqual([]);
});

test('a locked guest, a template, and one that is not there are not touched; a critical one asks', () => {
  const locked = { ...w1, lock: 'backup' };
  expect(judge(locked, onGuest('proxmox_shutdown_guest', off(locked)))).toEqual(['locked']);
  const template = { ...w1, template: true };
  expect(judge(template, onGuest('proxmox_start_guest', template))).toEqual(['template']);
  expect(judge(w1, onGuest('proxmox_shutdown_guest', { ...w1, vmid: 999 }))[0]).toContain('unknown-guest');
  const critical = { ...w1, tags: ['critical'] };
  expect(
    run(proxmoxPlanned, after(lab(critical), onGuest('proxmox_shutdown_guest', off(critical)))).findings[0]?.introduced,
  ).toBe('ask');
});

test('configuration: what a running guest feels asks, what it does not feel passes', () => {
  expect(judge(w1, onGuest('proxmox_configure_guest', withOptions(w1, { memory: '4096' })))).toEqual(['live-config']);
  expect(judge(w1, onGuest('proxmox_configure_guest', withOptions(w1, { tags: 'a' })))).toEqual([]);
  expect(judge(off(), onGuest('proxmox_configure_guest', withOptions(off(), { memory: '4096' })))).toEqual([]);
});

test('snapshots: storages that have none or are nearly full refuse', () => {
  const take = onGuest('proxmox_create_snapshot', w1);
  const on = (more: object) => ({ proxmoxStorages: { 'home/pve1/thin': storage('pve1', 'thin', more) } });
  expect(judge(w1, take, on({}))).toEqual([]);
  expect(judge(w1, take, on({ type: 'lvm' }))).toEqual(['no-snapshots:thin']);
  expect(judge(w1, take, on({ usedBytes: 850 * 2 ** 30 }))).toEqual(['full:thin']);
  expect(judge(w1, take, on({ usedBytes: 849 * 2 ** 30 }))).toEqual([]);
});

test('deleting the last way back asks; with a backup or another snapshot it does not', () => {
  const one = { ...w1, snapshots: [{ name: 'a' }] };
  const none = { proxmoxBackups: { 'home/104': backup(104, { archives: [] }) } };
  expect(judge(one, onGuest('proxmox_delete_snapshot', one), none)).toEqual(['last-restore-point']);
  expect(judge(one, onGuest('proxmox_delete_snapshot', one))).toEqual([]);
  const two = { ...w1, snapshots: [{ name: 'a' }, { name: 'b' }] };
  expect(judge(two, onGuest('proxmox_delete_snapshot', two), none)).toEqual([]);
});

test('rollback: newer snapshots, also those in ZFS, and replication refuse', () => {
  const own = {
    ...w1,
    snapshots: [
      { name: 'a', takenAt: '2026-11-01T00:00:00Z' },
      { name: 'b', takenAt: '2026-11-02T00:00:00Z' },
    ],
  };
  const to = (name: string) =>
    onGuest('proxmox_rollback_snapshot', off(own), {
      targets: [{ system: 'proxmox', kind: 'GuestSnapshot', namespace: 'home', name: `104/${name}` }],
    });
  expect(judge(own, to('b'))).toEqual([]);
  expect(judge(own, to('a'))).toEqual(['newer']);
  const zfs = (name: string) => ({
    zfsSnapshots: {
      'pve1/rpool/vm-104-disk-0': {
        count: 1,
        usedBytes: 0,
        newest: { name, guid: '1', createdAt: '2026-11-03T00:00:00Z' },
        held: [],
        cloned: [],
        marked: [],
      },
    },
  });
  expect(judge(own, to('b'), zfs('autosnap'))).toEqual(['newer-zfs']);
  expect(judge(own, to('b'), zfs('b'))).toEqual([]);
  const replication = {
    proxmoxReplication: { 'home/104-0': { vmid: 104, source: 'pve1', target: 'pve2', failCount: 0 } },
  };
  expect(judge(own, to('b'), replication)).toEqual(['replicated']);
});

test('an id that is taken refuses a clone, a free one does not', () => {
  const clone = (vmid: string) =>
    onGuest('proxmox_clone_guest', w1, {
      touches: [{ target: { system: 'proxmox', kind: 'Guest', namespace: 'home', name: vmid }, verb: 'create' }],
      effects: [],
    });
  expect(judge(w1, clone('101'))[0]).toContain('id-taken');
  expect(judge(w1, clone('900'))).toEqual([]);
  const target = { system: 'proxmox', kind: 'Guest', namespace: 'home', name: '900' } as const;
  expect(
    judge(w1, {
      ...clone('900'),
      touches: [
        { target, verb: 'create' },
        { target, verb: 'patch' },
      ],
    }),
  ).toEqual([]);
});

test('migration: the target must be up and not in maintenance', () => {
  const move = onGuest('proxmox_migrate_guest', { ...w1, node: 'pve2' });
  const nodes = (more: object) => ({ proxmoxNodes: { 'home/pve1': host('pve1'), 'home/pve2': host('pve2', more) } });
  expect(judge(w1, move)).toEqual([]);
  expect(judge(w1, move, nodes({ online: false }))).toEqual(['target']);
  expect(judge(w1, move, nodes({ maintenance: 'ram' }))).toEqual(['target']);
});

test('a backup needs room, but a backup server does not need all of it', () => {
  const run_ = onGuest('proxmox_run_backup', w1, {
    effects: [],
    targets: [{ system: 'proxmox', kind: 'Storage', namespace: 'home', name: 'nas' }],
    touches: [{ target: { system: 'proxmox', kind: 'Backup', namespace: 'home', name: '104' }, verb: 'create' }],
  });
  const nas = (more: object) => ({
    proxmoxStorages: { 'home/pve1/nas': storage('pve1', 'nas', { type: 'nfs', usedBytes: 999 * 2 ** 30, ...more }) },
  });
  expect(judge(w1, run_, nas({}))).toEqual(['no-space']);
  expect(judge(w1, run_, nas({ type: 'pbs' }))).toEqual([]);
  expect(judge(w1, run_, nas({ usedBytes: 0 }))).toEqual([]);
  expect(judge(w1, run_, nas({ usedBytes: 0, active: false }))).toEqual(['inactive']);
});

test('destroy: every reason to refuse, and the one way that is left', () => {
  const destroy = onGuest('proxmox_destroy_guest', { remove: 'home/104' });
  expect(judge(off(), destroy)).toEqual([]);
  expect(judge(w1, destroy)).toEqual(['not-stopped']);
  expect(judge(withOptions(off(), {}, { protection: true }), destroy)).toEqual(['protected']);
  expect(
    judge(off(), destroy, {
      proxmoxHa: { 'home/vm:104': { metadata: metadataOf('home', 'vm:104'), vmid: 104, state: 'stopped' } },
    }),
  ).toEqual(['ha']);
  expect(
    judge(off(), destroy, {
      proxmoxReplication: { 'home/104-0': { vmid: 104, source: 'pve1', target: 'pve2', failCount: 0 } },
    }),
  ).toEqual(['replicated']);
  const clone = withOptions(guest(105, 'copy', 'pve1'), { scsi0: 'thin:base-104-disk-0/vm-105-disk-0' });
  expect(judge(off(), destroy, { proxmoxGuests: { 'home/104': off(), 'home/105': clone } })).toEqual(['clones']);
  const kept = (...archives: ReturnType<typeof archive>[]) => ({
    proxmoxBackups: { 'home/104': backup(104, { archives }) },
  });
  expect(judge(off(), destroy, kept())).toEqual(['no-backup']);
  expect(judge(off(), destroy, kept(archive(25)))).toEqual(['no-backup']);
  expect(judge(off(), destroy, kept(archive(1, { verified: 'unknown' })))).toEqual(['no-backup']);
  expect(judge(off(), destroy, kept(archive(1, { node: 'pve1' })))).toEqual(['no-backup']);
  expect(judge(off(), destroy, kept(archive(23)))).toEqual([]);
});

const ofHost = (action: string, more: Lab = {}, value = host('pve3', { online: false })) =>
  marks(proxmoxPlanned, after(homelab({ proxmoxGuests: {}, ...more }), onHost(action, 'pve3', value))).map((mark) =>
    mark.replace(/^planned:/, '').replace(/:home\/pve3$/, ''),
  );
const nodes = (more: object) => ({
  proxmoxNodes: { 'home/pve1': host('pve1', more), 'home/pve2': host('pve2'), 'home/pve3': host('pve3') },
});
const task = (type: string, result: string, node = 'pve3') => ({
  proxmoxTasks: { 'home/UPID': { node, type, id: '1', user: 'u', startedAt: 'x', result, exitStatus: '' } },
});

test.each(['proxmox_reboot_node', 'proxmox_enter_maintenance'])(
  '%s: the others must be up, and the host idle',
  (action) => {
    expect(ofHost(action)).toEqual([]);
    expect(ofHost(action, nodes({ maintenance: 'x' }))).toEqual(['another-away']);
    expect(ofHost(action, nodes({ online: false }))).toEqual(['another-away', 'quorum']);
    const down = { ...nodes({}).proxmoxNodes, 'home/pve3': host('pve3', { online: false }) };
    expect(ofHost(action, { proxmoxNodes: down })).toEqual(['offline']);
    expect(ofHost(action, task('vzdump', 'running'))).toEqual(['busy']);
    expect(ofHost(action, task('vzdump', 'ok'))).toEqual([]);
    expect(ofHost(action, task('vzdump', 'running', 'pve1'))).toEqual([]);
    expect(ofHost(action, task('vncproxy', 'running'))).toEqual([]);
  },
);

test('a reboot waits until no guest runs there; maintenance moves them itself', () => {
  const guests = { proxmoxGuests: { 'home/104': guest(104, 'w-1', 'pve3') } };
  expect(ofHost('proxmox_reboot_node', guests)).toEqual(['guests']);
  expect(
    ofHost('proxmox_reboot_node', { proxmoxGuests: { 'home/104': guest(104, 'w-1', 'pve3', { status: 'stopped' }) } }),
  ).toEqual([]);
  expect(ofHost('proxmox_enter_maintenance', guests, host('pve3', { maintenance: 'ram' }))).toEqual([]);
});

test('a pool that is being repaired keeps its host', () => {
  const pools = (kind: string, state: string) => ({
    zfsPools: {
      'pve3/tank': {
        pool: {
          name: 'tank',
          guid: '1',
          state: 'DEGRADED',
          scan: { kind, state, errors: 0 },
          work: [],
          vdevs: [],
          dataErrors: { state: 'listed', count: 0, names: [] },
        },
      },
    },
  });
  expect(ofHost('proxmox_reboot_node', pools('resilver', 'running'))).toEqual(['resilver']);
  expect(ofHost('proxmox_reboot_node', pools('resilver', 'finished'))).toEqual([]);
  expect(ofHost('proxmox_reboot_node', pools('scrub', 'running'))).toEqual([]);
});
