import * as z from 'zod';
import { defineTool } from '../define.ts';
import { MAX_ITEMS, Name, Observation, renderNames } from './support.ts';

export default defineTool({
  name: 'delete_observations',
  title: 'Retire observations',
  description: 'Retire sentences of entities, given word for word.',
  effect: 'note',
  needs: ['entities'],
  taints: [],
  input: z.strictObject({
    deletions: z
      .array(z.strictObject({ entityName: Name, observations: z.array(Observation).min(1).max(MAX_ITEMS) }))
      .min(1)
      .max(MAX_ITEMS),
  }),
  async run({ deletions }, { clients: { entities }, session }) {
    const gone: string[] = [];
    for (const { entityName, observations } of deletions)
      gone.push(...(await entities.forget(entityName, observations, session.principal.id)));
    return gone;
  },
  render: (gone) => renderNames(`${gone.length} observations were retired.`, gone),
});
