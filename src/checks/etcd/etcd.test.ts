import { expect, test } from 'vitest';
import { unknown, World } from '../../world/world.ts';
import { NOW, run } from '../testing.ts';
import {
  after,
  guest,
  homelab,
  host,
  marks,
  onGuest,
  onHost,
  plain,
  server,
  withOptions,
} from '../testing-machines.ts';
import etcdQuorum from './quorum.ts';
import etcdSnapshots from './snapshots.ts';

const down = { op: 'put', part: 'nodes' } as const;
const two = () =>
  homelab({ nodes: { 's-1': plain(server('s-1')), 's-2': plain(server('s-2', false)), 's-3': plain(server('s-3')) } });

test('three healthy voters pass, two of three pass, one of three is a finding', () => {
  expect(run(etcdQuorum, homelab()).status).toBe('pass');
  expect(run(etcdQuorum, two()).status).toBe('pass');
  const bad = homelab({
    nodes: { 's-1': plain(server('s-1')), 's-2': plain(server('s-2', false)), 's-3': plain(server('s-3', false)) },
  });
  expect(marks(etcdQuorum, bad)).toEqual(['quorum:s-2,s-3']);
});

test('a voter counts through its guest and the host of that guest', () => {
  const stopped = homelab({
    nodes: { 's-1': plain(server('s-1', false)), 's-2': plain(server('s-2', false)), 's-3': plain(server('s-3')) },

    proxmoxGuests: {
      'home/101': guest(101, 's-1', 'pve1', { status: 'stopped' }),
      'home/102': guest(102, 's-2', 'pve2'),
    },
    proxmoxNodes: { 'home/pve1': host('pve1'), 'home/pve2': host('pve2', { online: false }) },
  });
  const { findings } = run(etcdQuorum, stopped);
  expect(findings[0]?.evidence).toEqual([
    expect.stringContaining('stopped'),
    expect.stringContaining('host pve2, which is down'),
  ]);
  expect(findings[0]?.lessons).toContain('etcd-two-members-moved');
});

test('a voter that reports lives, whatever a host that is cut off thinks of its machine', () => {
  const cutOff = homelab({
    proxmoxNodes: { 'home/pve1': host('pve1', { online: false }), 'home/pve2': host('pve2', { online: false }) },
  });
  expect(run(etcdQuorum, cutOff).status).toBe('pass');
});

test('shutting down one server guest is fine while all are well, and denied while another is away', () => {
  const off = onGuest('proxmox_shutdown_guest', guest(101, 's-1', 'pve1', { status: 'stopped' }));
  expect(marks(etcdQuorum, after(homelab(), off))).toEqual([]);
  expect(marks(etcdQuorum, after(two(), off))).toEqual(['quorum:s-1,s-2']);
});

test('rebooting a host with two servers costs quorum, one with a server and a worker does not', () => {
  const shared = homelab({
    proxmoxGuests: {
      'home/101': guest(101, 's-1', 'pve1'),
      'home/102': guest(102, 's-2', 'pve1'),
      'home/103': guest(103, 's-3', 'pve3'),
    },
  });
  const reboot = onHost('proxmox_reboot_node', 'pve1', host('pve1', { online: false }));
  expect(marks(etcdQuorum, after(shared, reboot))).toEqual(['quorum:s-1,s-2']);
  expect(marks(etcdQuorum, after(homelab(), reboot))).toEqual([]);
});

test('a drain counts as taken away, and so does a server that is closed for pods already', () => {
  const drained = {
    ...plain(server('s-1')),
    metadata: { ...plain(server('s-1')).metadata, name: 's-1' },
    spec: { unschedulable: true },
  };
  const drain = {
    action: 'cluster_drain',
    effects: [{ ...down, id: 's-1', value: drained }],
    touches: [{ target: { system: 'kubernetes', kind: 'Pod', namespace: 'a', name: 'x' }, verb: 'evict' }],
  } as const;
  expect(marks(etcdQuorum, after(homelab(), drain))).toEqual([]);
  expect(marks(etcdQuorum, after(two(), drain))).toEqual(['quorum:s-1,s-2']);
});

test('a lone server asks instead of denying; several servers without etcd have their database elsewhere', () => {
  const role = { 'node-role.kubernetes.io/control-plane': 'true' };
  const lone = { metadata: { labels: role }, status: plain(server('s-1')).status };
  const off = onGuest('proxmox_shutdown_guest', guest(101, 's-1', 'pve1', { status: 'stopped' }));
  const [finding] = run(etcdQuorum, after(homelab({ nodes: { 's-1': lone } }), off)).findings;
  expect(finding).toMatchObject({ introduced: 'ask', fingerprint: 'E01:lone:s-1' });
  expect(marks(etcdQuorum, after(homelab({ nodes: { 's-1': lone, 's-2': lone } }), off))).toEqual([]);
});

const wired = (name: string, options: Record<string, string>) =>
  onGuest('proxmox_configure_guest', withOptions(guest(101, name, 'pve1'), options));
const card = 'virtio=BC:24:11:00:00:01,bridge=vmbr0';
const withCards = (nodes = homelab()) =>
  after(nodes, {
    effects: [
      {
        op: 'put',
        part: 'proxmoxGuests',
        id: 'home/101',
        value: withOptions(guest(101, 's-1', 'pve1'), { net0: card }),
      },
    ],
  });

test('another bridge, firewall or address of a voter counts like a reboot of it', () => {
  for (const options of [
    { net0: `${card},firewall=1` },
    { net0: 'virtio,bridge=vmbr1' },
    { ipconfig0: 'ip=10.0.0.9/24' },
  ]) {
    expect(marks(etcdQuorum, after(withCards(), wired('s-1', options)))).toEqual([]);
    const { findings } = run(etcdQuorum, after(withCards(two()), wired('s-1', options)));
    expect(findings.map(({ fingerprint }) => fingerprint)).toEqual(['E01:quorum:s-1,s-2']);
    expect(findings[0]?.lessons).toEqual(['etcd-two-members-moved', 'etcd-peer-url-persisted']);
  }
});

test('other lines of a voter, and the network of a worker, do not', () => {
  expect(marks(etcdQuorum, after(withCards(two()), wired('s-1', { net0: card, cores: '8' })))).not.toContain(
    'quorum:s-1,s-2',
  );
  const worker = onGuest('proxmox_configure_guest', withOptions(guest(104, 'w-1', 'pve1'), { net0: `${card},tag=9` }));
  expect(marks(etcdQuorum, after(two(), worker))).toEqual([]);
});

test('nodes that cannot be read make it unknown', () => {
  expect(run(etcdQuorum, new World(NOW, { nodes: unknown('forbidden') })).status).toBe('unknown');
});

const snapshot = (hours: number, more: object = {}) => ({
  spec: { snapshotName: `s${hours}`, nodeName: 's-1', location: 'file:///var/lib/s' },
  status: { size: '100', creationTime: new Date(+NOW - hours * 3_600_000).toISOString(), readyToUse: true },
  ...more,
});
const away = (hours: number) => ({
  ...snapshot(hours),
  spec: { snapshotName: 'x', nodeName: 's3', location: 's3://bucket/x' },
});
const snapshots = (...all: object[]) =>
  homelab({ etcdSnapshots: Object.fromEntries(all.map((one, index) => [`n${index}`, one])) });

test('snapshots: young and also away pass; old, failed, shrunk and only local ones do not', () => {
  expect(marks(etcdSnapshots, snapshots(snapshot(5), away(5)))).toEqual([]);
  expect(marks(etcdSnapshots, snapshots(snapshot(14), away(14)))).toEqual(['old']);
  expect(marks(etcdSnapshots, snapshots(snapshot(5), away(14)))).toEqual(['off-box']);
  expect(marks(etcdSnapshots, snapshots(snapshot(5)))).toEqual(['off-box']);
  expect(marks(etcdSnapshots, snapshots())).toEqual(['none']);
  expect(
    marks(
      etcdSnapshots,
      snapshots({ ...snapshot(1), status: { ...snapshot(1).status, error: { message: 'no space' } } }),
    ),
  ).toEqual(['none']);
  const small = { ...snapshot(1), status: { ...snapshot(1).status, size: 10 } };
  expect(marks(etcdSnapshots, snapshots(small, away(2), snapshot(3), snapshot(4)))).toEqual(['size']);
  const round = { ...snapshot(1), status: { ...snapshot(1).status, size: '41M' } };
  const bytes = (hours: number) => ({ ...snapshot(hours), status: { ...snapshot(hours).status, size: '41263136' } });
  expect(marks(etcdSnapshots, snapshots(round, away(2), bytes(3), bytes(4), bytes(5)))).toEqual([]);
  expect(run(etcdSnapshots, homelab()).status).toBe('not_applicable');
});
