import { type Decision, isStricter, stricter } from '../../../core/decision.ts';
import { isStewardError } from '../../../core/errors.ts';
import type { Answer } from '../../../core/gate.ts';
import type { Approval } from '../../../core/plan.ts';
import { targetKey } from '../../../core/target.ts';
import { renderApproval } from '../../approval-text.ts';
import { askHere } from '../../decide/case.ts';
import type { Event } from '../../journal/entry.ts';
import type { KnownPlan } from '../../journal/plan-state.ts';
import { within } from '../../wait.ts';
import type { ApplyCase, ApplyStep, Refusal } from '../case.ts';

/** The dearest step, and the last: a person, where the decision wants one. Throws `question_pending` where the answer comes with a later call. */
export const approved: ApplyStep = {
  name: 'approved',
  async check(facts) {
    const decision = decisionNow(facts);
    if (isApproved(facts.known, decision)) return undefined;
    if (isStricter(decision, facts.known.decision)) note(facts, 'approval_needed', decision.reason, { decision });
    if (decision.kind !== 'ask' || decision.approval === 'other_principal')
      return refusal(facts, 'approval_required', `${decision.reason} Somebody else has to approve it.`);
    if (facts.known.declined)
      return refusal(facts, 'approval_refused', 'The person at this client has already said no.');
    return readAnswer(facts, await ask(facts, decision));
  },
};

/** What the plan needs now: a session that has read outside text since is not clean any more. */
export const decisionNow = ({ known, ctx }: Pick<ApplyCase, 'known' | 'ctx'>): Decision =>
  ctx.session.taint.size === 0
    ? known.decision
    : stricter(known.decision, askHere('tainted', 'This session has read text from outside.'));

/** Whether the approvals at hand are enough: a question in the agent's own client never counts for another principal. */
export function isApproved({ plan, approvals }: KnownPlan, decision: Decision): boolean {
  if (decision.kind !== 'ask') return decision.kind === 'allow';
  if (decision.approval === 'same_client') return approvals.length > 0;
  return approvals.some(({ approver, method }) => approver !== plan.principal && method !== 'elicitation');
}

async function ask({ deps, ctx, known }: ApplyCase, decision: Decision): Promise<Answer | 'timeout'> {
  try {
    const question = renderApproval(known.plan, decision);
    return await within(deps.ms.askMs, 'the question', ctx.signal, (signal) => ctx.ask(question, signal));
  } catch (error) {
    if (isStewardError(error) && error.code === 'timeout') return 'timeout';
    throw error;
  }
}

function readAnswer(facts: ApplyCase, answer: Answer | 'timeout'): Refusal | undefined {
  const { deps, ctx } = facts;
  switch (answer) {
    case 'accepted': {
      const at = deps.clock.now().toISOString();
      const approval: Approval = { approver: ctx.session.principal.id, method: 'elicitation', at };
      note(facts, 'approval_given', 'Approved in the client.', approval);
      return undefined;
    }
    case 'refused':
      note(facts, 'approval_declined', 'Refused in the client.');
      return refusal(facts, 'approval_refused', 'The person at this client said no.');
    case 'cancelled':
      note(facts, 'approval_declined', 'The question was closed in the client.');
      return refusal(facts, 'approval_cancelled', 'The person at this client closed the question.');
    case 'timeout':
      return refusal(facts, 'approval_timeout', 'Nobody answered the question in time.');
    case 'cannot_ask':
      return refusal(facts, 'approval_required', 'It needs a yes, and this client cannot ask a person.');
  }
}

const refusal = ({ known }: ApplyCase, code: string, reason: string): Refusal => ({
  code,
  reason,
  next: `A person may run \`steward approve ${known.plan.id}\` in a terminal until ${known.plan.expiresAt}; then call apply_plan again.`,
});

function note({ deps, ctx, known: { plan } }: ApplyCase, event: Event, summary: string, data?: object): void {
  deps.journal.append({
    event,
    plan: plan.id,
    principal: ctx.session.principal.id,
    action: plan.action,
    targets: plan.targets.map(targetKey),
    summary,
    data: { ...data, planHash: plan.hash },
  });
}
