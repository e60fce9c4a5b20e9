import * as z from 'zod';
import { Meta } from '../kubernetes/meta.ts';

/**
 * Objects of Proxmox. `metadata.namespace` is the name of the connection, `metadata.name` what stands behind it in the
 * part's key, `metadata.uid` what identifies it for good where there is such a thing; annotations come from lines
 * `steward.dev/<name>: <value>` in the note that people keep on a node or a guest.
 */

const Text = z.string();
const Amount = z.number();
const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema);

/** Key = connection. */
export const ProxmoxCluster = z.strictObject({
  metadata: Meta,
  /** As the cluster calls itself; absent = a node of its own. */
  clusterName: optional(Text),
  quorum: z.enum(['quorate', 'lost', 'standalone', 'unknown']),
  /** Votes that quorum takes. */
  expectedVotes: optional(Amount),
  /** Whether high availability acts by itself; absent = not told. */
  armed: optional(z.boolean()),
  /** Reports of high availability that are too old. */
  stale: z.array(Text),
  missingPrivileges: z.array(Text),
});
export type ProxmoxCluster = z.output<typeof ProxmoxCluster>;

/** Key = `connection/node`. */
export const ProxmoxNode = z.strictObject({
  metadata: Meta,
  online: z.boolean(),
  votes: Amount,
  address: optional(Text),
  version: optional(Text),
  uptimeSeconds: optional(Amount),
  memoryBytes: optional(Amount),
  memoryUsedBytes: optional(Amount),
  /** Until when somebody works on it, from the node's note (`steward.dev/maintenance: <who and why>`). */
  maintenance: optional(Text),
});
export type ProxmoxNode = z.output<typeof ProxmoxNode>;

/** Key = `connection/vmid`. */
export const ProxmoxGuest = z.strictObject({
  metadata: Meta,
  node: Text,
  type: z.enum(['qemu', 'lxc']),
  vmid: Amount,
  name: Text,
  /** `unknown` = its node does not report: not "stopped". */
  status: z.enum(['running', 'stopped', 'paused', 'unknown']),
  template: z.boolean(),
  tags: z.array(Text),
  lock: optional(Text),
  haState: optional(Text),
  memoryBytes: Amount,
  diskBytes: Amount,
  uptimeSeconds: Amount,
  /** Absent = it could not be read; `unread` says why. */
  config: optional(
    z.strictObject({
      digest: Text,
      uuid: optional(Text),
      protection: z.boolean(),
      options: z.record(Text, Text),
      /** Keys of changes that wait for a restart. */
      pending: z.array(Text),
    }),
  ),
  snapshots: optional(z.array(z.strictObject({ name: Text, takenAt: optional(Text) }))),
  unread: optional(Text),
});
export type ProxmoxGuest = z.output<typeof ProxmoxGuest>;

/** Key = `connection/node/storage`. */
export const ProxmoxStorage = z.strictObject({
  metadata: Meta,
  node: Text,
  storage: Text,
  type: Text,
  shared: z.boolean(),
  active: z.boolean(),
  content: z.array(Text),
  totalBytes: Amount,
  usedBytes: Amount,
});
export type ProxmoxStorage = z.output<typeof ProxmoxStorage>;

/** The latest tasks. Key = `connection/upid`. */
export const ProxmoxTask = z.strictObject({
  metadata: Meta,
  node: Text,
  type: Text,
  id: Text,
  user: Text,
  startedAt: Text,
  endedAt: optional(Text),
  result: z.enum(['running', 'ok', 'warning', 'error', 'unknown']),
  exitStatus: Text,
});
export type ProxmoxTask = z.output<typeof ProxmoxTask>;

/** What is kept of one guest, whether it still exists or not. Key = `connection/vmid`. */
export const ProxmoxBackup = z.strictObject({
  metadata: Meta,
  vmid: Amount,
  /** Proxmox itself says that no job covers it. */
  uncovered: z.boolean(),
  jobs: z.array(z.strictObject({ id: Text, schedule: Text, storage: Text, enabled: z.boolean() })),
  /** Newest first, at most 30. */
  archives: z.array(
    z.strictObject({
      volid: Text,
      storage: Text,
      /** Absent = on a shared storage. */
      node: optional(Text),
      createdAt: optional(Text),
      sizeBytes: Amount,
      protected: z.boolean(),
      verified: z.enum(['ok', 'failed', 'unknown']),
    }),
  ),
  /** Storages whose archives could not be listed. */
  unread: z.array(Text),
});
export type ProxmoxBackup = z.output<typeof ProxmoxBackup>;

/** A guest under high availability. Key = `connection/vm:101`. */
export const ProxmoxHa = z.strictObject({
  metadata: Meta,
  vmid: optional(Amount),
  node: optional(Text),
  state: Text,
  requestState: optional(Text),
});
export type ProxmoxHa = z.output<typeof ProxmoxHa>;

/** Key = `connection/101-0`. */
export const ProxmoxReplication = z.strictObject({
  metadata: Meta,
  vmid: Amount,
  source: Text,
  target: Text,
  failCount: Amount,
  lastSyncAt: optional(Text),
  error: optional(Text),
});
export type ProxmoxReplication = z.output<typeof ProxmoxReplication>;

/** Key = `connection/node/device`; `metadata.uid` is the serial number. */
export const ProxmoxDisk = z.strictObject({
  metadata: Meta,
  node: Text,
  device: Text,
  byId: optional(Text),
  serial: Text,
  model: Text,
  type: Text,
  sizeBytes: Amount,
  health: Text,
  /** Per cent of life that is left. */
  wearout: optional(Amount),
  used: Text,
  /** Its own counters; absent = it tells none, or could not be asked. */
  smart: optional(
    z.strictObject({
      reallocated: optional(Amount),
      pending: optional(Amount),
      uncorrectable: optional(Amount),
      mediaErrors: optional(Amount),
      wornPercent: optional(Amount),
      /** Degrees Celsius. */
      temperature: optional(Amount),
    }),
  ),
});
export type ProxmoxDisk = z.output<typeof ProxmoxDisk>;

/** Key = `connection/node/group/pool`. */
export const ProxmoxThinPool = z.strictObject({
  metadata: Meta,
  node: Text,
  group: Text,
  name: Text,
  sizeBytes: Amount,
  usedBytes: Amount,
  metadataBytes: Amount,
  metadataUsedBytes: Amount,
});
export type ProxmoxThinPool = z.output<typeof ProxmoxThinPool>;

/** One power outlet, and the host behind it. Key = host. */
export const PowerOutlet = z.strictObject({
  metadata: Meta,
  host: Text,
  /** An outlet of a strip unless told, the host's own controller, or a magic packet that cuts nothing. */
  way: optional(z.enum(['strip', 'bmc', 'wake'])),
  strip: Text,
  /** Full id of the one outlet. */
  child: Text,
  alias: optional(Text),
  on: optional(z.boolean()),
  watts: optional(Amount),
  /** Watts above which the host counts as running. */
  idleWatts: Amount,
  /** What else hangs on the strip and must never lose power: `steward`, `switch`. */
  alsoFeeds: z.array(Text),
  unread: optional(Text),
  /** Only in the world of a planned power cycle: what was probed for it. */
  evidence: optional(
    z.strictObject({
      probes: z.array(z.strictObject({ kind: Text, host: Text, failures: Amount, tries: Amount })),
      /** Earlier power cycles, of any host. */
      attempts: z.array(z.strictObject({ host: Text, at: Text })),
    }),
  ),
});
export type PowerOutlet = z.output<typeof PowerOutlet>;

export const proxmoxSchemas = {
  proxmoxCluster: ProxmoxCluster,
  proxmoxNodes: ProxmoxNode,
  proxmoxGuests: ProxmoxGuest,
  proxmoxStorages: ProxmoxStorage,
  proxmoxTasks: ProxmoxTask,
  proxmoxBackups: ProxmoxBackup,
  proxmoxHa: ProxmoxHa,
  proxmoxReplication: ProxmoxReplication,
  proxmoxDisks: ProxmoxDisk,
  proxmoxThinPools: ProxmoxThinPool,
  powerOutlets: PowerOutlet,
} as const;
export type ProxmoxPartName = Exclude<keyof typeof proxmoxSchemas, 'powerOutlets'>;
