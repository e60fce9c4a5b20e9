import type { Permit } from '../../core/permit.ts';
import type {
  BackupJob,
  ClusterStatus,
  DiskSmart,
  Guest,
  GuestConfig,
  GuestRef,
  GuestSnapshot,
  HaStatus,
  IdRange,
  MigrationCheck,
  NodeDisk,
  NodeNote,
  NodeStatus,
  ReplicationJob,
  Storage,
  Task,
  ThinPool,
  Volume,
} from './model.ts';
import type { ProxmoxDone, ProxmoxWrite } from './write-model.ts';

export type * from './model.ts';
export type * from './write-model.ts';

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
