import * as z from 'zod';
import { defineTool } from '../define.ts';
import { MAX_ITEMS, RelationInput, relationTable } from './support.ts';

export default defineTool({
  name: 'delete_relations',
  title: 'Retire relations',
  description: 'Retire relations, given as they were created.',
  effect: 'note',
  needs: ['entities'],
  taints: [],
  input: z.strictObject({ relations: z.array(RelationInput).min(1).max(MAX_ITEMS) }),
  run: ({ relations }, { clients: { entities } }) => entities.unrelate(relations),
  render: (gone) => ({
    summary: `${gone.length} relations were retired.`,
    ...(gone.length > 0 && { sections: [relationTable(gone)] }),
  }),
});
