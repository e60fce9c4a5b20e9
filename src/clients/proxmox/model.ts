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
