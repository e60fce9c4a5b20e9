import type { ProxmoxCluster } from './cluster.ts';
import { disksOf, isOn, nameOf } from './guest-config.ts';
import { type ClusterState, type GuestState, isQuorate, type NodeState, type StorageState } from './state.ts';
import { placeOf } from './volumes.ts';

/** Rows of lists. Numbers come as texts and flags as '' where the real API does so. */

export const secondsOf = (ms: number): number => Math.floor(ms / 1000);
const uptimeOf = (cluster: ProxmoxCluster, since: number): number => secondsOf(cluster.time.now() - since);

const isHeardOf = ({ state }: ProxmoxCluster, node: string): boolean => state.nodes.get(node)?.online === true;

export const nodeRow = (cluster: ProxmoxCluster, node: NodeState): Record<string, unknown> => ({
  id: `node/${node.name}`,
  type: 'node',
  node: node.name,
  status: node.online ? 'online' : 'offline',
  level: '',
  ...(node.online && {
    cpu: node.usage.cpu,
    maxcpu: node.cpu,
    mem: Math.round(node.memory * node.usage.memory),
    maxmem: node.memory,
    uptime: uptimeOf(cluster, node.bootedAt),
    'cgroup-mode': 2,
  }),
});

const haState = (cluster: ProxmoxCluster, guest: GuestState): Record<string, unknown> => {
  const resource = cluster.haOf(guest);
  return resource ? { hastate: resource.state } : {};
};

const memoryOf = ({ config }: GuestState): number => Number(config.get('memory') ?? 512) * 2 ** 20;
const diskSizeOf = ({ config }: GuestState): number => disksOf(config)[0]?.size ?? 0;

/** As /cluster/resources has it. Of a guest whose node is silent nothing is known but its configuration. */
export function guestRow(cluster: ProxmoxCluster, guest: GuestState): Record<string, unknown> {
  const { config, node, type, vmid } = guest;
  const known = isHeardOf(cluster, node);
  const runs = known && guest.status !== 'stopped';
  return {
    id: `${type}/${vmid}`,
    type,
    vmid,
    node,
    name: nameOf(guest),
    template: isOn(guest, 'template') ? 1 : 0,
    status: known ? guest.status : 'unknown',
    ...(known && { ...sizesOf(guest), maxcpu: Number(config.get('cores') ?? 1) }),
    uptime: runs ? uptimeOf(cluster, guest.startedAt) : 0,
    ...tagsOf(guest),
    ...(guest.lock !== undefined && { lock: guest.lock }),
    ...haState(cluster, guest),
  };
}

/** Memory, disk and processor of a guest that its node knows. */
function sizesOf(guest: GuestState): Record<string, unknown> {
  const runs = guest.status !== 'stopped';
  const memory = memoryOf(guest);
  return {
    maxmem: memory,
    mem: runs ? Math.round(memory * 0.6) : 0,
    maxdisk: diskSizeOf(guest),
    disk: 0,
    cpu: runs ? 0.05 : 0,
  };
}

/** As status/current has it; what is a text and what a number differs from kind to kind. */
export function guestStatus(cluster: ProxmoxCluster, guest: GuestState): Record<string, unknown> {
  const { config, vmid } = guest;
  const runs = guest.status !== 'stopped';
  const ha = cluster.haOf(guest);
  const common = {
    ...sizesOf(guest),
    name: nameOf(guest),
    status: runs ? 'running' : 'stopped',
    cpus: Number(config.get('cores') ?? 1),
    uptime: runs ? uptimeOf(cluster, guest.startedAt) : 0,
    ha: ha ? { managed: 1, state: ha.state } : { managed: 0 },
    ...tagsOf(guest),
  };
  return guest.type === 'lxc' ? { ...common, ...containerParts(guest) } : { ...common, vmid, ...machineParts(guest) };
}

const tagsOf = ({ config }: GuestState): Record<string, unknown> =>
  config.has('tags') ? { tags: config.get('tags') } : {};

const containerParts = (guest: GuestState): Record<string, unknown> => ({
  type: 'lxc',
  vmid: String(guest.vmid),
  template: isOn(guest, 'template') ? 1 : '',
  lock: guest.lock ?? '',
});

const machineParts = (guest: GuestState): Record<string, unknown> => ({
  qmpstatus: guest.status,
  pid: guest.status === 'stopped' ? null : 1000 + guest.vmid,
  ...(isOn(guest, 'template') && { template: 1 }),
  ...(guest.lock !== undefined && { lock: guest.lock }),
  ...(guest.config.has('agent') && { agent: 1 }),
});

export function storageRow(cluster: ProxmoxCluster, storage: StorageState, node: string): Record<string, unknown> {
  const known = storage.active && isHeardOf(cluster, node);
  return {
    id: `storage/${node}/${storage.name}`,
    type: 'storage',
    storage: storage.name,
    node,
    plugintype: storage.type,
    content: storage.content.join(','),
    shared: storage.shared ? 1 : 0,
    status: known ? 'available' : 'unknown',
    ...(known && { maxdisk: storage.size, disk: storage.used.get(placeOf(storage, node)) ?? 0 }),
  };
}

/** As a node lists its storages. */
export function nodeStorageRow(storage: StorageState, node: string): Record<string, unknown> {
  const used = storage.used.get(placeOf(storage, node)) ?? 0;
  return {
    storage: storage.name,
    type: storage.type,
    content: storage.content.join(','),
    shared: storage.shared ? 1 : 0,
    enabled: 1,
    active: storage.active ? 1 : 0,
    ...(storage.active
      ? { total: storage.size, used, avail: storage.size - used, used_fraction: used / storage.size }
      : { total: 0, used: 0, avail: 0 }),
  };
}

/** Rows of /cluster/status. A node of its own has no row of the kind "cluster". */
export function statusRows(state: ClusterState, entry: string): Record<string, unknown>[] {
  const nodes = [...state.nodes.values()].map(({ name, id, ip, online }) => ({
    type: 'node',
    id: `node/${name}`,
    name,
    nodeid: state.name === undefined ? 0 : id,
    ip,
    online: online ? 1 : 0,
    local: name === entry ? 1 : 0,
    level: '',
  }));
  if (state.name === undefined) return nodes;
  const cluster = { type: 'cluster', id: 'cluster', name: state.name, version: nodes.length, nodes: nodes.length };
  return [{ ...cluster, quorate: isQuorate(state) ? 1 : 0 }, ...nodes];
}
