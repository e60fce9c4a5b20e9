import { createHash } from 'node:crypto';

/** What a ZFS host of the lab is made of. Mutable: programs and faults change it; nothing outside `lab/zfs` does. */

export type VdevClass = 'normal' | 'special' | 'dedup' | 'log' | 'l2cache' | 'spare';

export interface LabDisk {
  /** Name under /dev/disk/by-id. */
  readonly id: string;
  readonly kernel: string;
  readonly serial: string;
  readonly model: string;
  readonly wwn: string;
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  /** False = pulled: the host does not show it. */
  present: boolean;
  /** Type of a file system on a partition of it; `zfs_member` while it is in a pool. */
  holds: string | undefined;
  mount: string | undefined;
  smart: { passed: boolean; reallocated: number; pending: number; hours: number; celsius: number };
}

export type Condition = 'ok' | 'offline' | 'faulted' | 'removed' | 'unavail';

export interface LabVdev {
  name: string;
  readonly type: 'disk' | 'mirror' | 'raidz' | 'replacing' | 'spare';
  readonly parity: number;
  readonly guid: string;
  readonly class: VdevClass;
  children: LabVdev[];
  /** Of a leaf: the disk it is on. */
  readonly disk: LabDisk | undefined;
  condition: Condition;
  aux: string | undefined;
  errors: { read: number; write: number; checksum: number };
  processed: number;
  /** Damaged blocks that nobody has read yet. */
  latent: number;
}

export interface LabScan {
  readonly kind: 'SCRUB' | 'RESILVER';
  state: 'SCANNING' | 'FINISHED' | 'CANCELED';
  readonly startMs: number;
  endMs: number;
  pausedAtMs: number;
  spentPausedMs: number;
  readonly durationMs: number;
  toExamine: number;
  errors: number;
  repaired: number;
}

export interface LabPool {
  readonly name: string;
  readonly guid: string;
  txg: number;
  readonly createdMs: number;
  /** Top-level vdevs of every class, in the order they were added. */
  vdevs: LabVdev[];
  scan: LabScan | undefined;
  expansion: { readonly vdev: LabVdev; readonly startMs: number; readonly durationMs: number } | undefined;
  suspended: boolean;
  dataErrors: string[];
  fragmentation: number;
  readonly datasets: Map<string, LabDataset>;
}

export interface LabSnapshot {
  readonly name: string;
  readonly guid: string;
  readonly createdMs: number;
  readonly used: number;
  readonly referenced: number;
  /** Tag -> when. */
  readonly holds: Map<string, number>;
}

export interface LabDataset {
  readonly name: string;
  readonly guid: string;
  readonly type: 'filesystem' | 'volume';
  readonly createdMs: number;
  /** Of itself, without children and snapshots. */
  referenced: number;
  readonly origin: string | undefined;
  mountpoint: string | undefined;
  readonly properties: Map<string, string>;
  /** By short name, in order of creation. */
  readonly snapshots: Map<string, LabSnapshot>;
  /** By short name. */
  readonly bookmarks: Map<string, { readonly guid: string; readonly createdMs: number }>;
}

export interface LabHostState {
  readonly name: string;
  readonly version: string;
  readonly memoryBytes: number;
  readonly arcMaxBytes: number;
  readonly disks: LabDisk[];
  readonly pools: Map<string, LabPool>;
  readonly events: { readonly atMs: number; readonly class: string }[];
  /** How long a scrub or a resilver takes. */
  readonly scanMs: number;
}

export interface CommandOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const said = (stdout: string): CommandOutcome => ({ exitCode: 0, stdout, stderr: '' });
export const done: CommandOutcome = { exitCode: 0, stdout: '', stderr: '' };
/** As `fprintf(stderr, ...)` of the tools: every line ends. */
export const refused = (stderr: string, exitCode = 1): CommandOutcome => ({
  exitCode,
  stdout: '',
  stderr: `${stderr}\n`,
});

/** A number of 64 bits that belongs to this name; the same in every start of the lab. */
export const guidOf = (text: string): string =>
  createHash('sha256').update(text).digest().readBigUInt64BE(0).toString();

export const pathOf = (disk: LabDisk): string => `/dev/disk/by-id/${disk.id}`;
export const isLeaf = ({ children }: LabVdev): boolean => children.length === 0;

export function* walk(vdevs: readonly LabVdev[]): Generator<LabVdev> {
  for (const vdev of vdevs) {
    yield vdev;
    yield* walk(vdev.children);
  }
}

export const leaves = (vdevs: readonly LabVdev[]): LabVdev[] => [...walk(vdevs)].filter(isLeaf);

export const leafOn = (disk: LabDisk, className: VdevClass): LabVdev => ({
  name: `${pathOf(disk)}-part1`,
  type: 'disk',
  parity: 0,
  guid: guidOf(`leaf ${disk.id}`),
  class: className,
  children: [],
  disk,
  condition: 'ok',
  aux: undefined,
  errors: { read: 0, write: 0, checksum: 0 },
  processed: 0,
  latent: 0,
});

export const rowOf = (
  type: LabVdev['type'],
  name: string,
  className: VdevClass,
  children: LabVdev[],
  parity = 0,
): LabVdev => ({
  name,
  type,
  parity,
  guid: guidOf(`${name} ${children.map(({ guid }) => guid).join(' ')}`),
  class: className,
  children,
  disk: undefined,
  condition: 'ok',
  aux: undefined,
  errors: { read: 0, write: 0, checksum: 0 },
  processed: 0,
  latent: 0,
});
