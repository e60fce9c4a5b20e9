import * as z from 'zod';
import { SEVERITIES } from '../../core/severity.ts';
import { defineTool } from '../define.ts';

const Texts = z.array(z.string().max(200)).max(20).optional();

export default defineTool({
  name: 'lesson_record',
  title: 'Record a lesson',
  description:
    'Keep what was just learned as a candidate; a person confirms it later. Give facts: what was seen, why it was so, what fixed it, what did not. No secrets, no instructions.',
  effect: 'note',
  needs: ['lessons', 'graph'],
  taints: [],
  input: z.strictObject({
    title: z.string().min(8).max(120),
    symptom: z.string().min(10).max(1000),
    cause: z.string().min(10).max(1000),
    fix: z.string().min(10).max(1000),
    wrong_fix: z.string().max(1000).optional().describe('What was tried and made it worse'),
    prevention: z.string().max(1000).optional(),
    severity: z.enum(SEVERITIES),
    components: z.array(z.string().max(100)).max(20).optional(),
    actions: Texts.describe('Actions it is about, e.g. cluster_drain'),
    kinds: Texts.describe('Kubernetes kinds it is about'),
  }),
  async run({ components, actions, kinds, wrong_fix, prevention, ...facts }, { clients: { lessons, graph }, session }) {
    const draft = {
      ...facts,
      ...(wrong_fix !== undefined && { wrong_fix }),
      ...(prevention !== undefined && { prevention }),
      ...(components !== undefined && { components: Object.fromEntries(components.map((name) => [name, '*'])) }),
      applies_to: { ...(actions !== undefined && { actions }), ...(kinds !== undefined && { kinds }) },
    };
    const kept = await lessons.record(draft, session.principal.id);
    const ties = kept.mergedInto === undefined ? await graph.relate(kept.id) : { similar: [], contradicts: [] };
    return { ...kept, ...ties };
  },
  render: ({ id, mergedInto, taken = [], notTaken = [], similar, contradicts }) => ({
    summary:
      mergedInto === undefined
        ? `Kept as candidate lesson ${id}.${tied(' Similar', similar)}${tied(' It contradicts', contradicts)}`
        : `This was known already: counted for lesson ${mergedInto}.${tied(' Added to it', taken)}${tied(' Not added, since a person has confirmed it as it is', notTaken)}`,
    next:
      notTaken.length > 0
        ? `A person adds that with: steward lessons edit ${id}`
        : 'A person confirms it with: steward lessons review; until then it advises and decides nothing.',
  }),
});

const tied = (how: string, ids: readonly string[]): string => (ids.length === 0 ? '' : `${how}: ${ids.join(', ')}.`);
