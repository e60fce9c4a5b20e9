import * as z from 'zod';
import type { FoundLesson } from '../../core/consult.ts';
import type { Section } from '../../core/output.ts';
import { defineTool } from '../define.ts';
import { AsOfTime, asOfOf } from './support.ts';

export default defineTool({
  name: 'lessons_search',
  title: 'Search lessons',
  description:
    'What went wrong before in this lab and what helped: symptom, cause, fix and the fix that made it worse. Ask before you plan and when something fails.',
  effect: 'read',
  needs: ['graph'],
  // Only what nobody has confirmed taints: `run` sees to it.
  taints: [],
  input: z.strictObject({
    text: z.string().max(1000).optional().describe('Symptom, error text or topic'),
    component: z.string().max(100).optional(),
    kind: z.string().max(100).optional().describe('Kubernetes kind'),
    resource: z.string().max(300).optional().describe('e.g. Deployment media/web'),
    as_of: AsOfTime.optional(),
    status: z.enum(['candidate', 'confirmed', 'retired']).optional(),
    limit: z.int().min(1).max(20).default(5),
  }),
  async run({ text, component, kind, resource, as_of: time, status, limit }, { clients: { graph }, session }) {
    const query = {
      limit,
      ...(text !== undefined && { text }),
      ...(component !== undefined && { component }),
      ...(kind !== undefined && { kind }),
      ...(resource !== undefined && { resource }),
      ...(status !== undefined && { status }),
    };
    const found = await graph.search(query, time === undefined ? undefined : asOfOf(time));
    if (found.some(({ lesson }) => lesson.status !== 'confirmed')) session.taint.add('lesson');
    return found;
  },
  render: (found) => ({
    summary:
      found.length === 0 ? 'No lesson matches.' : `${found.length} lesson${found.length === 1 ? '' : 's'}, best first.`,
    sections: found.map(
      (one): Section => ({ kind: 'text', text: lessonText(one), ours: one.lesson.status === 'confirmed' }),
    ),
    ...(found.length === 0 && { next: 'Try fewer or other words, or leave component, kind and resource out.' }),
  }),
});

function lessonText({ lesson, counters }: FoundLesson): string {
  const { id, title, severity, status, symptom, cause, fix, wrong_fix, prevention, checks } = lesson;
  return [
    `${id} (${severity}, ${status}; prevented ${counters.prevented}, recurred ${counters.recurred}): ${title}`,
    `  symptom: ${symptom}`,
    `  cause: ${cause}`,
    `  do: ${fix}`,
    ...(wrong_fix === undefined ? [] : [`  do NOT: ${wrong_fix}`]),
    ...(prevention === undefined ? [] : [`  prevent: ${prevention}`]),
    ...(checks.length === 0 ? [] : [`  checks: ${checks.join(', ')}`]),
  ].join('\n');
}
