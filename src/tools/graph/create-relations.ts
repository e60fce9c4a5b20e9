import * as z from 'zod';
import { defineTool } from '../define.ts';
import { MAX_ITEMS, RelationInput, relationTable } from './support.ts';

export default defineTool({
  name: 'create_relations',
  title: 'Create relations',
  description: 'Relate entities that are there, in the active voice: {from, to, relationType: "runs on"}.',
  effect: 'note',
  needs: ['entities'],
  taints: [],
  input: z.strictObject({ relations: z.array(RelationInput).min(1).max(MAX_ITEMS) }),
  run: ({ relations }, { clients: { entities } }) => entities.relate(relations),
  render: (created) => ({
    summary: `${created.length} relations were created.`,
    ...(created.length > 0 && { sections: [relationTable(created)] }),
  }),
});
