import { isStricter } from '../../core/decision.ts';
import type { Case } from '../decide/case.ts';
import { DECIDE_STEPS, decide } from '../decide/decide.ts';
import { effectOf } from '../decide/steps/findings.ts';
import { judgeDraft } from '../propose/judge.ts';
import { within } from '../wait.ts';
import { type ApplyCase, PLAN_AGAIN, type Refusal } from './case.ts';
import { decisionNow } from './steps/approved.ts';
import { toRefusal } from './steps.ts';

/**
 * The same judgement on the world as it is now, while the leases are held: two plans that are harmless alone
 * (two drains, planned side by side) must not be so together. What is worse than what was approved sends the plan back.
 */
export async function rejudge(facts: ApplyCase, signal: AbortSignal): Promise<Refusal | undefined> {
  const { deps, known } = facts;
  try {
    return await within(deps.ms.proposeMs, 'the judgement of the plan', signal, async (both) => {
      const now = await caseNow(facts, both);
      const decision = await decide(DECIDE_STEPS, now);
      if (isStricter(decision, decisionNow(facts))) return stale(decision.reason);
      const kept = new Set(known.plan.introduced.map(({ fingerprint }) => fingerprint));
      const fresh = now.comparison.introduced.find(
        (finding) => !kept.has(finding.fingerprint) && effectOf(finding, now.checks) !== 'note',
      );
      return fresh && stale(`${fresh.check}: ${fresh.message}`);
    });
  } catch (error) {
    return toRefusal(error, 'rejudge');
  }
}

const stale = (reason: string): Refusal => ({
  code: 'stale_plan',
  reason: `It was judged anew, and more stands against it now: ${reason}`,
  next: PLAN_AGAIN,
});

async function caseNow({ deps, ctx, known: { plan, beside } }: ApplyCase, signal: AbortSignal): Promise<Case> {
  const { targets, action } = plan;
  const before = await deps.world.world({ maxAgeMs: 0, signal });
  const judgement = judgeDraft(deps.judge, before, { action, targets, draft: beside.draft, now: deps.clock.now() });
  return {
    principal: ctx.session.principal,
    taint: [...new Set([...plan.taint, ...ctx.session.taint])],
    policy: deps.policy,
    targets,
    draft: beside.draft,
    reversibility: plan.reversibility,
    before,
    ...judgement,
    checks: deps.judge.checks,
    consultation: { receipt: plan.receipt, matches: plan.lessons },
  };
}
