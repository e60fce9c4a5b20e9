import * as z from 'zod';
import { hashOf } from '../../core/canonical.ts';
import type { Proposal } from '../../core/consult.ts';
import { type Decision, stricter } from '../../core/decision.ts';
import type { Approval, Draft, Outcome, Plan, PlanState } from '../../core/plan.ts';
import type { EntryBody, Event } from './entry.ts';
import type { SqliteJournal, StoredPlan } from './sqlite-journal.ts';

/** A plan and everything the journal says about it. */
export interface KnownPlan {
  readonly plan: Plan;
  readonly beside: KeptBeside;
  readonly state: PlanState;
  readonly approvals: readonly Approval[];
  readonly outcome?: Outcome;
  /** Why it was called off after its intent; nothing ran. */
  readonly calledOff?: CalledOff;
  /** The person behind the client has said no. */
  readonly declined: boolean;
  /** The plan's decision, raised by what `apply` found since. */
  readonly decision: Decision;
  /** The process that wrote the intent. */
  readonly owner?: string;
}

/** What is stored with a plan and covered by the same hash, since `apply` needs it and nobody else does. */
export interface KeptBeside {
  /** What the lessons were asked; asked again when they have changed since. */
  readonly proposal: Proposal;
  /** Failure domains that it disrupts. */
  readonly domains: readonly string[];
  /** Judged again on the world as it is when the plan is carried out. */
  readonly draft: Draft;
}

export const CalledOff = z.object({ code: z.string(), reason: z.string(), next: z.string() });
export type CalledOff = z.output<typeof CalledOff>;

/** How far two clocks may be apart before a plan "from the future" is not believed. */
const CLOCK_SKEW_MS = 30_000;

/**
 * Reads a plan back; undefined = no such plan. `now` decides whether it has expired.
 * `tampered` = the stored plan is not the one that was proposed, so that nothing in it may be believed.
 */
export function readPlan(journal: SqliteJournal, id: string, now: Date): KnownPlan | 'tampered' | undefined {
  return journal.snapshot(() => {
    const stored = journal.plan(id);
    if (stored === undefined) return undefined;
    const entries = journal.entriesOf(id);
    const found = intactPlan(stored, entries?.[0]);
    if (entries === undefined || found === undefined) return 'tampered';
    const folded = entries.reduce(applyEntry, { ...START, decision: found.plan.decision });
    return { ...found, ...folded, state: withExpiry(folded.state, found.plan, now) };
  });
}

/** Hash of all fields of a plan but the hash itself. */
export const planHash = (plan: Plan): string => hashOf({ ...plan, hash: undefined });

const Proposed = z.object({ event: z.enum(['plan_proposed', 'plan_denied']), data: z.object({ stored: z.string() }) });

/** What the entry of a proposal says about the stored row. */
export const storedHash = (plan: Plan, beside: KeptBeside): string => hashOf({ plan, beside });

function intactPlan(stored: StoredPlan, first: EntryBody | undefined): Pick<KnownPlan, 'plan' | 'beside'> | undefined {
  const proposed = Proposed.safeParse(first).data;
  try {
    const plan = JSON.parse(stored.body) as Plan; // holds below: it hashes to what this code wrote
    const beside = JSON.parse(stored.beside) as KeptBeside; // the same
    const isSame = proposed?.data.stored === storedHash(plan, beside) && plan.hash === planHash(plan);
    return isSame && plan.id === stored.id ? { plan, beside } : undefined;
  } catch {
    return undefined;
  }
}

type Folded = Pick<KnownPlan, 'state' | 'approvals' | 'outcome' | 'calledOff' | 'declined' | 'decision' | 'owner'>;
const START: Omit<Folded, 'decision'> = { state: 'proposed', approvals: [], declined: false };

type Fold = (known: Folded, body: EntryBody) => Folded;

const close: Fold = (known, body) => {
  const { outcome } = body.data as { outcome: Outcome };
  return { ...known, state: outcome.state, outcome };
};

/** What an event makes of a plan. The data is what this code wrote: every entry was found whole and linked before. */
const FOLDS: Partial<Record<Event, Fold>> = {
  plan_denied: (known) => ({ ...known, state: 'denied' }),
  approval_needed: (known, body) => ({
    ...known,
    decision: stricter(known.decision, (body.data as { decision: Decision }).decision),
  }),
  approval_given: (known, body) => ({
    ...known,
    state: 'approved',
    approvals: [...known.approvals, toApproval(body.data as Approval)],
  }),
  approval_declined: (known) => ({ ...known, declined: true }),
  approval_refused: (known) => ({ ...known, state: 'refused' }),
  intent: (known, body) => ({ ...known, state: 'applying', owner: (body.data as { owner: string }).owner }),
  not_executed: (known, body) => ({ ...known, state: 'expired', calledOff: CalledOff.parse(body.data) }),
  outcome: close,
  recovered: close,
};

const applyEntry = (known: Folded, body: EntryBody): Folded => FOLDS[body.event]?.(known, body) ?? known;

const toApproval = ({ approver, method, at }: Approval): Approval => ({ approver, method, at });

function withExpiry(state: PlanState, plan: Plan, now: Date): PlanState {
  if (state !== 'proposed' && state !== 'approved') return state;
  const isLate = +now >= Date.parse(plan.expiresAt);
  const isFromTheFuture = Date.parse(plan.createdAt) > +now + CLOCK_SKEW_MS;
  return isLate || isFromTheFuture ? 'expired' : state;
}
