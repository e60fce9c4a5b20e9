import type { Change } from '../core/change.ts';
import type { ObjectPartName } from '../world/parts.ts';
import { withConsequences } from '../world/proxmox/consequences.ts';
import { metadataOf } from '../world/proxmox/objects.ts';
import type { PowerOutlet, ProxmoxBackup, ProxmoxGuest, ProxmoxNode, ProxmoxStorage } from '../world/proxmox/schema.ts';
import { literalWorld } from '../world/testing.ts';
import type { World } from '../world/world.ts';
import type { AnyCheck } from './define.ts';
import { NOW, run } from './testing.ts';

/** A homelab of three Proxmox hosts with an etcd server on each and one worker, as literal objects. */

export const host = (name: string, more: Partial<ProxmoxNode> = {}): ProxmoxNode => ({
  metadata: metadataOf('home', name),
  online: true,
  votes: 1,
  uptimeSeconds: 90_000,
  ...more,
});

export const guest = (vmid: number, name: string, node: string, more: Partial<ProxmoxGuest> = {}): ProxmoxGuest => ({
  metadata: metadataOf('home', vmid, `uuid-${vmid}`),
  node,
  type: 'qemu',
  vmid,
  name,
  status: 'running',
  template: false,
  tags: [],
  memoryBytes: 2 ** 33,
  diskBytes: 2 ** 35,
  uptimeSeconds: 90_000,
  config: {
    digest: `d${vmid}`,
    uuid: `uuid-${vmid}`,
    protection: false,
    pending: [],
    options: { onboot: '1', scsihw: 'virtio-scsi-single', scsi0: `thin:vm-${vmid}-disk-0,iothread=1,size=32G` },
  },
  snapshots: [],
  ...more,
});

export const withOptions = (
  one: ProxmoxGuest,
  options: Record<string, string>,
  more: Partial<NonNullable<ProxmoxGuest['config']>> = {},
): ProxmoxGuest => ({
  ...one,
  config: {
    digest: 'd',
    protection: false,
    pending: [],
    ...one.config,
    ...more,
    options: { ...one.config?.options, ...options },
  },
});

export const server = (name: string, isReady = true) => ({
  metadata: { labels: { 'node-role.kubernetes.io/etcd': 'true', 'node-role.kubernetes.io/control-plane': 'true' } },
  spec: {},
  status: {
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'Unknown', lastTransitionTime: '2026-11-20T11:00:00Z' }],
    addresses: [],
  },
  name,
});

const hoursAgo = (hours: number): string => new Date(+NOW - hours * 3_600_000).toISOString();

export const archive = (
  hours: number,
  more: Partial<ProxmoxBackup['archives'][number]> = {},
): ProxmoxBackup['archives'][number] => ({
  volid: `pbs:backup/${hours}`,
  storage: 'pbs',
  createdAt: hoursAgo(hours),
  sizeBytes: 1000,
  protected: false,
  verified: 'ok',
  ...more,
});
export const backup = (vmid: number, more: Partial<ProxmoxBackup> = {}): ProxmoxBackup => ({
  metadata: metadataOf('home', vmid),
  vmid,
  uncovered: false,
  jobs: [{ id: 'nightly', schedule: '02:00', storage: 'pbs', enabled: true }],
  archives: [archive(10), archive(34), archive(58)],
  unread: [],
  ...more,
});
export const storage = (node: string, name: string, more: Partial<ProxmoxStorage> = {}): ProxmoxStorage => ({
  metadata: metadataOf('home', `${node}/${name}`),
  node,
  storage: name,
  type: 'lvmthin',
  shared: false,
  active: true,
  content: ['images'],
  totalBytes: 1000 * 2 ** 30,
  usedBytes: 300 * 2 ** 30,
  ...more,
});
export const outlet = (name: string, child: string, more: Partial<PowerOutlet> = {}): PowerOutlet => ({
  metadata: metadataOf(undefined, name),
  host: name,
  strip: 'rack',
  child,
  alias: name,
  on: true,
  watts: 60,
  idleWatts: 20,
  alsoFeeds: [],
  ...more,
});

export type Lab = Partial<Record<ObjectPartName, Record<string, object>>>;

export const homelab = (more: Lab = {}): World =>
  literalWorld({
    namespaces: {},
    pods: {},
    nodes: {
      's-1': plain(server('s-1')),
      's-2': plain(server('s-2')),
      's-3': plain(server('s-3')),
      'w-1': { status: plain(server('w-1')).status },
    },
    proxmoxCluster: { home: { quorum: 'quorate', expectedVotes: 2, armed: true, stale: [], missingPrivileges: [] } },
    proxmoxNodes: { 'home/pve1': host('pve1'), 'home/pve2': host('pve2'), 'home/pve3': host('pve3') },
    proxmoxGuests: {
      'home/101': guest(101, 's-1', 'pve1'),
      'home/102': guest(102, 's-2', 'pve2'),
      'home/103': guest(103, 's-3', 'pve3'),
      'home/104': guest(104, 'w-1', 'pve1'),
    },
    proxmoxStorages: { 'home/pve1/thin': storage('pve1', 'thin') },
    proxmoxTasks: {},
    proxmoxBackups: Object.fromEntries([101, 102, 103, 104].map((vmid) => [`home/${vmid}`, backup(vmid)])),
    proxmoxHa: {},
    proxmoxReplication: {},
    proxmoxDisks: {},
    powerOutlets: {},
    ...more,
  });

export const plain = ({ metadata, spec, status }: ReturnType<typeof server>) => ({ metadata, spec, status });

/** The world as a change would leave it, with what goes along. */
export function after(world: World, change: Partial<Change>): World {
  const effects = withConsequences(world, change.effects ?? []);
  return world.patch(effects, { action: '', targets: [], touches: [], refusals: [], warnings: [], ...change, effects });
}

const target = (kind: string, name: string, system: 'proxmox' | 'power' = 'proxmox') =>
  system === 'power' ? { system, kind, name } : { system, kind, namespace: 'home', name };

/** A change of one guest by an action. */
export const onGuest = (
  action: string,
  one: ProxmoxGuest | { readonly remove: string },
  more: Partial<Change> = {},
): Partial<Change> => {
  const id = 'remove' in one ? one.remove : `home/${one.vmid}`;
  const name = id.split('/')[1] ?? '';
  return {
    action,
    targets: [target('Guest', name)],
    touches: [{ target: target('Guest', name), verb: 'remove' in one ? 'delete' : 'patch' }],
    effects: [
      'remove' in one
        ? { op: 'remove', part: 'proxmoxGuests', id }
        : { op: 'put', part: 'proxmoxGuests', id, value: one },
    ],
    ...more,
  };
};
export const onHost = (action: string, name: string, value: ProxmoxNode, kind = 'Node'): Partial<Change> => ({
  action,
  targets: [target('Node', name)],
  touches: [{ target: target(kind, name), verb: 'patch' }],
  effects: [{ op: 'put', part: 'proxmoxNodes', id: `home/${name}`, value }],
});

/** Fingerprints without the check's id. */
export const marks = (check: AnyCheck, world: World): readonly string[] =>
  run(check, world).findings.map(({ fingerprint }) => fingerprint.slice(check.id.length + 1));
