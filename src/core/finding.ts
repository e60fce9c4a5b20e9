import type { Severity } from './severity.ts';

/** What a finding that a change would introduce does to its plan. */
export type GuardEffect = 'deny' | 'ask' | 'note';

/** Something that is wrong, or would be. */
export interface Finding {
  readonly check: string;
  readonly severity: Severity;
  /** What it is about, as people read it: `Service media/web`. */
  readonly target: string;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** Facts that show it, one line each. */
  readonly evidence: readonly string[];
  /** What to do, one sentence. */
  readonly remedy: string;
  /** The same for the same fault on every run; never holds a count, an age or a pod name that changes. */
  readonly fingerprint: string;
  /** Those that share the fault, where the fingerprint lists them: with fewer of them it is the old fault, not a new one. */
  readonly shared?: readonly string[];
  /** Ids of the lessons that tell how it was learned. */
  readonly lessons: readonly string[];
  /** True when this one target could not be judged: it is reported, and never counted as pass. */
  readonly unknown?: boolean;
  /** What the guard does when a change introduces it; the check's own `introduced` when absent. */
  readonly introduced?: GuardEffect;
}

/** What is wrong with what, in one go: a message that names its target already is not given it twice. */
export const findingLine = ({ target, message }: Pick<Finding, 'target' | 'message'>): string =>
  message.includes(target) ? message : `${target}: ${message}`;

/** From the metal up; a letter of the catalogue, or one check of it. */
const LAYERS: Readonly<Record<string, number>> = { P: 0, Z: 0, E: 1, K22: 1, S: 2, K07: 2, K02: 4, B: 5 };

/** What stands lower breaks what stands on it: among findings of one severity the cause comes before its consequences. */
export const layerOf = (check: string): number => LAYERS[check] ?? LAYERS[check[0] ?? ''] ?? 3;

export type CheckStatus = 'pass' | 'fail' | 'unknown' | 'not_applicable';

export interface CheckResult {
  readonly check: string;
  readonly title: string;
  readonly severity: Severity;
  readonly status: CheckStatus;
  /** Why it is `unknown` or `not_applicable`. */
  readonly reason?: string;
  readonly findings: readonly Finding[];
  /** Faults that somebody has accepted with a reason (annotations `steward.dev/accept` and `steward.dev/accept-reason`). */
  readonly accepted?: readonly AcceptedFinding[];
}

export interface AcceptedFinding {
  readonly finding: Finding;
  readonly reason: string;
}
