import type { Permit } from '../../core/permit.ts';
import type { CommandResult } from '../command/spec.ts';
import type { Bookmark, Dataset, DatasetProperty, PoolSpace, Snapshot } from './lists.ts';
import type { Pool } from './model.ts';

/** A whole disk of a host, under the names that stay. */
export interface HostDisk {
  /** `/dev/disk/by-id/...`, the name an action takes; the first in the order ata, nvme, scsi, wwn. */
  readonly id: string;
  readonly allIds: readonly string[];
  /** `sda`: never an identity. */
  readonly kernelName: string;
  readonly serial: string | undefined;
  readonly model: string | undefined;
  readonly sizeBytes: number;
  readonly physicalSectorBytes: number | undefined;
  /** File systems, partitions and mounts on it: a disk with any of them is not empty. */
  readonly uses: readonly string[];
}

/** Every write, as data: dry in the plan, sent by `run`. All names were read before; guids are strings. */
export type ZfsWrite = PoolWrite | DatasetWrite;

export type PoolWrite =
  | { readonly verb: 'scrub'; readonly pool: string; readonly mode: 'start' | 'pause' | 'stop' }
  | { readonly verb: 'offline' | 'online' | 'detach'; readonly pool: string; readonly vdevGuid: string }
  | { readonly verb: 'replace' | 'attach'; readonly pool: string; readonly vdevGuid: string; readonly disk: string }
  | { readonly verb: 'clear'; readonly pool: string };

export type DatasetWrite =
  | { readonly verb: 'snapshot' | 'destroy_snapshot' | 'rollback'; readonly snapshot: string }
  | { readonly verb: 'hold' | 'release'; readonly snapshot: string; readonly tag: string }
  | { readonly verb: 'create'; readonly dataset: string }
  | { readonly verb: 'set'; readonly dataset: string; readonly property: string; readonly value: string };

/**
 * Reads of one ZFS host. Errors: those of `CommandRunner`, and `target` `zfs_failed` with what the tool said,
 * `zfs_output` for a form that is not known.
 */
export interface ZfsReader {
  readonly host: string;
  identity(): Promise<string>;
  version(signal: AbortSignal): Promise<string>;
  /** What the kernel says without asking the pool: answers when `zpool` hangs. `SUSPENDED` = send nothing else. */
  kernelState(pool: string, signal: AbortSignal): Promise<string>;
  pools(signal: AbortSignal): Promise<readonly Pool[]>;
  space(signal: AbortSignal): Promise<readonly PoolSpace[]>;
  datasets(signal: AbortSignal): Promise<readonly Dataset[]>;
  snapshots(dataset: string | undefined, signal: AbortSignal): Promise<readonly Snapshot[]>;
  /** Of one dataset: what is left of snapshots that were destroyed, for incremental replication. */
  bookmarks(dataset: string, signal: AbortSignal): Promise<readonly Bookmark[]>;
  userProperties(signal: AbortSignal): Promise<readonly DatasetProperty[]>;
  properties(dataset: string, signal: AbortSignal): Promise<readonly DatasetProperty[]>;
  /** What destroying this snapshot would take along, from the tool's own dry run. */
  destroyPreview(
    snapshot: string,
    signal: AbortSignal,
  ): Promise<{ readonly names: readonly string[]; readonly refusal?: string }>;
  disks(signal: AbortSignal): Promise<readonly HostDisk[]>;
  arcstats(signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** RAM of the host. */
  memoryBytes(signal: AbortSignal): Promise<number>;
  /** The newest events, oldest first; the kernel keeps a ring of a few hundred. */
  events(signal: AbortSignal): Promise<readonly ZfsEvent[]>;
  /** smartctl's JSON; undefined when smartctl is not there or knows no such device. */
  smart(disk: string, signal: AbortSignal): Promise<unknown>;
}

/** One line of `zpool events -H`. */
export interface ZfsEvent {
  /** As the host writes it, in its own time zone. */
  readonly at: string;
  /** `ereport.fs.zfs.checksum`, `resource.fs.zfs.statechange` ... */
  readonly class: string;
}

/** All configured hosts. Errors of `host`: `input` `unknown_host`. */
export interface ZfsHosts<T extends ZfsReader = ZfsReader> {
  names(): Promise<readonly string[]>;
  host(name: string): Promise<T>;
  /** Of all hosts together: their pinned keys; nothing is connected for it. */
  identity(): Promise<string>;
}

export interface ZfsWriter extends ZfsReader {
  /** Sends exactly this, if the permit covers `touchOf(host, write)`. Never retried; a time-out is in doubt. */
  write(write: ZfsWrite, permit: Permit, signal: AbortSignal): Promise<CommandResult>;
}
