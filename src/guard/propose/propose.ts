import { isStewardError, messageOf } from '../../core/errors.ts';
import type { GateContext, PlanRequest } from '../../core/gate.ts';
import type { Draft, Plan } from '../../core/plan.ts';
import { type Target, targetKey, targetLabel } from '../../core/target.ts';
import { type GuardedAction, pickClients } from '../actions.ts';
import type { Case } from '../decide/case.ts';
import { DECIDE_STEPS, decide } from '../decide/decide.ts';
import { effectOf } from '../decide/steps/findings.ts';
import type { GateParts } from '../deps.ts';
import { domainsOf } from '../domains.ts';
import { type KeptBeside, storedHash } from '../journal/plan-state.ts';
import { within } from '../wait.ts';
import { judgeDraft } from './judge.ts';
import { demandMayPlan } from './may-plan.ts';
import { toPlan, worseOf } from './plan.ts';
import { consultLessons, toProposal } from './proposal.ts';
import { parseRequest } from './request.ts';

/**
 * Works out what a change would do, judges it and keeps the plan. Changes nothing outside.
 * A change that may not be is a plan with the decision `deny`; an error means that there is no plan:
 * `invalid_input | unknown_action | denied_scope | frozen | lessons_unavailable | receipt_invalid | journal_not_writable`,
 * or what the outside system answered.
 */
export async function propose(deps: GateParts, request: PlanRequest, ctx: GateContext): Promise<Plan> {
  try {
    return await makePlan(deps, request, ctx);
  } catch (error) {
    noteRejection(deps, request, ctx, error);
    throw error;
  }
}

async function makePlan(deps: GateParts, request: PlanRequest, ctx: GateContext): Promise<Plan> {
  const { journal, clock, ms } = deps;
  journal.demandWritable();
  const { action, input } = parseRequest(deps.actions, request);
  const targets = action.targets(input);
  demandMayPlan(ctx.session.principal, targets, journal);
  deps.trace?.('propose:parsed');
  return within(ms.proposeMs, `the plan of ${action.name}`, ctx.signal, async (signal) => {
    const { facts, proposal } = await gatherCase(
      deps,
      { action, input, targets },
      { session: ctx.session, ask: ctx.ask, progress: (message) => ctx.progress(message), signal },
    );
    const decision = await decide(DECIDE_STEPS, facts);
    const identity = await deps.identity();
    deps.trace?.('propose:decided');
    signal.throwIfAborted();
    const id = deps.newId('plan');
    const { session } = ctx;
    const now = clock.now();
    const plan = toPlan({ id, action, input, request, session, facts, decision, identity, now, ttlMs: ms.planTtlMs });
    await keep(deps, plan, { proposal, domains: domainsOf(facts), draft: facts.draft }, facts);
    deps.trace?.('propose:stored');
    return plan;
  });
}

interface Wish {
  readonly action: GuardedAction;
  readonly input: Record<string, unknown>;
  readonly targets: readonly Target[];
}

/** Everything a decision needs: the draft, both worlds, what the checks and what the lessons say. */
async function gatherCase(deps: GateParts, { action, input, targets }: Wish, ctx: GateContext) {
  const { session, signal } = ctx;
  const draft = await draftOf(deps, { action, input, targets }, ctx);
  deps.trace?.('propose:drafted');
  const before = await deps.world.world({ maxAgeMs: 0, signal });
  deps.trace?.('propose:gathered');
  const now = deps.clock.now();
  const judgement = judgeDraft(deps.judge, before, { action: action.name, targets, draft, now });
  deps.trace?.('propose:judged');
  const seen = deps.journal.seenLessons(session.id);
  const proposal = toProposal(action.name, input, targets, draft, judgement.comparison, seen);
  const consultation = await consultLessons(deps.lessons, proposal);
  deps.trace?.('propose:consulted');
  const facts: Case = {
    principal: session.principal,
    taint: [...session.taint].sort(),
    policy: deps.policy,
    targets,
    draft,
    reversibility: worseOf(action.reversibility, draft.reversibility),
    before,
    ...judgement,
    checks: deps.judge.checks,
    consultation,
  };
  return { facts, proposal };
}

async function draftOf(deps: GateParts, { action, input }: Wish, ctx: GateContext): Promise<Draft> {
  return action.plan(input, {
    clients: pickClients(deps.readClients, action.needs),
    now: deps.clock.now(),
    signal: ctx.signal,
    session: ctx.session,
    progress: (message) => ctx.progress(message),
  });
}

/** Stores the plan. A denied plan has prevented something, once; the same mistake in another plan counts again. */
async function keep(deps: GateParts, plan: Plan, beside: KeptBeside, facts: Case): Promise<void> {
  const isDenied = plan.decision.kind === 'deny';
  if (isDenied) await deps.lessons.count(lessonsThatDeny(facts), 'prevented');
  deps.journal.transaction(() => {
    deps.journal.savePlan(plan, beside);
    deps.journal.append({
      event: isDenied ? 'plan_denied' : 'plan_proposed',
      plan: plan.id,
      principal: plan.principal,
      action: plan.action,
      targets: plan.targets.map(targetKey),
      summary: `${plan.title}: ${plan.targets.map(targetLabel).join(', ')}: ${plan.decision.kind} (${plan.decision.code})`,
      data: { stored: storedHash(plan, beside), decision: plan.decision },
    });
  });
}

/** Lessons behind the findings and guards that say no. */
function lessonsThatDeny({ comparison, checks, consultation }: Case): readonly string[] {
  const denying = comparison.introduced.filter((finding) => effectOf(finding, checks) === 'deny');
  const guards = consultation.matches.filter(({ guard }) => guard === 'deny');
  return [...new Set([...denying.flatMap(({ lessons }) => lessons), ...guards.map(({ id }) => id)])];
}

/** A refusal is part of the record too. */
function noteRejection({ journal }: GateParts, request: PlanRequest, { session }: GateContext, error: unknown): void {
  if (isStewardError(error) && error.code === 'journal_not_writable') return;
  journal.append({
    event: 'plan_rejected',
    principal: session.principal.id,
    action: request.action.slice(0, 80),
    summary: `No plan: ${messageOf(error)}`,
    data: { code: isStewardError(error) ? error.code : 'internal_error' },
  });
}
