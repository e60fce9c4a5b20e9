import * as z from 'zod';
import type { Vdev } from '../../clients/zfs/model.ts';
import { Meta } from '../kubernetes/meta.ts';

/**
 * Objects of ZFS hosts. `metadata.namespace` is the host, `metadata.name` the name of pool, dataset or disk, `metadata.uid`
 * what identifies it for good (guid, serial); annotations come from user properties of the dataset.
 */

const Text = z.string();
const Amount = z.number();
const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema);

const VdevClass = z.enum(['normal', 'special', 'dedup', 'log', 'l2cache', 'spare']);

const VdevObject: z.ZodType<Vdev> = z.strictObject({
  name: Text,
  type: Text,
  guid: Text,
  class: VdevClass,
  state: Text,
  path: optional(Text),
  devid: optional(Text),
  errors: z.strictObject({ read: Amount, write: Amount, checksum: Amount }),
  slowIos: optional(Amount),
  aux: optional(Text),
  was: optional(Text),
  removing: optional(z.boolean()),
  configuredAshift: optional(Amount),
  physicalAshift: optional(Amount),
  get children() {
    return z.array(VdevObject);
  },
});

const Scan = z.strictObject({
  kind: z.enum(['scrub', 'resilver', 'error_scrub', 'rebuild']),
  state: z.enum(['running', 'paused', 'finished', 'canceled']),
  startedAt: optional(Text),
  endedAt: optional(Text),
  errors: Amount,
  progress: optional(Amount),
  repairedBytes: optional(Amount),
});

const PoolFacts = z.strictObject({
  name: Text,
  guid: Text,
  state: Text,
  msgid: optional(Text),
  status: optional(Text),
  action: optional(Text),
  scan: optional(Scan),
  work: z.array(
    z.strictObject({
      kind: z.enum(['raidz_expansion', 'removal', 'checkpoint']),
      state: z.enum(['running', 'finished', 'exists']),
      progress: optional(Amount),
    }),
  ),
  vdevs: z.array(VdevObject),
  dataErrors: z.discriminatedUnion('state', [
    z.strictObject({ state: z.literal('listed'), count: Amount, names: z.array(Text) }),
    z.strictObject({ state: z.literal('unlisted'), count: z.union([Amount, z.undefined()]), reason: Text }),
  ]),
});

export const ZfsPool = z.strictObject({
  metadata: Meta,
  pool: PoolFacts,
  /** What the kernel says; may say SUSPENDED where the tool says ONLINE. */
  kernelState: optional(Text),
  space: optional(
    z.strictObject({
      size: Amount,
      allocated: Amount,
      free: Amount,
      fragmentation: optional(Amount),
      capacity: Amount,
      /** Of the root dataset, which knows about slop and parity: what can really be written. */
      used: optional(Amount),
      available: optional(Amount),
    }),
  ),
  /** How many top-level vdevs of each class its person has declared (`steward.dev:layout=log:1,l2cache:1`). */
  layout: optional(z.record(Text, Amount)),
  createdAt: optional(Text),
});
export type ZfsPool = z.output<typeof ZfsPool>;

export const ZfsDataset = z.strictObject({
  metadata: Meta,
  type: z.enum(['filesystem', 'volume']),
  used: Amount,
  available: Amount,
  referenced: Amount,
  mountpoint: optional(Text),
  origin: optional(Text),
  encryption: Text,
  keyStatus: optional(Text),
  createdAt: Text,
  /** User properties set on itself: who owns it, what its person said. */
  properties: z.record(Text, Text),
});
export type ZfsDataset = z.output<typeof ZfsDataset>;

/** The snapshots of one dataset, counted: there may be a hundred thousand in all. */
export const ZfsSnapshots = z.strictObject({
  metadata: Meta,
  count: Amount,
  usedBytes: Amount,
  newest: optional(z.strictObject({ name: Text, guid: Text, createdAt: Text })),
  /** Those that somebody holds, and those that clones stand on; at most 50 of each. */
  held: z.array(Text),
  cloned: z.array(z.strictObject({ name: Text, clones: z.array(Text) })),
  /** Those that replication or migration needs, at most 50. */
  marked: z.array(Text),
});
export type ZfsSnapshots = z.output<typeof ZfsSnapshots>;

export const ZfsDisk = z.strictObject({
  metadata: Meta,
  path: Text,
  allIds: z.array(Text),
  kernelName: Text,
  serial: optional(Text),
  model: optional(Text),
  sizeBytes: Amount,
  physicalSectorBytes: optional(Amount),
  uses: z.array(Text),
  /** The vdev that it is. */
  member: optional(z.strictObject({ pool: Text, vdevGuid: Text, top: Text, class: VdevClass, state: Text })),
});
export type ZfsDisk = z.output<typeof ZfsDisk>;

export const ZfsHost = z.strictObject({
  metadata: Meta,
  version: optional(Text),
  memoryBytes: optional(Amount),
  arc: optional(z.strictObject({ sizeBytes: Amount, maxBytes: Amount, hits: Amount, misses: Amount })),
  /** What could not be read there; such a host is never healthy. */
  unread: z.array(z.strictObject({ what: Text, reason: Text })),
});
export type ZfsHost = z.output<typeof ZfsHost>;

/** Keys are `host/name`; `zfsHosts` has the names of hosts. */
export const zfsSchemas = {
  zfsHosts: ZfsHost,
  zfsPools: ZfsPool,
  zfsDatasets: ZfsDataset,
  zfsSnapshots: ZfsSnapshots,
  zfsDisks: ZfsDisk,
} as const;
export type ZfsPartName = keyof typeof zfsSchemas;
