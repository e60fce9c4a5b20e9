import * as z from 'zod';
import { defineTool } from '../define.ts';
import { renderPart } from './support.ts';

export default defineTool({
  name: 'read_graph',
  title: 'Read the graph',
  description:
    'The entities by name and the relations between them, up to a limit. To find something, search_nodes costs far less.',
  effect: 'read',
  needs: ['entities'],
  taints: ['note'],
  input: z.strictObject({ limit: z.int().min(1).max(200).default(50) }),
  run: ({ limit }, { clients: { entities } }) => entities.read(limit),
  render: renderPart,
});
