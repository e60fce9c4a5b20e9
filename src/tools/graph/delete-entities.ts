import * as z from 'zod';
import { defineTool } from '../define.ts';
import { MAX_ITEMS, Name, renderNames } from './support.ts';

export default defineTool({
  name: 'delete_entities',
  title: 'Retire entities',
  description: 'Retire entities and their relations: they are gone from now on; the record keeps what was known.',
  effect: 'note',
  needs: ['entities'],
  taints: [],
  input: z.strictObject({ entityNames: z.array(Name).min(1).max(MAX_ITEMS) }),
  run: ({ entityNames }, { clients: { entities }, session }) => entities.retire(entityNames, session.principal.id),
  render: (gone) => renderNames(`${gone.length} entities were retired.`, gone),
});
