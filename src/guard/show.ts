import { denied, notFound, type StewardError } from '../core/errors.ts';
import type { PlanStatus } from '../core/plan.ts';
import { hasScope, type Session } from '../core/principal.ts';
import type { GateParts } from './deps.ts';
import { type KnownPlan, readPlan } from './journal/plan-state.ts';

/** Also the answer for somebody else's plan: ids tell nothing to those whom they do not concern. */
export const unknownPlan = (id: string): StewardError =>
  notFound(
    'unknown_plan',
    `Unable to find plan "${id.slice(0, 60)}": there is no such plan.`,
    'Call plan_change to make one.',
  );

export const tamperedPlan = (id: string): StewardError =>
  denied('plan_tampered', `Unable to show plan ${id}: what is stored is not what was proposed.`, 'Verify the journal.');

export const toStatus = ({ plan, state, approvals, outcome }: KnownPlan): PlanStatus => ({
  plan,
  state,
  approvals,
  ...(outcome !== undefined && { outcome }),
});

/** Throws `unknown_plan | plan_tampered`. */
export function demandPlan({ journal, clock }: Pick<GateParts, 'journal' | 'clock'>, id: string): KnownPlan {
  const known = readPlan(journal, id, clock.now());
  if (known === undefined) throw unknownPlan(id);
  if (known === 'tampered') throw tamperedPlan(id);
  return known;
}

export function showPlan(deps: GateParts, id: string, { principal }: Session): PlanStatus {
  const known = demandPlan(deps, id);
  if (known.plan.principal !== principal.id && !hasScope(principal, 'approve')) throw unknownPlan(id);
  return toStatus(known);
}
