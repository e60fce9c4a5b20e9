import type { Permit } from '../../core/permit.ts';

/** One Proxmox VE cluster (or standalone node). All names are those the API gave; a node's FQDN is never used. */

export type GuestType = 'qemu' | 'lxc';

/** `quorate`, `lost`, `standalone` (no cluster is configured) or `unknown`; never guessed. */
export type Quorum = 'quorate' | 'lost' | 'standalone' | 'unknown';

export interface ClusterNode {
  readonly name: string;
  readonly online: boolean;
  readonly votes: number;
  readonly address: string | undefined;
}

export interface ClusterStatus {
  readonly name: string | undefined;
  readonly quorum: Quorum;
  readonly nodes: readonly ClusterNode[];
  /** Votes that are needed; undefined when standalone. */
  readonly expectedVotes: number | undefined;
}

export interface NodeStatus {
  readonly name: string;
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly memoryBytes: number;
  readonly memoryUsedBytes: number;
  readonly cpus: number;
  readonly load: number;
}

/** A guest as /cluster/resources lists it. `unknown` status = its node does not report: not "stopped". */
export interface Guest {
  readonly node: string;
  readonly type: GuestType;
  readonly vmid: number;
  readonly name: string;
  readonly status: 'running' | 'stopped' | 'paused' | 'unknown';
  readonly template: boolean;
  readonly tags: readonly string[];
  readonly lock: string | undefined;
  readonly hastate: string | undefined;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly uptimeSeconds: number;
}

/** Both ends belong to it. */
export interface IdRange {
  readonly from: number;
  readonly to: number;
}

export interface GuestRef {
  readonly node: string;
  readonly type: GuestType;
  readonly vmid: number;
}

/** The configuration with what identifies the guest. `digest` goes with every change of it. */
export interface GuestConfig {
  readonly digest: string;
  readonly name: string;
  /** smbios1 uuid, else vmgenid; undefined for containers. */
  readonly uuid: string | undefined;
  readonly protection: boolean;
  /** Every other key as text, `net0`, `scsi0`, `tags` ... */
  readonly options: Readonly<Record<string, string>>;
  /** Changes that wait for a restart: key -> new value (undefined = removed). */
  readonly pending: Readonly<Record<string, string | undefined>>;
}

export interface GuestSnapshot {
  readonly name: string;
  readonly description: string;
  readonly takenAt: string | undefined;
  readonly parent: string | undefined;
  readonly withMemory: boolean;
}

export interface Storage {
  readonly node: string;
  readonly storage: string;
  readonly type: string;
  readonly shared: boolean;
  readonly active: boolean;
  readonly content: readonly string[];
  readonly totalBytes: number;
  readonly usedBytes: number;
}

export interface Volume {
  readonly volid: string;
  readonly storage: string;
  readonly content: string;
  readonly sizeBytes: number;
  readonly vmid: number | undefined;
  readonly createdAt: string | undefined;
  readonly protected: boolean;
  /** Result of the backup server's own verification. */
  readonly verified: 'ok' | 'failed' | 'unknown';
}

/** `running`, or how it ended. `warning` is success with lines worth reading; `unknown` = its node died. */
export type TaskResult = 'running' | 'ok' | 'warning' | 'error' | 'unknown';

export interface Task {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly startedAt: string;
  readonly endedAt: string | undefined;
  readonly result: TaskResult;
  /** The exit status as Proxmox words it; empty while it runs. */
  readonly exitStatus: string;
}

export interface HaEntry {
  readonly id: string;
  readonly type: string;
  readonly node: string | undefined;
  readonly state: string;
  readonly requestState: string | undefined;
}

export interface HaStatus {
  readonly armed: boolean | undefined;
  readonly services: readonly HaEntry[];
  /** Age of the newest CRM or LRM report that was found stale, in words of the API. */
  readonly stale: readonly string[];
}

export interface BackupJob {
  readonly id: string;
  readonly enabled: boolean;
  readonly schedule: string;
  readonly storage: string;
  /** Guests by id; `all` minus `excluded`. */
  readonly all: boolean;
  readonly vmids: readonly number[];
  readonly excluded: readonly number[];
  readonly nextRunAt: string | undefined;
}

export interface ReplicationJob {
  readonly id: string;
  readonly guest: number;
  readonly source: string;
  readonly target: string;
  readonly failCount: number;
  readonly lastSyncAt: string | undefined;
  readonly error: string | undefined;
}

export interface NodeDisk {
  readonly node: string;
  readonly device: string;
  readonly byId: string | undefined;
  readonly serial: string;
  readonly model: string;
  /** `hdd`, `ssd`, `nvme`, `usb`, or `unknown`. */
  readonly type: string;
  readonly sizeBytes: number;
  readonly health: string;
  readonly wearout: number | undefined;
  /** What Proxmox found on it: `LVM`, `ZFS`, `partitions`, `BIOS boot` ...; empty = free. */
  readonly used: string;
}

/** What a disk says of itself, as far as it tells: counters since it was built, and how warm it is now. */
export interface DiskSmart {
  readonly reallocated?: number;
  readonly pending?: number;
  readonly uncorrectable?: number;
  /** NVMe: media and data integrity errors. */
  readonly mediaErrors?: number;
  /** Per cent of the endurance that its maker gave it; may go beyond 100. */
  readonly wornPercent?: number;
  /** Degrees Celsius. */
  readonly temperature?: number;
}

/** A thin pool of LVM on a node. When its metadata is full it stops like one whose data is. */
export interface ThinPool {
  readonly node: string;
  readonly group: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly metadataBytes: number;
  readonly metadataUsedBytes: number;
}

/** The note that people keep on a node; `digest` goes with every change of it. */
export interface NodeNote {
  readonly text: string;
  readonly digest: string;
}

/** What a migration would meet, from `GET .../migrate`. */
export interface MigrationCheck {
  readonly allowedNodes: readonly string[];
  readonly localDisks: readonly string[];
  readonly localResources: readonly string[];
}

/**
 * Reads. Errors: `target` `proxmox_unreachable | proxmox_unauthorized | proxmox_forbidden | proxmox_node_offline (595, 596) |
 * proxmox_locked | proxmox_no_quorum | proxmox_error`; `not_found` `guest_not_found`; `timeout` `proxmox_timeout`.
 * A token without a right gets shorter lists, not errors: `missingPrivileges` tells which lists cannot be trusted.
 */
export interface ProxmoxReader {
  /** Name of the connection in the configuration. */
  readonly name: string;
  /** Ids that new guests may have; absent = any that is free. */
  readonly ownIds?: IdRange;
  /** Hash of address and pinned certificate. */
  identity(): Promise<string>;
  version(signal: AbortSignal): Promise<string>;
  /** `privilege path` pairs that the account lacks for reading everything. */
  missingPrivileges(signal: AbortSignal): Promise<readonly string[]>;
  clusterStatus(signal: AbortSignal): Promise<ClusterStatus>;
  nodeStatus(node: string, signal: AbortSignal): Promise<NodeStatus>;
  nodeNote(node: string, signal: AbortSignal): Promise<NodeNote>;
  guests(signal: AbortSignal): Promise<readonly Guest[]>;
  guestConfig(guest: GuestRef, signal: AbortSignal): Promise<GuestConfig>;
  guestStatus(guest: GuestRef, signal: AbortSignal): Promise<Guest>;
  snapshots(guest: GuestRef, signal: AbortSignal): Promise<readonly GuestSnapshot[]>;
  migrationCheck(guest: GuestRef, target: string, signal: AbortSignal): Promise<MigrationCheck>;
  storages(signal: AbortSignal): Promise<readonly Storage[]>;
  volumes(node: string, storage: string, content: string | undefined, signal: AbortSignal): Promise<readonly Volume[]>;
  tasks(
    options: { readonly limit: number; readonly vmid?: number; readonly onlyErrors?: boolean },
    signal: AbortSignal,
  ): Promise<readonly Task[]>;
  task(upid: string, signal: AbortSignal): Promise<Task>;
  /** The last `limit` lines. */
  taskLog(upid: string, limit: number, signal: AbortSignal): Promise<readonly string[]>;
  ha(signal: AbortSignal): Promise<HaStatus>;
  backupJobs(signal: AbortSignal): Promise<readonly BackupJob[]>;
  notBackedUp(signal: AbortSignal): Promise<readonly number[]>;
  replication(signal: AbortSignal): Promise<readonly ReplicationJob[]>;
  disks(node: string, signal: AbortSignal): Promise<readonly NodeDisk[]>;
  smart(node: string, device: string, signal: AbortSignal): Promise<DiskSmart>;
  thinPools(node: string, signal: AbortSignal): Promise<readonly ThinPool[]>;
  /** Whether an id is free everywhere, offline nodes' configurations included. */
  isFree(vmid: number, signal: AbortSignal): Promise<boolean>;
}

/** What must still be true of a guest when a write reaches it: read again and compared in the same operation. */
export interface ExpectedGuest {
  readonly name: string;
  readonly uuid?: string;
  readonly digest?: string;
}

/** Every write, as data. There is no skiplock, no force, no bulk action, no free exec, and nothing that wipes a disk. */
export type ProxmoxWrite =
  | PowerWrite
  | SnapshotWrite
  | ConfigureWrite
  | CloneWrite
  | MigrateWrite
  | BackupWrite
  | RestoreWrite
  | DestroyWrite
  | RebootNodeWrite
  | NoteNodeWrite;

interface OfGuest {
  readonly guest: GuestRef;
  readonly expect: ExpectedGuest;
}
export interface PowerWrite extends OfGuest {
  readonly verb: 'start' | 'shutdown' | 'stop' | 'reboot' | 'reset';
  readonly timeoutSeconds?: number;
}
export interface SnapshotWrite extends OfGuest {
  readonly verb: 'snapshot' | 'delete_snapshot' | 'rollback';
  readonly snapshot: string;
  readonly description?: string;
}
export interface ConfigureWrite extends OfGuest {
  readonly verb: 'configure';
  readonly expect: ExpectedGuest & { readonly digest: string };
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}
export interface CloneWrite extends OfGuest {
  readonly verb: 'clone';
  readonly newid: number;
  readonly name: string;
  readonly full: boolean;
  readonly storage?: string;
  readonly target?: string;
}
export interface MigrateWrite extends OfGuest {
  readonly verb: 'migrate';
  readonly target: string;
  readonly online: boolean;
  readonly withLocalDisks: boolean;
}
export interface BackupWrite extends OfGuest {
  readonly verb: 'backup';
  readonly storage: string;
  readonly mode: 'snapshot' | 'suspend' | 'stop';
  readonly protect: boolean;
}
/** To a new id only. */
export interface RestoreWrite {
  readonly verb: 'restore';
  readonly node: string;
  readonly type: GuestType;
  readonly newid: number;
  readonly archive: string;
  readonly storage?: string;
}
export interface DestroyWrite extends OfGuest {
  readonly verb: 'destroy';
  readonly expect: ExpectedGuest & { readonly digest: string };
  /** Also takes the guest out of jobs and HA. */
  readonly purge: boolean;
}
export interface RebootNodeWrite {
  readonly verb: 'reboot_node';
  readonly node: string;
}
/** Replaces the note on a node. */
export interface NoteNodeWrite {
  readonly verb: 'note_node';
  readonly node: string;
  readonly digest: string;
  readonly text: string;
}

/** How a write ended: the task's own verdict; the state that was asked for is read back by the action. */
export interface ProxmoxDone {
  /** Empty when the call was synchronous. */
  readonly upid: string;
  readonly result: TaskResult;
  readonly exitStatus: string;
  readonly warnings: readonly string[];
}

export interface ProxmoxWriter extends ProxmoxReader {
  /**
   * Checks the permit for `touchOf(name, write)`, re-reads and compares `expect` (`stale_plan` when it moved), sends once, follows the
   * task on its own node. `onTask` hears the UPID as soon as it is known, so that it can be journalled and followed again after a crash.
   */
  write(
    write: ProxmoxWrite,
    permit: Permit,
    signal: AbortSignal,
    onTask: (upid: string, line: string) => void,
  ): Promise<ProxmoxDone>;
}

/** All configured connections. Errors of `cluster`: `input` `unknown_cluster`. */
export interface ProxmoxClusters<T extends ProxmoxReader = ProxmoxReader> {
  names(): Promise<readonly string[]>;
  cluster(name: string): Promise<T>;
  /** Of all of them together; nothing is connected for it. */
  identity(): Promise<string>;
}
