import type { Proposal } from '../../core/consult.ts';
import type { Outcome, Plan, PlanState } from '../../core/plan.ts';
import type { Severity } from '../../core/severity.ts';

/** A planned change and how it ended, as the record has it. */
export interface Change {
  readonly plan: Plan;
  /** What the lessons were asked when it was planned. */
  readonly proposal: Proposal;
  readonly state: PlanState;
  readonly outcome?: Outcome;
  /** Lesson ids that the caller named when it ran. */
  readonly acknowledged: readonly string[];
  readonly approvedBy: readonly string[];
}

/** The record of changes as the learner reads it; implemented over the journal. */
export interface ChangeLog {
  /** Oldest first, by the time they were planned; plans that cannot be believed are left out. */
  since(from: Date, limit: number): Promise<readonly Change[]>;
}

/** An alert that fired. Its texts come from outside. */
export interface AlertSeen {
  readonly name: string;
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly at: string;
  readonly severity?: Severity;
  readonly labels: Readonly<Record<string, string>>;
}

/** The target that a change is mostly about. */
export const mainTarget = ({ plan }: Pick<Change, 'plan'>) => plan.targets[0];

/** `rollback` of `cluster_rollback`. */
export const verbOf = (action: string): string => action.slice(action.indexOf('_') + 1);
