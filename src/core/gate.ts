import type { Approval, Outcome, Plan, PlanStatus } from './plan.ts';
import type { Principal, Session } from './principal.ts';

/** How the asking client put the question to its person. */
export type Answer = 'accepted' | 'refused' | 'cancelled' | 'cannot_ask';

/**
 * Asks the person behind the client; `cannot_ask` when the client has no way to. A second call is never made after an answer.
 * Throws `question_pending` when the client answers by calling again (MCP multi-round-trip): then nothing may run, and the
 * plan stays exactly as it was, so that the repeated call asks the same question and gets the answer.
 */
export type Ask = (question: string, signal: AbortSignal) => Promise<Answer>;

/** Code of the error by which an `Ask` says that the answer comes with a later call. */
export const QUESTION_PENDING = 'question_pending';

export interface PlanRequest {
  readonly action: string;
  readonly input: unknown;
  readonly reason: string;
}

export interface ApplyRequest {
  readonly planId: string;
  /** Lesson ids the caller says it has taken in. */
  readonly acknowledge: readonly string[];
}

export interface GateContext {
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly ask: Ask;
  progress(message: string): void;
}

/** What `apply` answers: it ran, or it did not and why. Nothing ran unless `kind` is `ran`. */
export type ApplyResult =
  | {
      readonly kind: 'ran';
      readonly outcome: Outcome /** True when this is the kept result of an earlier call. */;
      readonly repeated: boolean;
    }
  | { readonly kind: 'not_executed'; readonly code: string; readonly reason: string; readonly next: string };

/**
 * The one way to change anything, implemented in `guard/`.
 * `propose` changes nothing outside. `apply` runs exactly the plan, at most once.
 */
export interface Gate {
  propose(request: PlanRequest, ctx: GateContext): Promise<Plan>;
  apply(request: ApplyRequest, ctx: GateContext): Promise<ApplyResult>;
  /** A plan of this principal (of anybody for `approve` and `admin`); a foreign id is an unknown id. */
  show(planId: string, session: Session): Promise<PlanStatus>;
}

export interface JournalQuery {
  readonly limit: number;
  /** Newest first; entries before this sequence number. */
  readonly before?: number;
  readonly plan?: string;
  readonly target?: string;
}

export interface JournalEntry {
  readonly seq: number;
  readonly at: string;
  /** `plan_proposed | plan_denied | approval_given | approval_refused | intent | outcome | frozen | thawed | recovered ...` */
  readonly event: string;
  readonly plan?: string;
  readonly principal: string;
  readonly action?: string;
  readonly targets: readonly string[];
  readonly summary: string;
  readonly hash: string;
}

export interface JournalReader {
  list(query: JournalQuery): Promise<readonly JournalEntry[]>;
  /** Walks the whole chain; `broken` names the first entry that does not fit. */
  verify(): Promise<{
    readonly ok: boolean;
    readonly entries: number;
    readonly broken?: { readonly seq: number; readonly reason: string };
  }>;
}

/** What a person (never an agent) may do to the gate, from a terminal or a page; implemented in `guard/`. */
export interface Operator {
  /** Needs `approve`. The approver must differ from the plan's principal where the decision says so. Errors: `unknown_plan | plan_expired | plan_not_waiting | self_approval | denied_scope`. */
  approve(planId: string, approver: Principal, method: Approval['method']): Promise<PlanStatus>;
  refuse(planId: string, approver: Principal, reason: string): Promise<PlanStatus>;
  /** Plans that wait for a person, newest first. */
  waiting(): Promise<readonly PlanStatus[]>;
  /** Stops every change on all entrances at once, in every process that shares the journal; survives a restart. */
  freeze(by: Principal, reason: string): Promise<void>;
  thaw(by: Principal): Promise<void>;
  frozen(): Promise<{ readonly by: string; readonly reason: string; readonly at: string } | undefined>;
  /** Closes what a crash left open by observing the target; never runs anything again. */
  recover(signal: AbortSignal): Promise<readonly Outcome[]>;
}
