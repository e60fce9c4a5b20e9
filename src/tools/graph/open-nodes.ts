import * as z from 'zod';
import { defineTool } from '../define.ts';
import { MAX_ITEMS, Name, renderPart } from './support.ts';

export default defineTool({
  name: 'open_nodes',
  title: 'Open entities',
  description: 'Entities by their exact names, with the relations between them.',
  effect: 'read',
  needs: ['entities'],
  taints: ['note'],
  input: z.strictObject({ names: z.array(Name).min(1).max(MAX_ITEMS) }),
  run: ({ names }, { clients: { entities } }) => entities.open(names),
  render: renderPart,
});
