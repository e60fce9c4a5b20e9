import type { ApplyResult, GateContext } from '../../core/gate.ts';
import type { GateParts } from '../deps.ts';
import { type KnownPlan, readPlan } from '../journal/plan-state.ts';
import { closeOrphan, isOrphan } from '../recover.ts';
import { pause } from '../wait.ts';
import { TAMPERED } from './claim.ts';

const LOOK_EVERY_MS = 50;

/** What an earlier call has come to; undefined = no call has begun to run it. */
export async function keptResult(
  deps: GateParts,
  known: KnownPlan,
  ctx: GateContext,
): Promise<ApplyResult | undefined> {
  if (known.outcome !== undefined) return { kind: 'ran', outcome: known.outcome, repeated: true };
  if (known.calledOff !== undefined) return { kind: 'not_executed', ...known.calledOff };
  if (known.state !== 'applying') return undefined;
  if (isOrphan(deps, known)) {
    const outcome = await closeOrphan(deps, known, ctx.signal);
    return { kind: 'ran', outcome, repeated: true };
  }
  return follow(deps, known.plan.id, ctx);
}

/** Waits for the call that is at it, here or in another process. */
async function follow(deps: GateParts, planId: string, ctx: GateContext): Promise<ApplyResult> {
  ctx.progress('Another call carries out this plan; waiting for its outcome.');
  for (let waitedMs = 0; waitedMs < deps.ms.followMs && !ctx.signal.aborted; waitedMs += LOOK_EVERY_MS) {
    await pause(LOOK_EVERY_MS, ctx.signal);
    const known = readPlan(deps.journal, planId, deps.clock.now());
    if (known === undefined || known === 'tampered') return { kind: 'not_executed', ...TAMPERED };
    if (known.outcome !== undefined) return { kind: 'ran', outcome: known.outcome, repeated: true };
    if (known.calledOff !== undefined) return { kind: 'not_executed', ...known.calledOff };
  }
  return {
    kind: 'not_executed',
    code: 'in_progress',
    reason: 'Another call carries out this plan and has not ended yet; this call ran nothing.',
    next: 'Call apply_plan again with the same id to get the outcome; it never runs twice.',
  };
}
