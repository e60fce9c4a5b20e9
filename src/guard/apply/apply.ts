import type { ApplyRequest, ApplyResult, GateContext } from '../../core/gate.ts';
import type { Plan } from '../../core/plan.ts';
import { targetKey } from '../../core/target.ts';
import type { GuardedAction } from '../actions.ts';
import type { GateParts } from '../deps.ts';
import type { Lease } from '../journal/leases.ts';
import { readPlan } from '../journal/plan-state.ts';
import { closeOrphan, isOrphan } from '../recover.ts';
import { unknownPlan } from '../show.ts';
import { cancelled } from '../wait.ts';
import type { ApplyCase, Refusal } from './case.ts';
import { busy, type Claim, claimPlan, TAMPERED } from './claim.ts';
import { execute } from './execute.ts';
import { keptResult } from './kept.ts';
import { recheck } from './recheck.ts';
import { rejudge } from './rejudge.ts';
import { APPLY_STEPS, firstRefusal, toRefusal } from './steps.ts';

/**
 * Carries out exactly the plan, at most once. Nothing ran unless the answer is `ran`.
 * Throws `not_found` `unknown_plan` (also for somebody else's), `question_pending` where the person answers with a later
 * call, and `journal_not_writable` only when it ran and its outcome could not be kept.
 */
export async function apply(deps: GateParts, request: ApplyRequest, outer: GateContext): Promise<ApplyResult> {
  const ctx = withQuietProgress(outer);
  const known = readPlan(deps.journal, request.planId, deps.clock.now());
  if (known === 'tampered') return notExecuted(deps, request, ctx, TAMPERED);
  if (known === undefined || known.plan.principal !== ctx.session.principal.id) throw unknownPlan(request.planId);
  const kept = await keptResult(deps, known, ctx);
  if (kept !== undefined) return kept;
  const facts: ApplyCase = { deps, request, ctx, known };
  const refusal = await firstRefusal(APPLY_STEPS, facts);
  if (refusal !== undefined) return notExecuted(deps, request, ctx, refusal);
  deps.trace?.('apply:approved');
  return claimAndRun(facts);
}

async function claimAndRun(facts: ApplyCase): Promise<ApplyResult> {
  const { deps, request, ctx, known } = facts;
  const { plan } = known;
  const action = deps.actions.find(({ name }) => name === plan.action);
  const claim = action === undefined ? refused(GONE) : await claimOr(facts);
  if (claim.kind === 'refused') return notExecuted(deps, request, ctx, claim.refusal);
  if (claim.kind === 'taken' || action === undefined) return readAgain(facts);
  const beat = setInterval(() => deps.journal.beat(plan.id, deps.instance.id), deps.ms.beatMs);
  try {
    deps.trace?.('apply:claimed');
    return await runClaimed(facts, action, claim.leases);
  } finally {
    clearInterval(beat);
    deps.running.delete(plan.id);
  }
}

async function runClaimed(facts: ApplyCase, action: GuardedAction, leases: readonly Lease[]): Promise<ApplyResult> {
  const { deps, request, ctx } = facts;
  const { plan } = facts.known;
  const refusal =
    (await recheck(deps, plan, ctx.signal)) ?? (await rejudge(facts, ctx.signal)) ?? cancelledBefore(ctx.signal);
  if (refusal !== undefined) return callOff(deps, plan, ctx, refusal);
  deps.trace?.('apply:rechecked');
  const outcome = await execute(deps, { action, plan, leases }, ctx);
  const taken = request.acknowledge.filter((id) => plan.receipt.matched.includes(id));
  // A lost counter must not hide the outcome of a change.
  await deps.lessons.count(taken, 'acknowledged').catch(() => undefined);
  return { kind: 'ran', outcome, repeated: false };
}

/** After the intent and before the first write: the record says that nothing ran, and the plan is used up. */
function callOff(deps: GateParts, plan: Plan, ctx: GateContext, refusal: Refusal): ApplyResult {
  deps.journal.transaction(() => {
    deps.journal.append({
      event: 'not_executed',
      plan: plan.id,
      principal: ctx.session.principal.id,
      action: plan.action,
      targets: plan.targets.map(targetKey),
      summary: `Nothing ran: ${refusal.reason}`,
      data: refusal,
    });
    deps.journal.leases.release(plan.id);
  });
  return { kind: 'not_executed', ...refusal };
}

/** Before the intent: nothing was claimed. The refusal is recorded; when even that fails, that is the answer. */
function notExecuted(deps: GateParts, { planId }: ApplyRequest, ctx: GateContext, refusal: Refusal): ApplyResult {
  try {
    deps.journal.append({
      event: 'apply_refused',
      plan: planId,
      principal: ctx.session.principal.id,
      summary: `Nothing ran: ${refusal.reason}`,
      data: { code: refusal.code },
    });
    return { kind: 'not_executed', ...refusal };
  } catch (error) {
    return { kind: 'not_executed', ...toRefusal(error, 'record') };
  }
}

/** A lease ends when its end was seen, so that a holder that is gone is looked at once before it stands in the way. */
async function claimOr(facts: ApplyCase): Promise<Exclude<Claim, { kind: 'busy' }>> {
  const { ctx } = facts;
  if (ctx.signal.aborted) return refused(toRefusal(cancelled('the change'), 'cancel'));
  try {
    let claim = claimAndMark(facts);
    if (claim.kind === 'busy' && (await closeHolder(facts, claim.held.plan))) claim = claimAndMark(facts);
    return claim.kind === 'busy' ? refused(busy(claim.held)) : claim;
  } catch (error) {
    return refused(toRefusal(error, 'claim'));
  }
}

/** In one go: a claimed plan that is not marked as running would look like one that its process has left. */
function claimAndMark(facts: ApplyCase): Claim {
  const claim = claimPlan(facts);
  if (claim.kind === 'claimed') facts.deps.running.add(facts.known.plan.id);
  return claim;
}

/** True when the plan that holds the lease had been left by its process, and was looked at. */
async function closeHolder({ deps, ctx }: ApplyCase, planId: string): Promise<boolean> {
  const holder = readPlan(deps.journal, planId, deps.clock.now());
  if (holder === undefined || holder === 'tampered' || !isOrphan(deps, holder)) return false;
  await closeOrphan(deps, holder, ctx.signal);
  return true;
}

const refused = (refusal: Refusal): { readonly kind: 'refused'; readonly refusal: Refusal } => ({
  kind: 'refused',
  refusal,
});

const GONE: Refusal = {
  code: 'unknown_action',
  reason: 'The action of this plan is not there any more.',
  next: 'Plan again.',
};

const cancelledBefore = (signal: AbortSignal): Refusal | undefined =>
  signal.aborted
    ? { ...toRefusal(cancelled('the change'), 'cancel'), next: 'Plan again; nothing was changed.' }
    : undefined;

/** The plan has moved on between the first look and the claim. */
async function readAgain({ deps, request, ctx, known }: ApplyCase): Promise<ApplyResult> {
  const fresh = readPlan(deps.journal, known.plan.id, deps.clock.now());
  if (fresh === undefined || fresh === 'tampered') return notExecuted(deps, request, ctx, TAMPERED);
  const kept = await keptResult(deps, fresh, ctx);
  const refusal = kept ?? (await firstRefusal(APPLY_STEPS, { deps, request, ctx, known: fresh }));
  if (refusal === undefined) return notExecuted(deps, request, ctx, TAMPERED);
  return 'kind' in refusal ? refusal : notExecuted(deps, request, ctx, refusal);
}

/** What is told to the person who waits can never break what is under way. */
function withQuietProgress(ctx: GateContext): GateContext {
  return {
    session: ctx.session,
    signal: ctx.signal,
    ask: ctx.ask,
    progress(message) {
      try {
        ctx.progress(message);
      } catch {
        // The client is gone; the change and its record go on.
      }
    },
  };
}
