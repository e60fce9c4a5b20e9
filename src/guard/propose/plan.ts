import { hashOf } from '../../core/canonical.ts';
import type { Decision } from '../../core/decision.ts';
import type { PlanRequest } from '../../core/gate.ts';
import type { Draft, Plan, Reversibility } from '../../core/plan.ts';
import type { Session } from '../../core/principal.ts';
import type { GuardedAction } from '../actions.ts';
import type { Case } from '../decide/case.ts';
import { planHash } from '../journal/plan-state.ts';
import { policyVersion } from '../policy.ts';

const MAX_PREVIEW = 8_000;
const MAX_REASON = 1_000;

export interface PlanFacts {
  readonly id: string;
  readonly action: GuardedAction;
  readonly input: unknown;
  readonly request: PlanRequest;
  readonly session: Session;
  readonly facts: Case;
  readonly decision: Decision;
  readonly identity: string;
  readonly now: Date;
  readonly ttlMs: number;
}

/** The plan as it is kept: plain data, with its hash over all of it. */
export function toPlan({
  id,
  action,
  input,
  request,
  session,
  facts,
  decision,
  identity,
  now,
  ttlMs,
}: PlanFacts): Plan {
  const { draft, comparison, consultation } = facts;
  const plan: Plan = {
    id,
    action: action.name,
    title: action.title,
    input,
    inputHash: hashOf(input),
    reason: cut(request.reason, MAX_REASON),
    principal: session.principal.id,
    session: session.id,
    taint: facts.taint,
    targets: facts.targets,
    touches: draft.touches,
    preconditions: draft.preconditions,
    identity,
    preview: cut(draft.preview, MAX_PREVIEW),
    warnings: draft.warnings ?? [],
    reversibility: facts.reversibility,
    undo: draft.undo,
    ...(draft.restorePoint && { restorePoint: draft.restorePoint }),
    introduced: comparison.introduced,
    resolved: comparison.resolved,
    lessons: consultation.matches,
    receipt: consultation.receipt,
    decision,
    policyVersion: policyVersion(facts.policy),
    createdAt: now.toISOString(),
    expiresAt: new Date(+now + ttlMs).toISOString(),
    hash: '',
  };
  return { ...plan, hash: planHash(plan) };
}

const WORST_LAST: readonly Reversibility[] = ['reversible', 'externally_reversible', 'irreversible'];

/** A draft may say that this input is worse than its action; it cannot say that it is better. */
export const worseOf = (action: Reversibility, draft: Draft['reversibility']): Reversibility =>
  WORST_LAST[Math.max(WORST_LAST.indexOf(action), WORST_LAST.indexOf(draft ?? action))] ?? 'irreversible';

const cut = (text: string, max: number): string =>
  text.length <= max ? text : `${text.slice(0, max - 40)}\n[cut: ${text.length} characters in all]`;
