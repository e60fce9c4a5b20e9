import type { AnyCheck } from '../checks/define.ts';
import type { HelmClient } from '../clients/helm/client.ts';
import type { KubernetesClient } from '../clients/kubernetes/client.ts';
import type { KubeconfigSource } from '../clients/kubernetes/connection.ts';
import type { PowerWriter } from '../clients/power/contract.ts';
import type { Config } from '../config/load.ts';
import type { Mode } from '../config/sections.ts';
import type { Audit } from '../core/audit.ts';
import type { Clock } from '../core/clock.ts';
import type { Lessons } from '../core/consult.ts';
import type { Gate, Operator } from '../core/gate.ts';
import type { KnownSecrets } from '../core/known-secrets.ts';
import type { SqliteJournal } from '../guard/journal/sqlite-journal.ts';
import type { Permits } from '../guard/permits.ts';
import type { Log } from '../server/log.ts';
import type { AnyAction } from '../tools/define.ts';
import type { WorldReader } from '../world/gather.ts';
import type { ImagePlatforms } from '../world/kubernetes/images.ts';
import type { Lazy } from './lazy.ts';
import type { Learning } from './learning.ts';
import type { Memory } from './memory.ts';
import type { PowerSource } from './power.ts';
import type { ProxmoxParts, ProxmoxSource } from './proxmox.ts';
import type { ZfsHostSource, ZfsParts } from './zfs.ts';

export interface PartsOptions {
  readonly config: Config;
  readonly mode: Mode;
  /** `undefined` = none is configured: whatever needs it says so. */
  readonly cluster: KubeconfigSource | undefined;
  /** Tells the platforms of images; without it a registry is asked if the configuration allows it. */
  readonly images?: ImagePlatforms;
  /** Hosts with ZFS; none = that system is not configured. */
  readonly zfs: readonly ZfsHostSource[];
  /** Connections to Proxmox; none = that system is not configured. */
  readonly proxmox: readonly ProxmoxSource[];
  /** What gives hosts their power; nothing in it = that system is not configured. */
  readonly power: PowerSource;
  /** File for what is compared with later; undefined = nothing is, as in a lab that is new every time. */
  readonly readings?: string;
  readonly actions: readonly AnyAction[];
  readonly clock: Clock;
  readonly log: Log;
}

/** The concrete things behind the app, each made at its first use. */
export interface Parts {
  readonly record: Lazy<{ readonly journal: SqliteJournal; readonly permits: Permits }>;
  readonly kubernetes: Lazy<KubernetesClient>;
  readonly helm: Lazy<HelmClient>;
  /** Absent when no host is configured. */
  readonly zfs: ZfsParts | undefined;
  /** Absent when no connection is configured. */
  readonly proxmox: ProxmoxParts | undefined;
  /** Absent when no outlet is configured. */
  readonly power: Lazy<PowerWriter> | undefined;
  readonly world: Lazy<WorldReader>;
  readonly checks: Lazy<readonly AnyCheck[]>;
  readonly audit: Lazy<Audit>;
  readonly memory: Lazy<Memory>;
  readonly lessons: Lazy<Lessons>;
  readonly learning: Lazy<Learning>;
  /** For people: needs no cluster. */
  readonly operator: Lazy<Gate & Operator>;
  /** For changes: first closes what a crash has left open. */
  readonly gate: Lazy<Gate>;
  /** Values that no tool may show. */
  readonly credentials: KnownSecrets;
  close(): Promise<void>;
}
