import * as z from 'zod';
import { Duration } from '../scenarios/units.ts';

/** The `zfs:` section of a scenario: host name -> what it has. */

const Size = z.union([
  z.number().int().nonnegative(),
  z.string().regex(/^\d+(\.\d+)?[KMGTP]?(iB|i)?$/, 'must be a size such as 18T or 256Gi'),
]);
/** `hdd 3`, `hdd 1-10`. */
const Disks = z.string().regex(/^[a-z]+ \d+(-\d+)?$/, 'must be a group and numbers, such as "hdd 1-10"');

const DiskGroup = z.strictObject({
  count: z.number().int().positive(),
  bus: z.enum(['ata', 'nvme', 'scsi']).default('ata'),
  model: z.string().regex(/^[A-Za-z0-9-]+$/),
  /** Serial numbers are this and two digits. */
  serial: z.string().regex(/^[A-Z0-9]+$/),
  size: Size,
  sector: z.union([z.literal(512), z.literal(4096)]).default(4096),
  /** What is on them that is not a pool. */
  holds: z.string().optional(),
  mount: z.string().optional(),
});

const Dataset = z.strictObject({
  used: Size.default(98_304),
  type: z.enum(['filesystem', 'volume']).default('filesystem'),
  age: Duration.optional(),
  origin: z.string().optional(),
  properties: z.record(z.string(), z.string()).default({}),
  snapshots: z
    .array(
      z.strictObject({
        prefix: z.string(),
        count: z.number().int().positive(),
        every: Duration,
        used: Size.default(0),
        /** Age of the newest one. */
        newest: Duration.default(0),
        hold: z.string().optional(),
      }),
    )
    .default([]),
});

const Pool = z.strictObject({
  vdevs: z.array(
    z.strictObject({
      class: z.enum(['normal', 'special', 'dedup', 'log', 'l2cache', 'spare']).default('normal'),
      type: z.enum(['disk', 'mirror', 'raidz1', 'raidz2', 'raidz3']).default('disk'),
      disks: Disks,
    }),
  ),
  age: Duration,
  fragmentation: z.number().int().min(0).max(100).default(3),
  /** The last scrub, by the age of its end. */
  scrub: z.strictObject({ ended: Duration, took: Duration, errors: z.number().int().default(0) }).optional(),
  properties: z.record(z.string(), z.string()).default({}),
  /** Name below the pool -> dataset. */
  datasets: z.record(z.string(), Dataset).default({}),
  /** Volumes of this CSI driver are datasets below `parent`. */
  csi: z.strictObject({ driver: z.string(), parent: z.string() }).optional(),
});

const Fault = z.union([
  z.strictObject({
    disk: Disks,
    /** `pulled` = the host does not show it any more. */
    state: z.enum(['ok', 'offline', 'faulted', 'removed', 'unavail', 'pulled']).default('ok'),
    errors: z
      .strictObject({ read: z.number().default(0), write: z.number().default(0), checksum: z.number().default(0) })
      .optional(),
    /** SMART says that it is failing. */
    failing: z.boolean().default(false),
  }),
  z.strictObject({ pool: z.string(), suspended: z.literal(true) }),
  z.strictObject({ pool: z.string(), dataErrors: z.array(z.string()).min(1) }),
]);

export const ZfsFacts = z.record(
  z.string().regex(/^[a-z0-9-]+$/),
  z.strictObject({
    version: z.string().default('2.3.4-1'),
    memory: Size,
    arcMax: Size,
    /** How long a scrub or a resilver takes here. */
    scan: Duration.default(20_000),
    disks: z.record(z.string().regex(/^[a-z]+$/), DiskGroup),
    pools: z.record(z.string(), Pool).default({}),
    faults: z.array(Fault).default([]),
  }),
);
export type ZfsFacts = z.output<typeof ZfsFacts>;
export type HostFacts = ZfsFacts[string];
export type PoolFacts = z.output<typeof Pool>;
export type DatasetFacts = z.output<typeof Dataset>;
export type FaultFacts = z.output<typeof Fault>;
