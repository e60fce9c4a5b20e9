import * as z from 'zod';
import { coversNamespace, type Principal } from '../../core/principal.ts';
import type { Neighbourhood } from '../../memory/learn/graph.ts';
import { defineTool } from '../define.ts';
import { AsOfTime, asOfOf } from './support.ts';

export default defineTool({
  name: 'lessons_graph',
  title: 'Show what a lesson or a resource is tied to',
  description:
    'The neighbourhood of one node of the lessons graph: incidents, evidence, components, similar and opposite lessons. Node: a lesson id, or e.g. component:coredns, kind:Service, action:cluster_drain, resource:kubernetes:apps/Deployment/media/web.',
  effect: 'read',
  needs: ['graph'],
  taints: [],
  input: z.strictObject({
    node: z.string().min(3).max(300),
    depth: z.int().min(1).max(3).default(1),
    limit: z.int().min(1).max(200).default(50),
    as_of: AsOfTime.optional(),
  }),
  async run({ node, depth, limit, as_of: time }, { clients: { graph }, session }) {
    const asOf = time === undefined ? undefined : asOfOf(time);
    const found = await graph.around(node, { depth, limit, ...(asOf !== undefined && { asOf }) });
    // Titles of incidents and candidates hold words that nobody has reviewed.
    session.taint.add('lesson');
    return withinReach(found, session.principal);
  },
  render: ({ node, around, lessons, hidden }, { limit }) => ({
    summary: `${around.length} nodes around it, nearest first.${hidden > 0 ? ` ${hidden} are outside of your namespaces.` : ''}`,
    sections: [
      { kind: 'text', text: node },
      {
        kind: 'table',
        columns: ['distance', 'from', 'link', 'to', 'what'],
        rows: around.map(({ distance, from, kind, to, node: reached, data }) => [
          String(distance),
          from,
          kind,
          to,
          whatOf(reached, lessons, data),
        ]),
      },
    ],
    ...(around.length === limit && { next: 'There may be more: raise limit, or lower depth.' }),
  }),
});

function whatOf(node: string, lessons: Neighbourhood['lessons'], data: object | undefined): string {
  const lesson = node.startsWith('lesson:') ? lessons.get(node.slice('lesson:'.length)) : undefined;
  const facts = Object.entries(data ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  return [...(lesson === undefined ? [] : [`${lesson.title} (${lesson.status})`]), ...facts].join('; ') || '-';
}

/** What happened where is told to those who may see every place. */
const PLACES = /^(?:resource|incident|evidence|host|session|note):/;

function withinReach(found: Neighbourhood, principal: Principal): Neighbourhood & { readonly hidden: number } {
  if (coversNamespace(principal, undefined)) return { ...found, hidden: 0 };
  const around = found.around.filter(({ from, to, node }) => ![from, to, node].some((one) => PLACES.test(one)));
  return { ...found, around, hidden: found.around.length - around.length };
}
