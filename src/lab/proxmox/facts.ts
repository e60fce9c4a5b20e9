import * as z from 'zod';
import { Duration } from '../scenarios/units.ts';

/** The Proxmox part of a scenario: what is unusual is written, the rest has defaults. */

const SIZE_UNITS: Readonly<Record<string, number>> = { Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, G: 1e9, T: 1e12 };

/** `64Gi`, `4T` -> bytes. */
const Size = z
  .string()
  .regex(/^\d+(\.\d+)?(Mi|Gi|Ti|G|T)$/, 'must be a size such as 64Gi or 4T')
  .transform((text) => {
    const [, count = '0', unit = 'Gi'] = /^([\d.]+)(\D+)$/.exec(text) ?? [];
    return Math.round(Number(count) * (SIZE_UNITS[unit] ?? 1));
  });
const NodeName = z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, 'must be a node name');
const StorageName = z.string().regex(/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i, 'must be a storage name');
const Vmid = z.string().regex(/^[1-9][0-9]{2,8}$/, 'must be a guest id from 100 on');
const Fraction = z.number().min(0).max(1);

const SmartAttribute = z.strictObject({
  id: z.number().int(),
  name: z.string(),
  value: z.number().int().default(100),
  threshold: z.number().int().default(0),
  raw: z.string(),
});

const DiskFacts = z.strictObject({
  device: z.string().startsWith('/dev/'),
  model: z.string(),
  serial: z.string(),
  size: Size,
  type: z.enum(['ssd', 'hdd', 'nvme']).default('ssd'),
  health: z.enum(['PASSED', 'OK', 'FAILED', 'UNKNOWN']).default('PASSED'),
  /** Percent of life that is left. */
  wearout: z.number().int().min(0).max(100).optional(),
  used: z.string().default(''),
  /** Degrees Celsius. */
  temperature: z.number().int().positive().default(36),
  smart: z.array(SmartAttribute).default([]),
});

const HostFacts = z.strictObject({
  ip: z.ipv4(),
  cpu: z.number().int().positive().default(8),
  memory: Size,
  /** Memory and processor in use. */
  usage: z.strictObject({ memory: Fraction.default(0.5), cpu: Fraction.default(0.1) }).prefault({}),
  uptime: Duration.optional(),
  /** What people noted on it. */
  note: z.string().optional(),
  disks: z.array(DiskFacts).default([]),
});

const StorageFacts = z.strictObject({
  type: z.enum(['dir', 'lvmthin', 'zfspool', 'nfs', 'pbs']),
  content: z.array(z.enum(['images', 'rootdir', 'iso', 'vztmpl', 'backup', 'snippets', 'import'])),
  shared: z.boolean().default(false),
  size: Size,
  /** Of every node, or of the one that is named. */
  used: z.union([Fraction, z.record(NodeName, Fraction)]).default(0.3),
  /** Of the metadata of a thin pool, what is used. */
  metadata: Fraction.default(0.04),
  /** Only on these. */
  nodes: z.array(NodeName).optional(),
  /** Cannot be reached. */
  active: z.boolean().default(true),
});

const SnapshotFacts = z.strictObject({
  name: z.string(),
  age: Duration,
  about: z.string().default(''),
  memory: z.boolean().default(false),
});

const GuestFacts = z.strictObject({
  name: z.string(),
  node: NodeName,
  type: z.enum(['qemu', 'lxc']).default('qemu'),
  status: z.enum(['running', 'stopped', 'paused', 'io-error']).default('running'),
  template: z.boolean().default(false),
  cores: z.number().int().positive().default(2),
  memory: Size,
  disk: Size,
  storage: StorageName.default('local-lvm'),
  ip: z.ipv4().optional(),
  tags: z.array(z.string()).default([]),
  protection: z.boolean().default(false),
  onboot: z.boolean().default(true),
  /** The guest agent answers. */
  agent: z.boolean().default(true),
  lock: z.string().optional(),
  age: Duration.optional(),
  /** Any other line of its configuration. */
  options: z.record(z.string(), z.string()).default({}),
  /** Changes that wait for a restart; null = the line goes. */
  pending: z.record(z.string(), z.string().nullable()).default({}),
  snapshots: z.array(SnapshotFacts).default([]),
});

const HaFacts = z.strictObject({
  state: z.enum(['started', 'stopped', 'disabled', 'ignored']).default('started'),
  /** The manager never carries out what is asked. */
  stuck: z.boolean().default(false),
});

const JobFacts = z.strictObject({
  schedule: z.string().default('02:00'),
  storage: StorageName,
  mode: z.enum(['snapshot', 'suspend', 'stop']).default('snapshot'),
  enabled: z.boolean().default(true),
  all: z.boolean().default(false),
  guests: z.array(z.number().int()).default([]),
  exclude: z.array(z.number().int()).default([]),
  /** Time until it runs again. */
  next: Duration.default(43_200_000),
});

const ArchiveFacts = z.strictObject({
  guest: z.number().int(),
  storage: StorageName,
  age: Duration,
  size: Size,
  protected: z.boolean().default(false),
  verified: z.enum(['ok', 'failed']).optional(),
});

const TaskFacts = z.strictObject({
  node: NodeName,
  type: z.string(),
  id: z.string().default(''),
  user: z.string().default('root@pam'),
  age: Duration,
  took: Duration.default(1000),
  exit: z.string().default('OK'),
  log: z.array(z.string()).default([]),
});

const ReplicationFacts = z.strictObject({
  guest: z.number().int(),
  target: NodeName,
  schedule: z.string().default('*/15'),
  lastSync: Duration.default(600_000),
  failCount: z.number().int().min(0).default(0),
  error: z.string().optional(),
});

const TaskFault = z.strictObject({
  /** `qmstart`, `vzdump` ... */
  type: z.string(),
  id: z.string().optional(),
  exit: z.string(),
  log: z.array(z.string()).default([]),
});

const TokenFacts = z.strictObject({
  secret: z.string(),
  privsep: z.boolean().default(true),
  /** Path -> role. */
  acl: z.record(z.string().startsWith('/'), z.string()).default({}),
});

export const ProxmoxFacts = z.strictObject({
  version: z
    .string()
    .regex(/^\d+\.\d+(\.\d+)?$/)
    .default('9.2.3'),
  /** Left out = a node of its own. */
  cluster: z.string().optional(),
  nodes: z.record(NodeName, HostFacts),
  storages: z.record(StorageName, StorageFacts).default({}),
  guests: z.record(Vmid, GuestFacts).default({}),
  /** `vm:101`, `ct:200`. */
  ha: z.record(z.string().regex(/^(vm|ct):\d+$/), HaFacts).default({}),
  jobs: z.record(z.string(), JobFacts).default({}),
  archives: z.array(ArchiveFacts).default([]),
  /** The past; what is given here is added to the ones of every archive. */
  tasks: z.array(TaskFacts).default([]),
  /** `101-0` -> job. */
  replication: z.record(z.string().regex(/^\d+-\d+$/), ReplicationFacts).default({}),
  /** A Kasa strip that hosts hang on, from its first outlet on. */
  strip: z.strictObject({ name: z.string().default('rack'), hosts: z.array(NodeName).min(1).max(6) }).optional(),
  /** `user@realm!name`; the lab has one of its own that may do everything. */
  tokens: z.record(z.string(), TokenFacts).default({}),
  faults: z
    .strictObject({
      /** Nodes that are down. */
      offline: z.array(NodeName).default([]),
      tasks: z.array(TaskFault).default([]),
    })
    .prefault({}),
});
export type ProxmoxFacts = z.output<typeof ProxmoxFacts>;
export type GuestFacts = z.output<typeof GuestFacts>;
export type DiskFacts = z.output<typeof DiskFacts>;
