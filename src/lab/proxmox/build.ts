import { createHash } from 'node:crypto';
import type { GuestFacts, ProxmoxFacts } from './facts.ts';
import { disksOf } from './guest-config.ts';
import type {
  BackupJobState,
  ClusterState,
  GuestState,
  NodeState,
  ReplicationState,
  Snapshot,
  StorageState,
  TaskState,
  VolumeState,
} from './state.ts';
import { isSuccess, upidOf } from './tasks.ts';
import { archiveOf, diskVolume } from './volumes.ts';

const DAY_MS = 86_400_000;
/** A node that is down at the start was last heard of so long ago. */
const SILENT_MS = 20 * 60_000;

/** The same words give the same bytes: a lab starts with the same identities each time. */
export const bytesOf = (words: string): string => createHash('sha256').update(words).digest('hex');

export function uuidOf(words: string): string {
  const hex = bytesOf(words);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** Of the range that Proxmox gives its guests. */
export const macOf = (words: string): string =>
  `BC:24:11:${(bytesOf(words).slice(0, 6).match(/../g) ?? []).join(':').toUpperCase()}`;

const mebibytes = (bytes: number): string => String(Math.round(bytes / 2 ** 20));
const gibibytes = (bytes: number): string => `${Math.max(1, Math.round(bytes / 2 ** 30))}G`;

const commonLines = (facts: GuestFacts): Record<string, string> => ({
  cores: String(facts.cores),
  memory: mebibytes(facts.memory),
  ...(facts.onboot && { onboot: '1' }),
  ...(facts.protection && { protection: '1' }),
  ...(facts.template && { template: '1' }),
  ...(facts.tags.length > 0 && { tags: facts.tags.join(';') }),
});

function qemuLines(vmid: string, facts: GuestFacts): Record<string, string> {
  const words = `${vmid} ${facts.name}`;
  return {
    ...commonLines(facts),
    name: facts.name,
    agent: '1',
    boot: 'order=scsi0;net0',
    cpu: 'x86-64-v2-AES',
    net0: `virtio=${macOf(words)},bridge=vmbr0`,
    ostype: 'l26',
    scsi0: `${facts.storage}:${facts.template ? 'base' : 'vm'}-${vmid}-disk-0,iothread=1,size=${gibibytes(facts.disk)}`,
    scsihw: 'virtio-scsi-single',
    smbios1: `uuid=${uuidOf(words)}`,
    vmgenid: uuidOf(`generation of ${words}`),
    ...(facts.ip !== undefined && { ipconfig0: `ip=${facts.ip}/24` }),
    ...facts.options,
  };
}

const containerLines = (vmid: string, facts: GuestFacts): Record<string, string> => ({
  ...commonLines(facts),
  arch: 'amd64',
  hostname: facts.name,
  net0: `name=eth0,bridge=vmbr0,hwaddr=${macOf(`${vmid} ${facts.name}`)},ip=${facts.ip ? `${facts.ip}/24` : 'dhcp'},type=veth`,
  ostype: 'debian',
  rootfs: `${facts.storage}:vm-${vmid}-disk-0,size=${gibibytes(facts.disk)}`,
  swap: '512',
  unprivileged: '1',
  ...facts.options,
});

function guestOf(vmid: string, facts: GuestFacts, now: number): GuestState {
  const lines = facts.type === 'qemu' ? qemuLines(vmid, facts) : containerLines(vmid, facts);
  const config = new Map(Object.entries(lines).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const snapshots: Snapshot[] = [];
  for (const { name, age, about, memory } of facts.snapshots.toSorted((a, b) => b.age - a.age))
    snapshots.push({ name, about, memory, at: now - age, parent: snapshots.at(-1)?.name, config: new Map(config) });
  return {
    node: facts.node,
    type: facts.type,
    vmid: Number(vmid),
    status: facts.template ? 'stopped' : facts.status,
    startedAt: now - (facts.age ?? 20 * DAY_MS),
    config,
    pending: new Map(Object.entries(facts.pending).map(([key, value]) => [key, value ?? undefined])),
    snapshots,
    parent: snapshots.at(-1)?.name,
    lock: facts.lock,
    agent: facts.agent,
  };
}

function nodeOf(name: string, id: number, facts: ProxmoxFacts, now: number): NodeState | undefined {
  const host = facts.nodes[name];
  if (!host) return undefined;
  const { ip, cpu, memory, usage, uptime, disks, note } = host;
  const online = !facts.faults.offline.includes(name);
  return {
    name,
    id,
    ip,
    cpu,
    memory,
    usage,
    disks,
    online,
    bootedAt: now - (uptime ?? 40 * DAY_MS),
    seenAt: online ? now : now - SILENT_MS,
    lines: new Map(note === undefined ? [] : [['description', note]]),
  };
}

const nodesOf = (facts: ProxmoxFacts, now: number): Map<string, NodeState> =>
  new Map(
    Object.keys(facts.nodes).flatMap((name, index) => {
      const node = nodeOf(name, index + 1, facts, now);
      return node ? [[name, node] as const] : [];
    }),
  );

function storageOf(name: string, facts: ProxmoxFacts['storages'][string], nodes: readonly string[]): StorageState {
  const at = facts.nodes ?? nodes;
  const fraction = (node: string): number => (typeof facts.used === 'number' ? facts.used : (facts.used[node] ?? 0.3));
  const places = facts.shared ? [''] : at;
  return {
    name,
    type: facts.type,
    content: facts.content,
    shared: facts.shared,
    size: facts.size,
    used: new Map(places.map((node) => [node, Math.round(facts.size * fraction(node))])),
    nodes: at,
    metadata: facts.metadata,
    active: facts.active,
  };
}

const archivesOf = (state: ClusterState, { archives }: ProxmoxFacts, now: number): VolumeState[] =>
  archives.flatMap(({ guest, storage, age, size, protected: kept, verified }) => {
    const saved = state.guests.get(guest);
    const store = state.storages.get(storage);
    if (!saved || !store) return [];
    return [{ ...archiveOf(store, saved, now - age, size), protected: kept, verified }];
  });

function jobsOf({ jobs }: ProxmoxFacts, now: number): BackupJobState[] {
  return Object.entries(jobs).map(([id, { next, ...job }]) => ({ id, ...job, nextAt: now + next }));
}

const replicationOf = ({ replication }: ProxmoxFacts, now: number): ReplicationState[] =>
  Object.entries(replication).map(([id, { lastSync, error, ...job }]) => ({
    id,
    ...job,
    error,
    lastSyncAt: now - lastSync,
  }));

/** Tasks of the past: those of the scenario, and one for each archive. */
function pastTasks(facts: ProxmoxFacts, state: ClusterState, now: number): TaskState[] {
  const ofArchives = facts.archives.flatMap(({ guest, age }) => {
    const node = state.guests.get(guest)?.node;
    const log = [`INFO: Starting Backup of VM ${guest}`, 'INFO: Backup job finished successfully'];
    return node === undefined
      ? []
      : [{ node, type: 'vzdump', id: String(guest), user: 'root@pam', age, took: 90_000, exit: 'OK', log }];
  });
  return [...facts.tasks, ...ofArchives]
    .toSorted((a, b) => b.age - a.age)
    .map(({ node, type, id, user, age, took, exit, log }, index) => {
      const startedAt = now - age;
      const named = upidOf({ node, type, id, user }, startedAt, 1000 + index, startedAt - DAY_MS);
      const last = isSuccess(exit) ? `TASK ${exit}` : `TASK ERROR: ${exit}`;
      return { ...named, node, type, id, user, startedAt, endedAt: startedAt + took, exit, log: [...log, last] };
    });
}

/** The cluster of a scenario as it is at `now` (ms). */
export function buildCluster(facts: ProxmoxFacts, now: number): ClusterState {
  const nodes = nodesOf(facts, now);
  const names = [...nodes.keys()];
  const guests = Object.entries(facts.guests).map(([vmid, each]) => guestOf(vmid, each, now));
  const state: ClusterState = {
    version: facts.version,
    name: facts.cluster,
    nodes,
    storages: new Map(Object.entries(facts.storages).map(([name, each]) => [name, storageOf(name, each, names)])),
    guests: new Map(guests.map((guest) => [guest.vmid, guest])),
    volumes: [],
    tasks: [],
    ha: new Map(
      Object.entries(facts.ha).map(([sid, { state: wanted, stuck }]) => [
        sid,
        { sid, requested: wanted, state: wanted, stuck },
      ]),
    ),
    jobs: jobsOf(facts, now),
    replication: replicationOf(facts, now),
    tokens: new Map(
      Object.entries(facts.tokens).map(([id, { secret, privsep, acl }]) => [
        id,
        { id, secret, privsep, acl: new Map(Object.entries(acl)) },
      ]),
    ),
    taskFaults: facts.faults.tasks.map(({ id, ...fault }) => ({ id, ...fault })),
  };
  state.volumes = [
    ...guests.flatMap((guest) => disksOf(guest.config).map((disk) => diskVolume(state, guest, disk, guest.startedAt))),
    ...archivesOf(state, facts, now),
  ];
  state.tasks.push(...pastTasks(facts, state, now));
  return state;
}
