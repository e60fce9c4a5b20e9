import * as z from 'zod';
import { FEEDBACK } from '../../memory/learn/graph.ts';
import { defineTool } from '../define.ts';

export default defineTool({
  name: 'lesson_feedback',
  title: 'Say whether a lesson helped',
  description:
    'Say of a lesson that a plan showed whether it was heeded (it changed what was done), irrelevant here, or wrong. One voice per caller; it never makes a lesson stop asking or denying.',
  effect: 'note',
  needs: ['graph', 'gate'],
  taints: [],
  input: z.strictObject({
    lesson: z.string().min(3).max(100),
    plan: z.string().min(3).max(100),
    verdict: z.enum(FEEDBACK),
  }),
  async run({ lesson, plan: id, verdict }, { clients: { graph, gate }, session }) {
    const { plan } = await gate.show(id, session);
    return graph.feedback({ lesson, verdict, plan, by: session.principal });
  },
  render: (_, { lesson, verdict }) => ({
    summary: `Counted: lesson ${lesson} was ${verdict}.`,
    ...(verdict === 'wrong' && {
      next: 'If you know better, lesson_record keeps it; a person decides between the two with: steward lessons review.',
    }),
  }),
});
