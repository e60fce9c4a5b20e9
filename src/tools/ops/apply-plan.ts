import * as z from 'zod';
import type { ApplyResult } from '../../core/gate.ts';
import type { Output, Section } from '../../core/output.ts';
import type { Outcome } from '../../core/plan.ts';
import { defineTool } from '../define.ts';
import { gateContext } from './support.ts';

export default defineTool({
  name: 'apply_plan',
  title: 'Apply a plan',
  description:
    'Carry out exactly one plan of plan_change, once, and check that it worked. The only tool that changes anything. Name in acknowledge every lesson that the plan says must be acknowledged. Calling it again with the same plan never runs it twice.',
  effect: 'apply',
  needs: ['gate'],
  taints: [],
  input: z.strictObject({
    plan: z.string().min(3).max(100),
    acknowledge: z.array(z.string().max(100)).max(50).default([]).describe('Lesson ids you have taken in'),
  }),
  async run({ plan, acknowledge }, ctx): Promise<ApplyResult> {
    ctx.progress(`applying ${plan}`);
    return ctx.clients.gate.apply({ planId: plan, acknowledge }, gateContext(ctx));
  },
  render: (result, { plan }) =>
    result.kind === 'ran' ? renderOutcome(result.outcome, result.repeated) : renderStopped(result, plan),
});

const renderStopped = ({ code, reason, next }: ApplyResult & { kind: 'not_executed' }, plan: string): Output => ({
  summary: `Plan ${plan} was NOT executed (${code}): ${reason} Nothing was changed.`,
  failed: true,
  next,
});

const ENDED = {
  yes: 'DONE and verified',
  no: 'RAN, but the check afterwards says it did NOT work',
  unknown: 'RAN, but whether it worked could not be seen: do not take it as success',
} as const;

function renderOutcome(outcome: Outcome, repeated: boolean): Output {
  const head =
    outcome.state === 'failed'
      ? 'FAILED'
      : outcome.state === 'in_doubt'
        ? 'IN DOUBT: it may or may not have run'
        : ENDED[outcome.verified];
  const sections: Section[] = [];
  if (outcome.error !== undefined)
    sections.push({ kind: 'text', title: `Error ${outcome.error.code}`, text: outcome.error.message });
  if (outcome.evidence.length > 0)
    sections.push({
      kind: 'text',
      title: 'Seen afterwards',
      text: outcome.evidence.map((one) => `- ${one}`).join('\n'),
    });
  return {
    summary: `Plan ${outcome.planId}: ${head}. ${outcome.summary}${repeated ? ' (Kept result of the earlier call; nothing ran again.)' : ''}`,
    failed: outcome.state !== 'done' || outcome.verified === 'no',
    sections,
    next: nextOf(outcome),
  };
}

function nextOf({ state, verified, undo }: Outcome): string {
  const back = undo === null ? 'There is no way back.' : `Undo: ${undo}`;
  if (state === 'done' && verified === 'yes') return back;
  return `Look before you go on (cluster_diagnose, cluster_get). ${back} If it taught something, lesson_record keeps it.`;
}
