import { denied } from '../core/errors.ts';
import type { Operator } from '../core/gate.ts';
import type { Approval, PlanStatus } from '../core/plan.ts';
import { coversNamespace, hasScope, type Principal, type Scope } from '../core/principal.ts';
import { targetKey, targetLabel } from '../core/target.ts';
import type { GateParts } from './deps.ts';
import { currentFreeze } from './freeze.ts';
import type { Event } from './journal/entry.ts';
import { type KnownPlan, readPlan } from './journal/plan-state.ts';
import { recover } from './recover.ts';
import { demandPlan, toStatus } from './show.ts';

/** How many plans `waiting` looks at. */
const MAX_WAITING = 200;

/** What people do from a terminal or a page. */
export function createOperator(deps: GateParts): Operator {
  return {
    approve: async (planId, approver, method) => approve(deps, planId, approver, method),
    refuse: async (planId, approver, reason) => refuse(deps, planId, approver, reason),
    waiting: async () => waiting(deps),
    async freeze(by, reason) {
      // Stopping is for everybody who may act at all; going on is for those who may approve.
      demandScope(by, ['operate', 'approve']);
      deps.journal.append({ event: 'frozen', principal: by.id, summary: reason });
    },
    async thaw(by) {
      demandScope(by, ['approve']);
      deps.journal.append({ event: 'thawed', principal: by.id, summary: 'Changes may run again.' });
    },
    frozen: async () => currentFreeze(deps.journal),
    recover: (signal) => recover(deps, signal),
  };
}

function approve(deps: GateParts, planId: string, approver: Principal, method: Approval['method']): PlanStatus {
  return deps.journal.transaction(() => {
    const known = demandWaiting(deps, planId, approver);
    const { plan, decision } = known;
    const needsOther = decision.kind === 'ask' && decision.approval === 'other_principal';
    if (needsOther && approver.id === plan.principal)
      throw denied(
        'self_approval',
        `Unable to approve plan ${planId}: ${approver.id} has made it.`,
        'Another principal with the scope "approve" has to do it, for instance the same person at a terminal.',
      );
    const approval: Approval = { approver: approver.id, method, at: deps.clock.now().toISOString() };
    note(deps, known, approver, 'approval_given', `Approved by ${approver.id} (${method}).`, approval);
    return toStatus(demandPlan(deps, planId));
  });
}

function refuse(deps: GateParts, planId: string, approver: Principal, reason: string): PlanStatus {
  return deps.journal.transaction(() => {
    const known = demandWaiting(deps, planId, approver);
    note(deps, known, approver, 'approval_refused', `Refused by ${approver.id}: ${reason}`, { reason });
    return toStatus(demandPlan(deps, planId));
  });
}

function waiting(deps: GateParts): readonly PlanStatus[] {
  const now = deps.clock.now();
  return deps.journal
    .plansWith(['plan_proposed', 'approval_needed'], MAX_WAITING)
    .map((id) => readPlan(deps.journal, id, now))
    .filter((known) => known !== undefined && known !== 'tampered')
    .filter(({ state, decision }) => state === 'proposed' && decision.kind === 'ask')
    .map(toStatus);
}

/** Errors: `denied_scope | unknown_plan | plan_tampered | plan_expired | plan_not_waiting`. */
function demandWaiting(deps: GateParts, planId: string, approver: Principal): KnownPlan {
  demandScope(approver, ['approve']);
  const known = demandPlan(deps, planId);
  const { plan, state, decision } = known;
  const all = [...plan.targets, ...plan.touches.map(({ target }) => target)];
  const outside = all.find(({ namespace }) => !coversNamespace(approver, namespace));
  if (outside !== undefined)
    throw denied(
      'denied_scope',
      `Unable to approve plan ${planId}: ${approver.id} has no say over ${targetLabel(outside)}.`,
      ASK_OTHER,
    );
  if (state === 'expired')
    throw denied(
      'plan_expired',
      `Unable to approve plan ${planId}: it was good until ${plan.expiresAt}.`,
      'Let it be planned again.',
    );
  const isWaiting = decision.kind === 'ask' && (state === 'proposed' || state === 'approved');
  if (!isWaiting)
    throw denied(
      'plan_not_waiting',
      `Unable to approve plan ${planId}: it is ${state} and waits for nobody.`,
      'Show the plan to see why.',
    );
  return known;
}

const ASK_OTHER = 'Somebody with the right has to do it.';

function demandScope(principal: Principal, scopes: readonly Scope[]): void {
  if (scopes.some((scope) => hasScope(principal, scope))) return;
  const wanted = scopes.map((scope) => `"${scope}"`).join(' or ');
  throw denied('denied_scope', `Unable to do this as ${principal.id}: it needs the scope ${wanted}.`, ASK_OTHER);
}

function note(deps: GateParts, { plan }: KnownPlan, by: Principal, event: Event, summary: string, data: object): void {
  deps.journal.append({
    event,
    plan: plan.id,
    principal: by.id,
    action: plan.action,
    targets: plan.targets.map(targetKey),
    summary,
    data: { ...data, planHash: plan.hash },
  });
}
