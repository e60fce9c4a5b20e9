import type { DiskFacts } from './facts.ts';

/** The cluster as data. Times are milliseconds; whatever has no node is shared. */

export type GuestType = 'qemu' | 'lxc';

export interface Snapshot {
  readonly name: string;
  readonly about: string;
  readonly at: number;
  readonly parent: string | undefined;
  readonly memory: boolean;
  readonly config: ReadonlyMap<string, string>;
}

export interface GuestState {
  node: string;
  readonly type: GuestType;
  readonly vmid: number;
  status: 'running' | 'stopped' | 'paused' | 'io-error';
  startedAt: number;
  config: Map<string, string>;
  /** Undefined = the line goes. */
  readonly pending: Map<string, string | undefined>;
  snapshots: Snapshot[];
  /** Snapshot that the current state grew from. */
  parent: string | undefined;
  lock: string | undefined;
  readonly agent: boolean;
}

export interface NodeState {
  readonly name: string;
  readonly id: number;
  readonly ip: string;
  readonly cpu: number;
  readonly memory: number;
  readonly usage: { readonly memory: number; readonly cpu: number };
  readonly disks: readonly DiskFacts[];
  online: boolean;
  bootedAt: number;
  /** When it was last heard of. */
  seenAt: number;
  /** Its own lines: `description`, `wakeonlan` ... */
  readonly lines: Map<string, string>;
}

export interface StorageState {
  readonly name: string;
  readonly type: string;
  readonly content: readonly string[];
  readonly shared: boolean;
  readonly size: number;
  /** By node; of a shared one under ''. */
  readonly used: Map<string, number>;
  readonly nodes: readonly string[];
  /** Fraction of its metadata that is used, of a thin pool. */
  readonly metadata: number;
  active: boolean;
}

export interface VolumeState {
  readonly volid: string;
  readonly storage: string;
  /** '' when shared. */
  node: string;
  readonly content: string;
  readonly format: string;
  readonly size: number;
  readonly vmid: number | undefined;
  readonly at: number;
  protected: boolean;
  verified: string | undefined;
  /** Of an archive: what was saved. */
  readonly saved?: ReadonlyMap<string, string>;
  /** A disk that is the base of this one. */
  readonly base?: string;
}

export interface TaskState {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly pid: number;
  readonly pstart: number;
  readonly startedAt: number;
  endedAt: number | undefined;
  exit: string;
  readonly log: string[];
}

export interface HaResource {
  readonly sid: string;
  requested: string;
  state: string;
  readonly stuck: boolean;
}

export interface BackupJobState {
  readonly id: string;
  readonly schedule: string;
  readonly storage: string;
  readonly mode: string;
  readonly enabled: boolean;
  readonly all: boolean;
  guests: readonly number[];
  readonly exclude: readonly number[];
  readonly nextAt: number;
}

export interface ReplicationState {
  readonly id: string;
  readonly guest: number;
  readonly target: string;
  readonly schedule: string;
  readonly lastSyncAt: number;
  readonly failCount: number;
  readonly error: string | undefined;
}

export interface TokenState {
  readonly id: string;
  readonly secret: string;
  readonly privsep: boolean;
  /** Path -> role. */
  readonly acl: ReadonlyMap<string, string>;
}

export interface TaskFaultState {
  readonly type: string;
  readonly id: string | undefined;
  readonly exit: string;
  readonly log: readonly string[];
}

export interface ClusterState {
  readonly version: string;
  /** Undefined = a node of its own. */
  readonly name: string | undefined;
  readonly nodes: Map<string, NodeState>;
  readonly storages: Map<string, StorageState>;
  readonly guests: Map<number, GuestState>;
  volumes: VolumeState[];
  readonly tasks: TaskState[];
  readonly ha: Map<string, HaResource>;
  jobs: BackupJobState[];
  replication: ReplicationState[];
  readonly tokens: Map<string, TokenState>;
  readonly taskFaults: TaskFaultState[];
}

export const sidOf = ({ type, vmid }: Pick<GuestState, 'type' | 'vmid'>): string =>
  `${type === 'qemu' ? 'vm' : 'ct'}:${vmid}`;

/** Half of the votes and one more. */
export const isQuorate = ({ name, nodes }: ClusterState): boolean => {
  if (name === undefined) return true;
  const all = [...nodes.values()];
  return all.filter(({ online }) => online).length > all.length / 2;
};
