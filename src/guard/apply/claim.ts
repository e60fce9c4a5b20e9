import { sha256 } from '../../core/canonical.ts';
import { targetKey, targetLabel } from '../../core/target.ts';
import { runMsOf } from '../deps.ts';
import { leaseKeys } from '../domains.ts';
import { currentFreeze } from '../freeze.ts';
import type { Lease } from '../journal/leases.ts';
import { type KnownPlan, readPlan } from '../journal/plan-state.ts';
import { type ApplyCase, PLAN_AGAIN, type Refusal } from './case.ts';
import { decisionNow, isApproved } from './steps/approved.ts';

export type Claim =
  | { readonly kind: 'claimed'; readonly leases: readonly Lease[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Another call was faster, or has ended it since. */
  | { readonly kind: 'taken' }
  /** Something that it touches is held by another plan. */
  | { readonly kind: 'busy'; readonly held: Lease };

/**
 * The one step that makes a plan run at most once, in one transaction that is on the disk when this returns:
 * what may have changed while a person was asked is looked at again, then leases and INTENT are written.
 * Throws `journal_not_writable`: then nothing was claimed and nothing may run.
 */
export function claimPlan(facts: ApplyCase): Claim {
  const { deps, known } = facts;
  return deps.journal.transaction((): Claim => {
    const fresh = readPlan(deps.journal, known.plan.id, deps.clock.now());
    if (fresh === undefined || fresh === 'tampered') return { kind: 'refused', refusal: TAMPERED };
    if (fresh.state !== 'proposed' && fresh.state !== 'approved') return { kind: 'taken' };
    const refusal = moved({ ...facts, known: fresh }) ?? overBudget(facts);
    return refusal === undefined ? takeLeases(facts, fresh) : { kind: 'refused', refusal };
  });
}

export const busy = ({ key, plan }: Lease): Refusal => ({
  code: 'target_busy',
  reason: `${key} is held by plan ${plan}, which has not ended.`,
  next: 'Wait until it has ended, then call apply_plan again.',
});

export const TAMPERED: Refusal = {
  code: 'plan_tampered',
  reason: 'The stored plan is not the one that was proposed.',
  next: 'A person should verify the journal. Then plan again.',
};

function moved(facts: ApplyCase): Refusal | undefined {
  const freeze = currentFreeze(facts.deps.journal);
  if (freeze !== undefined)
    return {
      code: 'frozen',
      reason: `All changes are frozen since ${freeze.at} by ${freeze.by}.`,
      next: 'Wait for `steward thaw`.',
    };
  if (isApproved(facts.known, decisionNow(facts))) return undefined;
  return {
    code: 'approval_required',
    reason: 'The approval does not cover what the plan needs now.',
    next: PLAN_AGAIN,
  };
}

const HOUR_MS = 60 * 60_000;

function overBudget({ deps, known: { plan } }: ApplyCase): Refusal | undefined {
  const { changesPerHour, changesPerHourPerTarget } = deps.policy.budgets;
  const since = new Date(+deps.clock.now() - HOUR_MS);
  const next = 'Wait, or ask the operator whether so many changes are wanted.';
  if (deps.journal.countChanges(since) >= changesPerHour)
    return { code: 'budget_exceeded', reason: `There were ${changesPerHour} changes within the last hour.`, next };
  const busy = plan.targets.find(
    (target) => deps.journal.countChanges(since, targetKey(target)) >= changesPerHourPerTarget,
  );
  if (busy === undefined) return undefined;
  const reason = `${targetLabel(busy)} was changed ${changesPerHourPerTarget} times within the last hour.`;
  return { code: 'budget_exceeded', reason, next };
}

function takeLeases(facts: ApplyCase, fresh: KnownPlan): Claim {
  const { deps } = facts;
  const { plan, beside } = fresh;
  const holder = { plan: plan.id, owner: deps.instance.id, nowMs: +deps.clock.now() };
  const taken = deps.journal.leases.acquire(leaseKeys(plan, beside.domains), holder);
  if ('held' in taken) return { kind: 'busy', held: taken.held };
  deps.journal.append({
    event: 'intent',
    plan: plan.id,
    principal: facts.ctx.session.principal.id,
    action: plan.action,
    targets: plan.targets.map(targetKey),
    summary: `About to carry out: ${plan.title}`,
    data: { owner: deps.instance.id, grant: grantOf(facts, fresh, taken.leases) },
  });
  return { kind: 'claimed', leases: taken.leases };
}

/** By what right it runs, as the record keeps it. */
function grantOf({ deps, request, ctx }: ApplyCase, { plan, approvals }: KnownPlan, leases: readonly Lease[]): object {
  return {
    planHash: plan.hash,
    inputHash: plan.inputHash,
    previewHash: sha256(plan.preview),
    session: ctx.session.id,
    identity: plan.identity,
    preconditions: plan.preconditions,
    lessonsRevision: plan.receipt.revision,
    acknowledged: request.acknowledge,
    policyVersion: plan.policyVersion,
    decision: plan.decision,
    reversibility: plan.reversibility,
    taint: [...new Set([...plan.taint, ...ctx.session.taint])],
    approvals,
    leases: leases.map(({ key, token }) => ({ key, token })),
    notAfter: new Date(+deps.clock.now() + runMsOf(deps, plan.action)).toISOString(),
  };
}
