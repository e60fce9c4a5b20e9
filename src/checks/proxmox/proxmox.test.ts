import { expect, test } from 'vitest';
import { metadataOf } from '../../world/proxmox/objects.ts';
import { known, unknown, World } from '../../world/world.ts';
import backupCoverage from '../backup/coverage.ts';
import { NOW, run } from '../testing.ts';
import {
  after,
  archive,
  backup,
  guest,
  homelab,
  host,
  marks,
  onGuest,
  onHost,
  storage,
  withOptions,
} from '../testing-machines.ts';
import proxmoxBackups, { periodHours } from './backups.ts';
import proxmoxDefinition from './definition.ts';
import proxmoxDisks from './disks.ts';
import proxmoxGuestConfig from './guest-config.ts';
import proxmoxQuorum from './quorum.ts';
import proxmoxStorage from './storage.ts';

const cluster = (more: object) => ({
  proxmoxCluster: {
    home: { quorum: 'quorate', expectedVotes: 2, armed: true, stale: [], missingPrivileges: [], ...more },
  },
});

test('a healthy homelab has nothing against it, and what cannot be read is unknown', () => {
  for (const check of [proxmoxQuorum, proxmoxBackups, proxmoxStorage, proxmoxDisks, proxmoxGuestConfig, backupCoverage])
    expect(run(check, homelab()).status, check.id).toBe('pass');
  expect(run(proxmoxQuorum, new World(NOW, { proxmoxCluster: unknown('x'), proxmoxNodes: unknown('x') })).status).toBe(
    'unknown',
  );
  expect(run(proxmoxBackups, new World(NOW, {})).status).toBe('not_applicable');
});

test('B01 does not pass for what could not be read, and does for a system that is not there', () => {
  const blind = (part: ReturnType<typeof unknown> | undefined) =>
    new World(NOW, { namespaces: known(new Map()), ...(part && { proxmoxGuests: part, proxmoxBackups: part }) });
  expect(run(backupCoverage, blind(unknown('no route to host'))).status).toBe('unknown');
  expect(run(backupCoverage, blind(undefined)).status).toBe('pass');
});

test('P01: lost quorum, two hosts away, and services that high availability gave up', () => {
  expect(marks(proxmoxQuorum, homelab(cluster({ quorum: 'lost' })))).toEqual(['quorum:home']);
  expect(run(proxmoxQuorum, homelab(cluster({ quorum: 'unknown' }))).status).toBe('unknown');
  expect(marks(proxmoxQuorum, homelab(cluster({ quorum: 'standalone' })))).toEqual([]);
  const maintained = {
    proxmoxNodes: {
      'home/pve1': host('pve1', { maintenance: 'ram' }),
      'home/pve2': host('pve2', { maintenance: 'fan' }),
      'home/pve3': host('pve3'),
    },
  };
  expect(marks(proxmoxQuorum, homelab(maintained))).toEqual(['away:home:pve1,pve2']);
  const ha = (state: string) =>
    homelab({ proxmoxHa: { 'home/vm:101': { metadata: metadataOf('home', 'vm:101'), state, vmid: 101 } } });
  expect(marks(proxmoxQuorum, ha('error'))).toEqual(['ha:home/vm:101:error']);
  expect(marks(proxmoxQuorum, ha('started'))).toEqual([]);
});

test('P01: one host that is offline is told, with what its high availability does not report; not one that is worked on', () => {
  const nodes = (more: object) => ({
    proxmoxNodes: { 'home/pve1': host('pve1'), 'home/pve2': host('pve2', more), 'home/pve3': host('pve3') },
  });
  const stale = cluster({ stale: ['lrm:pve2: pve2 (old timestamp - dead?)'] });
  expect(marks(proxmoxQuorum, homelab({ ...nodes({ online: false }), ...stale }))).toEqual(['offline:home/pve2']);
  expect(marks(proxmoxQuorum, homelab({ ...nodes({}), ...stale }))).toEqual(['stale:home:lrm']);
  expect(marks(proxmoxQuorum, homelab(nodes({ online: false, maintenance: 'ram' })))).toEqual([]);
});

test('P06: a lock that no task holds is told; not while one runs, has just ended, or the guest sleeps', () => {
  const of = (lock: string, task?: object) =>
    homelab({
      proxmoxGuests: { 'home/104': guest(104, 'w-1', 'pve1', { lock }) },
      proxmoxTasks: task === undefined ? {} : { 'home/t': { metadata: metadataOf('home', 't'), ...vzdump, ...task } },
    });
  const hoursAgo = (hours: number) => new Date(+NOW - hours * 3_600_000).toISOString();
  const vzdump = { node: 'pve1', type: 'vzdump', id: '104', user: 'root@pam', startedAt: hoursAgo(9), exitStatus: '' };
  const ended = { result: 'error', endedAt: hoursAgo(8) };
  expect(marks(proxmoxGuestConfig, of('backup'))).toEqual(['lock:home/104']);
  expect(marks(proxmoxGuestConfig, of('backup', ended))).toEqual(['lock:home/104']);
  expect(marks(proxmoxGuestConfig, of('backup', { result: 'running' }))).toEqual([]);
  expect(marks(proxmoxGuestConfig, of('backup', { result: 'running', id: '' }))).toEqual([]);
  expect(marks(proxmoxGuestConfig, of('backup', { ...ended, endedAt: hoursAgo(0.1) }))).toEqual([]);
  expect(marks(proxmoxGuestConfig, of('suspended'))).toEqual([]);
});

test('P01: a change without quorum is denied, and so is the host whose vote it takes', () => {
  const off = onGuest('proxmox_shutdown_guest', guest(104, 'w-1', 'pve1', { status: 'stopped' }));
  expect(marks(proxmoxQuorum, after(homelab(cluster({ quorum: 'unknown' })), off))).toContain(
    'planned:no-quorum:home/104',
  );
  expect(marks(proxmoxQuorum, after(homelab(), off))).toEqual([]);
  const reboot = onHost('proxmox_reboot_node', 'pve1', host('pve1', { online: false }));
  expect(marks(proxmoxQuorum, after(homelab(), reboot))).toEqual([]);
  const oneAway = homelab({
    proxmoxNodes: {
      'home/pve1': host('pve1'),
      'home/pve2': host('pve2', { online: false }),
      'home/pve3': host('pve3'),
    },
  });
  expect(marks(proxmoxQuorum, after(oneAway, reboot))).toContain('quorum:home');
});

test.each([
  ['no job', { jobs: [] }, 'uncovered'],
  ['a job that is off', { jobs: [{ id: 'n', schedule: '02:00', storage: 'pbs', enabled: false }] }, 'uncovered'],
  ['too old', { archives: [archive(49)] }, 'old'],
  ['failed verification', { archives: [archive(5, { verified: 'failed' as const })] }, 'verify'],
  ['half the size', { archives: [archive(5, { sizeBytes: 499 }), archive(30), archive(54)] }, 'size'],
  ['none at all', { archives: [] }, 'none'],
])('P03: %s', (_, more, mark) => {
  expect(
    marks(
      proxmoxBackups,
      homelab({
        proxmoxBackups: { 'home/101': backup(101, more) },
        proxmoxGuests: { 'home/101': guest(101, 's-1', 'pve1', { uptimeSeconds: 1e6 }) },
      }),
    ),
  ).toEqual([`${mark}:home/101`]);
});

test('P03: near misses, tags and storages that cannot be listed', () => {
  const of = (more: object, own = guest(101, 's-1', 'pve1')) =>
    homelab({ proxmoxBackups: { 'home/101': backup(101, more) }, proxmoxGuests: { 'home/101': own } });
  expect(marks(proxmoxBackups, of({ archives: [archive(47)] }))).toEqual([]);
  expect(marks(proxmoxBackups, of({ archives: [archive(5, { sizeBytes: 500 }), archive(30), archive(54)] }))).toEqual(
    [],
  );
  expect(marks(proxmoxBackups, of({ jobs: [] }, guest(101, 's-1', 'pve1', { tags: ['no-backup'] })))).toEqual([]);
  expect(run(proxmoxBackups, of({ archives: [], unread: ['nas'] })).status).toBe('unknown');
});

test('P03: a plan that stops or restarts a guest without a first backup takes no backup from it', () => {
  const young = guest(104, 'w-1', 'pve1', { uptimeSeconds: 600 });
  const bare = { proxmoxBackups: { 'home/104': backup(104, { archives: [] }) } };
  const of = (own: typeof young) => homelab({ ...bare, proxmoxGuests: { 'home/104': own } });
  const off = { ...young, status: 'stopped' as const, uptimeSeconds: 0 };
  expect(marks(proxmoxBackups, of(young))).toEqual([]);
  expect(marks(proxmoxBackups, after(of(young), onGuest('proxmox_shutdown_guest', off)))).toEqual([]);
  // Of a virtual machine it is known when it was made, however long it runs.
  const made = (hours: number) => `creation-qemu=10.0.2,ctime=${Math.floor(+NOW / 1000) - hours * 3600}`;
  expect(marks(proxmoxBackups, of(withOptions(young, { meta: made(100) })))).toEqual(['none:home/104']);
  expect(marks(proxmoxBackups, of(withOptions(off, { meta: made(3) })))).toEqual([]);
});

test('the longest pause of a schedule', () => {
  expect(
    ['02:00', 'sat 02:00', 'mon..fri 02:00', 'sun,wed 01:00', 'daily', '*/6:00', 'monthly', '*/30'].map(periodHours),
  ).toEqual([24, 168, 72, 84, 24, 6, 744, 1]);
});

test('P04: thin pools from 85 %, others from 95 %, storages that are away; not those of a host that is down', () => {
  const of = (more: object, hosts = {}) =>
    homelab({ proxmoxStorages: { 'home/pve1/thin': storage('pve1', 'thin', more) }, ...hosts });
  expect(marks(proxmoxStorage, of({ usedBytes: 850 * 2 ** 30 }))).toEqual(['full:home/pve1/thin']);
  expect(marks(proxmoxStorage, of({ usedBytes: 849 * 2 ** 30 }))).toEqual([]);
  expect(marks(proxmoxStorage, of({ usedBytes: 900 * 2 ** 30, type: 'dir' }))).toEqual([]);
  expect(marks(proxmoxStorage, of({ active: false }))).toEqual(['inactive:home/pve1/thin']);
  expect(
    marks(proxmoxStorage, of({ active: false }, { proxmoxNodes: { 'home/pve1': host('pve1', { online: false }) } })),
  ).toEqual([]);
});

test('P04: the metadata of a thin pool from 70 %', () => {
  const of = (metadataUsedBytes: number) =>
    homelab({
      proxmoxThinPools: {
        'home/pve1/pve/data': {
          node: 'pve1',
          group: 'pve',
          name: 'data',
          sizeBytes: 1000,
          usedBytes: 100,
          metadataBytes: 100,
          metadataUsedBytes,
        },
      },
    });
  expect(marks(proxmoxStorage, of(70))).toEqual(['metadata:home/pve1/pve/data']);
  expect(marks(proxmoxStorage, of(69))).toEqual([]);
});

const disk = (name: string, more: object) => ({
  metadata: metadataOf('home', `pve1/${name}`, name),
  node: 'pve1',
  device: `/dev/${name}`,
  serial: name,
  model: 'm',
  type: 'ssd',
  sizeBytes: 1,
  health: 'PASSED',
  used: 'LVM',
  ...more,
});
const disks = (...all: ReturnType<typeof disk>[]) =>
  homelab({ proxmoxDisks: Object.fromEntries(all.map((one) => [`home/pve1/${one.serial}`, one])) });
const smart = (own: object) => disks(disk('S1', { smart: own }));

test('P05: what a disk says of itself', () => {
  expect(marks(proxmoxDisks, disks(disk('S1', { health: 'FAILED!' })))).toEqual(['failed:S1']);
  expect(marks(proxmoxDisks, disks(disk('S1', { wearout: 10 })))).toEqual(['wear:S1']);
  expect(marks(proxmoxDisks, disks(disk('S1', { wearout: 11 })))).toEqual([]);
  expect(marks(proxmoxDisks, disks(disk('S1', { health: 'UNKNOWN' })))).toEqual([]);
});

test('P05: sectors that it could not read, and less so sectors that it gave up', () => {
  const found = (own: object) =>
    run(proxmoxDisks, smart(own)).findings.map((one) => `${one.severity} ${one.fingerprint}`);
  expect(found({ pending: 3, reallocated: 8 })).toEqual(['medium P05:errors:S1']);
  expect(found({ mediaErrors: 1 })).toEqual(['medium P05:errors:S1']);
  expect(found({ reallocated: 8 })).toEqual(['low P05:errors:S1']);
  expect(found({ reallocated: 0, pending: 0, uncorrectable: 0, mediaErrors: 0 })).toEqual([]);
  expect(found({ wornPercent: 93 })).toEqual(['medium P05:wear:S1']);
  expect(found({ wornPercent: 120 })).toEqual(['medium P05:wear:S1']);
});

test('P05: a disk that is much warmer than its like; not a kind that runs warm, and not one of two', () => {
  const at = (name: string, temperature: number, type = 'ssd') => disk(name, { type, smart: { temperature } });
  expect(marks(proxmoxDisks, disks(at('S1', 34), at('S2', 35), at('S3', 48)))).toEqual(['warm:S3']);
  expect(marks(proxmoxDisks, disks(at('S1', 34), at('S2', 35), at('S3', 47)))).toEqual([]);
  expect(marks(proxmoxDisks, disks(at('S1', 34), at('S2', 35), at('S3', 36), at('N1', 55, 'nvme')))).toEqual([]);
  expect(marks(proxmoxDisks, disks(at('S1', 34), at('S2', 60)))).toEqual([]);
});

test('P06: hygiene of guests, and two servers on one host', () => {
  const of = (one: ReturnType<typeof guest>) =>
    marks(proxmoxGuestConfig, homelab({ proxmoxGuests: { 'home/101': one } }));
  expect(of(withOptions(guest(101, 's-1', 'pve1'), { scsihw: 'lsi' }))).toEqual(['lsi:home/101']);
  expect(of(withOptions(guest(101, 's-1', 'pve1'), { onboot: '0' }))).toEqual(['onboot:home/101']);
  expect(of(withOptions(guest(101, 'other', 'pve1'), { onboot: '0' }))).toEqual([]);
  expect(of(withOptions(guest(101, 's-1', 'pve1'), { unused0: 'thin:vm-101-disk-9' }))).toEqual(['unused:home/101']);
  expect(of(guest(101, 's-1', 'pve1', { snapshots: [{ name: 'old', takenAt: '2026-11-01T00:00:00Z' }] }))).toEqual([
    'snapshots:home/101',
  ]);
  expect(of(guest(101, 's-1', 'pve1', { snapshots: [{ name: 'new', takenAt: '2026-11-14T00:00:00Z' }] }))).toEqual([]);
  expect(of(withOptions(guest(101, 's-1', 'pve1', { tags: ['lab'] }), { scsihw: 'lsi' }))).toEqual([]);
  const move = onGuest('proxmox_migrate_guest', guest(101, 's-1', 'pve2'));
  expect(marks(proxmoxGuestConfig, after(homelab(), move))).toEqual(['shared:home/pve2:s-1,s-2']);
});

test('P07: another board, a disk that goes or shrinks; a disk that grows is fine', () => {
  const change = (options: Record<string, string>) =>
    marks(
      proxmoxDefinition,
      after(homelab(), onGuest('proxmox_configure_guest', withOptions(guest(101, 's-1', 'pve1'), options))),
    );
  expect(change({ machine: 'q35' })).toEqual(['board:home/101']);
  expect(change({ scsi0: 'thin:vm-101-disk-0,iothread=1,size=16G' })).toEqual(['shrink:home/101']);
  expect(change({ scsi0: 'thin:vm-101-disk-7,iothread=1,size=32G' })).toEqual(['disk:home/101']);
  expect(change({ scsi0: 'thin:vm-101-disk-0,iothread=1,size=64G' })).toEqual([]);
  expect(change({ cores: '8' })).toEqual([]);
});

test('B01: a guest that nobody decided about is named, one with a word is not', () => {
  const of = (own: ReturnType<typeof guest>) =>
    homelab({
      proxmoxGuests: { 'home/104': own },
      proxmoxBackups: { 'home/104': backup(104, { jobs: [], archives: [] }) },
    });
  expect(marks(backupCoverage, of(guest(104, 'w-1', 'pve1')))).toEqual(['guest:Guests of home']);
  expect(
    marks(
      backupCoverage,
      of(guest(104, 'w-1', 'pve1', { metadata: metadataOf('home', 104, '', { 'steward.dev/backup': 'none' }) })),
    ),
  ).toEqual([]);
});
