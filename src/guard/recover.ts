import type { Outcome } from '../core/plan.ts';
import type { Session } from '../core/principal.ts';
import { targetKey } from '../core/target.ts';
import { observe, toOutcome } from './apply/observe.ts';
import type { GateParts } from './deps.ts';
import { type KnownPlan, readPlan } from './journal/plan-state.ts';

/** Whose name stands in the journal when nobody asked. */
const RECOVERY = 'svc/recovery';

/** Whether nobody carries out this plan any more. A live holder is never taken for a dead one by time alone on this machine. */
export function isOrphan(deps: GateParts, { plan, owner }: KnownPlan): boolean {
  if (owner === undefined) return true;
  switch (deps.instance.liveness(owner)) {
    case 'alive':
      return !deps.running.has(plan.id);
    case 'dead':
      return true;
    case 'unknown': {
      const beats = deps.journal.leases.of(plan.id).map(({ beatMs }) => beatMs);
      return +deps.clock.now() - Math.max(...beats, 0) > deps.ms.staleMs;
    }
  }
}

/** Closes everything that a crash left open, by looking and never by running. In doubt stays in doubt until it can be seen. */
export async function recover(deps: GateParts, signal: AbortSignal): Promise<readonly Outcome[]> {
  deps.journal.demandWritable();
  const outcomes: Outcome[] = [];
  for (const planId of deps.journal.openPlans()) {
    const known = readPlan(deps.journal, planId, deps.clock.now());
    if (known === undefined || known === 'tampered' || !isOrphan(deps, known)) continue;
    signal.throwIfAborted();
    outcomes.push(await closeOrphan(deps, known, signal));
  }
  return outcomes;
}

/** Looks at the targets of one plan and records what is seen. */
export async function closeOrphan(deps: GateParts, known: KnownPlan, signal: AbortSignal): Promise<Outcome> {
  const { plan } = known;
  const action = deps.actions.find(({ name }) => name === plan.action);
  const session: Session = {
    id: RECOVERY,
    principal: { id: RECOVERY, scopes: ['read'], namespaces: ['*'] },
    taint: new Set(),
  };
  const seen = { action, plan, session, result: undefined, tries: 1, progress: () => undefined };
  const verdict = await observe(deps, seen, signal);
  const error = {
    code: 'interrupted',
    message: 'The process that carried it out ended before its outcome was recorded.',
  };
  const outcome = toOutcome(plan, { kind: 'threw', error }, verdict, deps.clock.now());
  return keepRecovered(deps, known, outcome);
}

function keepRecovered(deps: GateParts, { plan, state }: KnownPlan, outcome: Outcome): Outcome {
  return deps.journal.transaction(() => {
    const fresh = readPlan(deps.journal, plan.id, deps.clock.now());
    const isSame = fresh !== undefined && fresh !== 'tampered' && fresh.state === state;
    // Somebody else was faster, or there is nothing new to say.
    if (!isSame) return (fresh === 'tampered' ? undefined : fresh?.outcome) ?? outcome;
    if (fresh.outcome !== undefined && outcome.state === state) return fresh.outcome;
    deps.journal.append({
      event: 'recovered',
      plan: plan.id,
      principal: RECOVERY,
      action: plan.action,
      targets: plan.targets.map(targetKey),
      summary: outcome.summary,
      data: { outcome },
    });
    // Its writer is gone, or fenced by the lost lease: single objects are free. A disruption lasts until its end is seen.
    if (outcome.state === 'in_doubt') deps.journal.leases.releaseTargets(plan.id);
    else deps.journal.leases.release(plan.id);
    return outcome;
  });
}
