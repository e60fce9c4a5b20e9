import * as z from 'zod';
import { defineTool } from '../define.ts';
import { MAX_ITEMS, Name, Observation, renderNames } from './support.ts';

export default defineTool({
  name: 'add_observations',
  title: 'Add observations',
  description:
    'Add sentences to entities that are there. A sentence that is known already is not added again. No secrets.',
  effect: 'note',
  needs: ['entities'],
  taints: [],
  input: z.strictObject({
    observations: z
      .array(z.strictObject({ entityName: Name, contents: z.array(Observation).min(1).max(MAX_ITEMS) }))
      .min(1)
      .max(MAX_ITEMS),
  }),
  async run({ observations }, { clients: { entities }, session }) {
    const added: string[] = [];
    for (const { entityName, contents } of observations)
      added.push(...(await entities.observe(entityName, contents, session.principal.id)));
    return added;
  },
  render: (added) => renderNames(`${added.length} observations were added.`, added),
});
