import type { Refusal, Touch } from './change.ts';
import type { LessonMatch, Receipt } from './consult.ts';
import type { Decision } from './decision.ts';
import type { Effect } from './effect.ts';
import type { Finding } from './finding.ts';
import type { Target } from './target.ts';

/** OWASP AISVS 9.2.3 without read-only. */
export type Reversibility = 'reversible' | 'externally_reversible' | 'irreversible';

/** What must still be so when the plan is applied. `absent` = the object must not exist yet. */
export type Precondition =
  | { readonly target: Target; readonly uid: string; readonly version: string }
  | { readonly target: Target; readonly absent: true };

/** A way back that is there before the change: an archive, a snapshot. */
export interface RestorePoint {
  /** The thing itself, e.g. `pbs:backup/vm/101/2026-11-20T02:00:00Z`. */
  readonly what: string;
  /** What it lies on, so that a person sees whether the change could take it along. */
  readonly where: string;
  readonly at: string;
  /** It was checked, and what the change breaks cannot reach it. */
  readonly verified: boolean;
}

/** What an action worked out about itself; nothing was changed to learn it. */
export interface Draft {
  /** What would change, as a person reads it: a diff, a list of pods. At most 8,000 characters. */
  readonly preview: string;
  readonly effects: readonly Effect[];
  readonly preconditions: readonly Precondition[];
  /** Every single write that `run` may make. */
  readonly touches: readonly Touch[];
  /** How to get back, as one sentence; null when there is no way back. */
  readonly undo: string | null;
  readonly refusals?: readonly Refusal[];
  readonly warnings?: readonly string[];
  /** What remains if it goes wrong; asked of what cannot be undone. */
  readonly restorePoint?: RestorePoint;
  /** Set when this input is worse than the action's own reversibility (deleting a PVC). */
  readonly reversibility?: Reversibility;
}

export type PlanState =
  | 'proposed'
  | 'denied'
  | 'approved'
  | 'refused'
  | 'applying'
  | 'done'
  | 'failed'
  | 'in_doubt'
  | 'expired';

/** A plan as it is kept: plain data, every field covered by `hash`. */
export interface Plan {
  readonly id: string;
  readonly action: string;
  readonly title: string;
  /** Canonical input; exactly this runs. */
  readonly input: unknown;
  readonly inputHash: string;
  readonly reason: string;
  readonly principal: string;
  readonly session: string;
  readonly taint: readonly string[];
  readonly targets: readonly Target[];
  readonly touches: readonly Touch[];
  readonly preconditions: readonly Precondition[];
  /** Identity of each system touched (hash of CA and server address), so that a swapped kubeconfig is noticed. */
  readonly identity: string;
  readonly preview: string;
  readonly warnings: readonly string[];
  readonly reversibility: Reversibility;
  readonly undo: string | null;
  readonly restorePoint?: RestorePoint;
  readonly introduced: readonly Finding[];
  readonly resolved: readonly Finding[];
  readonly lessons: readonly LessonMatch[];
  readonly receipt: Receipt;
  readonly decision: Decision;
  readonly policyVersion: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  /** sha256 over the canonical form of all fields above. */
  readonly hash: string;
}

export interface Approval {
  readonly approver: string;
  readonly method: 'elicitation' | 'cli' | 'dashboard' | 'chat';
  readonly at: string;
}

export interface PlanStatus {
  readonly plan: Plan;
  readonly state: PlanState;
  readonly approvals: readonly Approval[];
  /** Set once it ran. */
  readonly outcome?: Outcome;
}

/** How an apply ended. `unverified` = it ran, and whether it worked could not be seen: never success. */
export interface Outcome {
  readonly planId: string;
  readonly state: 'done' | 'failed' | 'in_doubt';
  readonly verified: 'yes' | 'no' | 'unknown';
  /** One sentence for the agent. */
  readonly summary: string;
  readonly evidence: readonly string[];
  readonly undo: string | null;
  readonly at: string;
  /** The error that stopped it, when one did. */
  readonly error?: { readonly code: string; readonly message: string };
}
