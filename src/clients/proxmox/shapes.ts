import * as z from 'zod';
import { Flag, listOf, MaybeNum, MaybeText, Num, Text, timeOf } from './coerce.ts';
import type {
  ClusterStatus,
  Guest,
  GuestConfig,
  GuestSnapshot,
  HaStatus,
  MigrationCheck,
  NodeNote,
  NodeStatus,
  Storage,
} from './contract.ts';

/** What the API answers, as our own types: its documented result types are wrong too often to be used. */

const StatusRow = z.looseObject({
  type: z.string(),
  name: Text,
  quorate: z.unknown().optional(),
  online: Flag,
  votes: MaybeNum,
  ip: MaybeText,
});

export function clusterStatusOf(data: unknown): ClusterStatus {
  const rows = z.array(StatusRow).parse(data);
  const cluster = rows.find(({ type }) => type === 'cluster');
  const nodes = rows
    .filter(({ type }) => type === 'node')
    .map(({ name, online, votes, ip }) => ({ name, online, votes: votes ?? 1, address: ip }));
  // A node of its own has no row of type "cluster": that is standalone, not a fault.
  if (!cluster)
    return { name: undefined, quorum: nodes.length === 1 ? 'standalone' : 'unknown', nodes, expectedVotes: undefined };
  const quorum = cluster.quorate === undefined ? 'unknown' : Flag.parse(cluster.quorate) ? 'quorate' : 'lost';
  const all = nodes.reduce((sum, { votes }) => sum + votes, 0);
  return { name: cluster.name || undefined, quorum, nodes, expectedVotes: Math.floor(all / 2) + 1 };
}

const Resource = z.looseObject({
  type: z.string(),
  node: Text,
  vmid: MaybeNum,
  name: Text,
  status: Text,
  template: Flag,
  tags: MaybeText,
  lock: MaybeText,
  hastate: MaybeText,
  maxmem: Num,
  maxdisk: Num,
  uptime: Num,
  storage: Text,
  plugintype: Text,
  shared: Flag,
  content: MaybeText,
  disk: Num,
});

const GUEST_STATES = ['running', 'stopped', 'paused'] as const;
/** Run states of QEMU in which a guest is there but does not run: `io-error` is a disk that cannot be written. */
const HELD = new Set(
  'io-error internal-error suspended prelaunch inmigrate postmigrate finish-migrate save-vm restore-vm watchdog guest-panicked shutdown debug'.split(
    ' ',
  ),
);
const stateOf = (status: string): Guest['status'] =>
  GUEST_STATES.find((state) => state === status) ?? (HELD.has(status) ? 'paused' : 'unknown');

export const guestsOf = (data: unknown): Guest[] =>
  z
    .array(Resource)
    .parse(data)
    .flatMap((row) =>
      (row.type === 'qemu' || row.type === 'lxc') && row.vmid !== undefined
        ? [guestOf(row, row.type, row.node, row.vmid)]
        : [],
    );

export const guestStatusOf = (
  data: unknown,
  { node, type, vmid }: { node: string; type: Guest['type']; vmid: number },
): Guest => {
  const row = Resource.parse({ type, node, ...(typeof data === 'object' ? data : {}) });
  const state = guestOf(row, type, node, vmid);
  // A guest that is held says "running" here and tells in qmpstatus.
  const held = typeof row['qmpstatus'] === 'string' && stateOf(row['qmpstatus']) === 'paused';
  return held && state.status === 'running' ? { ...state, status: 'paused' } : state;
};

const guestOf = (row: z.output<typeof Resource>, type: Guest['type'], node: string, vmid: number): Guest => ({
  node,
  type,
  vmid,
  name: row.name,
  status: stateOf(row.status),
  template: row.template,
  tags: listOf(row.tags),
  lock: row.lock,
  hastate: row.hastate,
  memoryBytes: row.maxmem,
  diskBytes: row.maxdisk,
  uptimeSeconds: row.uptime,
});

export const storagesOf = (data: unknown): Storage[] =>
  z
    .array(Resource)
    .parse(data)
    .filter(({ type }) => type === 'storage')
    .map((row) => ({
      node: row.node,
      storage: row.storage,
      type: row.plugintype,
      shared: row.shared,
      active: row.status === 'available',
      content: listOf(row.content),
      totalBytes: row.maxdisk,
      usedBytes: row.disk,
    }));

const Config = z.looseObject({
  digest: Text,
  name: MaybeText,
  hostname: MaybeText,
  protection: Flag,
  smbios1: MaybeText,
  vmgenid: MaybeText,
});
const PendingRow = z.looseObject({ key: z.string(), pending: MaybeText, delete: MaybeNum });

/** `config` = GET .../config, `pending` = GET .../pending. */
export function guestConfigOf(config: unknown, pending: unknown): GuestConfig {
  const parsed = Config.parse(config);
  const { digest, name, hostname, protection, smbios1, vmgenid, ...rest } = parsed;
  const options = Object.entries({ ...rest, smbios1, vmgenid }).flatMap(([key, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[key, String(value)] as const] : [],
  );
  const waiting = z
    .array(PendingRow)
    .parse(pending)
    .filter((row) => row.pending !== undefined || (row.delete ?? 0) > 0)
    .map((row) => [row.key, row.delete ? undefined : row.pending] as const);
  return {
    digest,
    name: name ?? hostname ?? '',
    uuid: /(?:^|,)uuid=([0-9a-f-]+)/i.exec(smbios1 ?? '')?.[1] ?? vmgenid,
    protection,
    options: Object.fromEntries(options),
    pending: Object.fromEntries(waiting),
  };
}

const SnapshotRow = z.looseObject({
  name: Text,
  description: Text,
  snaptime: MaybeNum,
  parent: MaybeText,
  vmstate: Flag,
});

/** Without the row "current", which is the state of now. */
export const snapshotsOf = (data: unknown): GuestSnapshot[] =>
  z
    .array(SnapshotRow)
    .parse(data)
    .filter(({ name }) => name !== 'current')
    .map(({ name, description, snaptime, parent, vmstate }) => ({
      name,
      description: description.trim(),
      takenAt: timeOf(snaptime),
      parent,
      withMemory: vmstate,
    }));

const NodeShape = z.looseObject({
  pveversion: Text,
  uptime: Num,
  memory: z.looseObject({ total: Num, used: Num }).default({ total: 0, used: 0 }),
  cpuinfo: z.looseObject({ cpus: Num }).default({ cpus: 0 }),
  loadavg: z.array(Text).default([]),
});

export function nodeStatusOf(data: unknown, name: string): NodeStatus {
  const { pveversion, uptime, memory, cpuinfo, loadavg } = NodeShape.parse(data);
  return {
    name,
    // `pve-manager/9.2.3/abcdef`
    version: pveversion.split('/')[1] ?? pveversion,
    uptimeSeconds: uptime,
    memoryBytes: memory.total,
    memoryUsedBytes: memory.used,
    cpus: cpuinfo.cpus,
    load: Number(loadavg[0] ?? 0),
  };
}

/** GET /nodes/{node}/config; a node without one has no digest of its own. */
export function nodeNoteOf(data: unknown): NodeNote {
  const { description, digest } = z.looseObject({ description: MaybeText, digest: Text }).parse(data ?? {});
  return { text: description ?? '', digest };
}

const HaRow = z.looseObject({
  id: Text,
  type: Text,
  node: MaybeText,
  status: Text,
  state: MaybeText,
  request_state: MaybeText,
  sid: MaybeText,
  'armed-state': MaybeText,
});

export function haStatusOf(data: unknown): HaStatus {
  const rows = z.array(HaRow).parse(data);
  const services = rows.filter(({ type }) => type === 'service');
  const fencing = rows.find(({ type }) => type === 'fencing' || type === 'armed');
  const armed = fencing && (fencing['armed-state'] ?? fencing.status);
  return {
    armed: armed === undefined ? undefined : /armed|active/.test(armed) && !/disarmed/.test(armed),
    services: services.map((row) => ({
      id: row.sid ?? row.id,
      type: row.type,
      node: row.node,
      state: row.state ?? row.status,
      requestState: row.request_state,
    })),
    stale: rows.filter(({ status }) => /old timestamp|dead/.test(status)).map(({ id, status }) => `${id}: ${status}`),
  };
}

const Migration = z.looseObject({
  allowed_nodes: z.array(Text).optional(),
  // Of containers.
  'allowed-nodes': z.array(Text).optional(),
  local_disks: z.array(z.looseObject({ volid: Text })).default([]),
  local_resources: z.array(Text).default([]),
});

export function migrationOf(data: unknown): MigrationCheck {
  const { allowed_nodes, local_disks, local_resources, ...rest } = Migration.parse(data);
  return {
    allowedNodes: allowed_nodes ?? rest['allowed-nodes'] ?? [],
    localDisks: local_disks.map(({ volid }) => volid),
    localResources: local_resources,
  };
}
