import * as z from 'zod';
import { defineTool } from '../define.ts';
import { lessonsOf } from './plan-change.ts';
import { renderPlan } from './render-plan.ts';

export default defineTool({
  name: 'plan_show',
  title: 'Show a plan',
  description:
    'A plan with its decision, findings, lessons, preview, approvals and outcome. Use it to see whether it was approved or how it ended.',
  effect: 'read',
  needs: ['gate', 'lessons'],
  taints: [],
  input: z.strictObject({ plan: z.string().min(3).max(100) }),
  async run({ plan: id }, { clients: { gate, lessons }, session }) {
    const status = await gate.show(id, session);
    return { ...status, lessons: await lessonsOf(status.plan, lessons) };
  },
  render: renderPlan,
});
