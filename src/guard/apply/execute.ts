import type { GateContext } from '../../core/gate.ts';
import type { Outcome, Plan } from '../../core/plan.ts';
import { targetKey } from '../../core/target.ts';
import type { GuardedAction } from '../actions.ts';
import { type GateParts, runMsOf } from '../deps.ts';
import type { Lease } from '../journal/leases.ts';
import { observe, toOutcome } from './observe.ts';
import { type Run, runAction } from './run.ts';

/** Mints the permit, runs, reads back and records. Throws `journal_not_writable` when the outcome could not be kept: then it stays open. */
export async function execute(
  deps: GateParts,
  { action, plan, leases }: { action: GuardedAction; plan: Plan; leases: readonly Lease[] },
  ctx: GateContext,
): Promise<Outcome> {
  const notAfter = new Date(+deps.clock.now() + runMsOf(deps, action.name));
  const permit = deps.permits.mint({ planId: plan.id, touches: plan.touches, notAfter, leases });
  deps.trace?.('apply:minted');
  ctx.progress(`${plan.title}: carrying it out`);
  const run = await runAction(deps, { action, plan, permit }, ctx);
  deps.trace?.('apply:ran');
  ctx.progress(`${plan.title}: reading back`);
  const result = run.kind === 'returned' ? run.result : undefined;
  const tries = run.kind === 'returned' ? deps.ms.verifyTries : Math.min(2, deps.ms.verifyTries);
  // The caller may be gone; what happened is seen and recorded all the same.
  const progress = (message: string): void => ctx.progress(message);
  const observation = { action, plan, session: ctx.session, result, tries, progress };
  const verdict = await observe(deps, observation, new AbortController().signal);
  deps.trace?.('apply:verified');
  const outcome = toOutcome(plan, run, verdict, deps.clock.now());
  record(deps, plan, ctx, outcome, run);
  deps.trace?.('apply:recorded');
  return outcome;
}

/** OUTCOME and the end of the leases in one transaction. A disruption whose end was not seen keeps its domain. */
function record(deps: GateParts, plan: Plan, ctx: GateContext, outcome: Outcome, run: Run): void {
  deps.journal.transaction(() => {
    deps.journal.append({
      event: 'outcome',
      plan: plan.id,
      principal: ctx.session.principal.id,
      action: plan.action,
      targets: plan.targets.map(targetKey),
      summary: outcome.summary,
      data: { outcome },
    });
    if (outcome.state !== 'in_doubt') deps.journal.leases.release(plan.id);
    else if (run.kind !== 'hung') deps.journal.leases.releaseTargets(plan.id);
  });
}
