import * as z from 'zod';
import { defineTool } from '../define.ts';
import { MAX_ITEMS, Name, Observation, renderNames } from './support.ts';

export default defineTool({
  name: 'create_entities',
  title: 'Create entities',
  description:
    'Keep named things with a type and sentences about them. Those that are there already stay as they are. No secrets.',
  effect: 'note',
  needs: ['entities'],
  taints: [],
  input: z.strictObject({
    entities: z
      .array(
        z.strictObject({ name: Name, entityType: Name, observations: z.array(Observation).max(MAX_ITEMS).default([]) }),
      )
      .min(1)
      .max(MAX_ITEMS),
  }),
  run: ({ entities: wanted }, { clients: { entities }, session }) => entities.create(wanted, session.principal.id),
  render: (created) => renderNames(`${created.length} entities were created.`, created),
});
