import * as z from 'zod';
import { defineTool } from '../define.ts';
import { renderPart } from './support.ts';

export default defineTool({
  name: 'search_nodes',
  title: 'Search entities',
  description: 'Entities whose name, type or observations hold the words, best first, with the relations between them.',
  effect: 'read',
  needs: ['entities'],
  taints: ['note'],
  input: z.strictObject({ query: z.string().min(1).max(500), limit: z.int().min(1).max(100).default(10) }),
  run: ({ query, limit }, { clients: { entities } }) => entities.search(query, limit),
  render: renderPart,
});
