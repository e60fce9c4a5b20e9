import type { Comparison } from '../checks/compare.ts';
import type { AnyCheck } from '../checks/define.ts';
import type { Clock } from '../core/clock.ts';
import type { Lessons } from '../core/consult.ts';
import type { CheckResult } from '../core/finding.ts';
import type { NewId } from '../core/ids.ts';
import type { System } from '../core/target.ts';
import type { VersionOf } from '../core/version.ts';
import type { WorldReader } from '../world/gather.ts';
import type { World } from '../world/world.ts';
import type { GuardedAction } from './actions.ts';
import type { Instance } from './instance.ts';
import type { SqliteJournal } from './journal/sqlite-journal.ts';
import type { Permits } from './permits.ts';
import type { Policy } from './policy.ts';

/** What the guard itself reads in the cluster: the versions that a plan was made on. `KubernetesReader` fits. */
export interface ObjectReader {
  kinds(signal: AbortSignal): Promise<readonly ObjectKind[]>;
  get(
    ref: { readonly kind: ObjectKind; readonly namespace?: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<{ readonly metadata: { readonly uid?: string; readonly resourceVersion?: string } }>;
}

export interface ObjectKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** The checks as the guard uses them: the same ones that audit the lab, with the parameters that are set. */
export interface Judge {
  readonly checks: readonly AnyCheck[];
  /** `only` = ids of the checks whose answer may differ; running more than these is right and slower. */
  run(world: World, now: Date, only: ReadonlySet<string>): readonly CheckResult[];
  compare(before: readonly CheckResult[], after: readonly CheckResult[]): Comparison;
}

/** Limits of every wait, in milliseconds. */
export interface Timing {
  readonly planTtlMs: number;
  /** Working out a plan and reading the world. */
  readonly proposeMs: number;
  /** The person's time to answer in the client. */
  readonly askMs: number;
  readonly runMs: number;
  /** After the end of `runMs`: for the write under way. */
  readonly graceMs: number;
  /** One reading back. */
  readonly verifyMs: number;
  readonly verifyTries: number;
  /** No further reading starts after this; an action may wait within one reading, for a rollout for instance. */
  readonly verifyTotalMs: number;
  /** Before the second reading; doubles each time. */
  readonly verifyPauseMs: number;
  /** A repeated call waits this long for the one that is at it. */
  readonly followMs: number;
  readonly beatMs: number;
  /** A holder on another machine that was not seen for this long is looked at as gone. */
  readonly staleMs: number;
}

export const DEFAULT_TIMING: Timing = {
  planTtlMs: 15 * 60_000,
  proposeMs: 60_000,
  askMs: 5 * 60_000,
  runMs: 10 * 60_000,
  graceMs: 5_000,
  verifyMs: 45_000,
  verifyTries: 5,
  verifyTotalMs: 45_000,
  verifyPauseMs: 500,
  followMs: 60_000,
  beatMs: 5_000,
  staleMs: 30_000,
};

/** Named places of the road, in order; for benchmarks and crash tests. */
export type TracePoint =
  | 'propose:parsed'
  | 'propose:drafted'
  | 'propose:gathered'
  | 'propose:judged'
  | 'propose:consulted'
  | 'propose:decided'
  | 'propose:stored'
  | 'apply:checked'
  | 'apply:approved'
  | 'apply:claimed'
  | 'apply:rechecked'
  | 'apply:minted'
  | 'apply:ran'
  | 'apply:verified'
  | 'apply:recorded';

export interface GateDeps {
  readonly actions: readonly GuardedAction[];
  /** By the names that actions have in `needs`. */
  readonly readClients: { readonly kubernetes: ObjectReader };
  readonly writeClients: object;
  readonly world: WorldReader;
  readonly judge: Judge;
  readonly lessons: Lessons;
  readonly journal: SqliteJournal;
  /** The same ones whose `check` the writing clients have. */
  readonly permits: Permits;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly instance: Instance;
  /** How the targets of the other systems are read back; Kubernetes is read through `readClients`. Missing = it cannot be, which counts as moved. */
  readonly versions?: Partial<Record<Exclude<System, 'kubernetes'>, VersionOf>>;
  /** Of every system that actions touch; hash of address and CA. */
  identity(): Promise<string>;
  readonly timing?: Partial<Timing>;
  trace?(point: TracePoint): void;
}

/** How long this action may run: its own limit where that is longer. */
export const runMsOf = ({ actions, ms }: Pick<GateParts, 'actions' | 'ms'>, action: string): number =>
  Math.max(ms.runMs, actions.find(({ name }) => name === action)?.runMs ?? 0);

/** What the steps work with: the dependencies, whole limits, and what runs in this process right now. */
export interface GateParts extends GateDeps {
  readonly ms: Timing;
  /** Ids of plans between their intent and their outcome. */
  readonly running: Set<string>;
}
