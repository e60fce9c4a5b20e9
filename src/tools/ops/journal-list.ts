import * as z from 'zod';
import { inputError } from '../../core/errors.ts';
import { cursorAt, parseCursor } from '../../core/render.ts';
import { defineTool } from '../define.ts';

export default defineTool({
  name: 'journal_list',
  title: 'Show the journal',
  description:
    'What was planned, decided, approved and done, newest first, and whether the hash chain of the journal is whole.',
  effect: 'read',
  needs: ['journal'],
  taints: [],
  input: z.strictObject({
    plan: z.string().max(100).optional(),
    target: z.string().max(400).optional().describe('e.g. Service media/web'),
    limit: z.int().min(1).max(200).default(30),
    cursor: z.string().max(40).optional(),
  }),
  async run({ plan, target, limit, cursor }, { clients: { journal } }) {
    const before = cursor === undefined ? undefined : parseCursor(cursor);
    if (cursor !== undefined && before === undefined)
      throw inputError(
        'invalid_cursor',
        'Unable to list the journal: the cursor is not one of ours.',
        'Leave cursor out to start at the newest entry.',
      );
    const query = {
      limit,
      ...(before !== undefined && { before }),
      ...(plan !== undefined && { plan }),
      ...(target !== undefined && { target }),
    };
    const [entries, chain] = await Promise.all([journal.list(query), journal.verify()]);
    return { entries, chain };
  },
  render({ entries, chain }, { limit }) {
    const verdict = chain.ok
      ? `The chain of ${chain.entries} entries is whole.`
      : `THE CHAIN IS BROKEN at entry ${chain.broken?.seq ?? '?'}: ${chain.broken?.reason ?? 'unknown'}.`;
    const last = entries.at(-1);
    return {
      summary: `${entries.length} journal ${entries.length === 1 ? 'entry' : 'entries'}, newest first. ${verdict}`,
      sections: [
        {
          kind: 'table',
          columns: ['seq', 'at', 'event', 'plan', 'who', 'action', 'targets', 'what'],
          rows: entries.map((entry) => [
            String(entry.seq),
            entry.at.replace(/\.\d+Z$/, 'Z'),
            entry.event,
            entry.plan ?? '-',
            entry.principal,
            entry.action ?? '-',
            entry.targets.slice(0, 3).join(', ') || '-',
            entry.summary,
          ]),
        },
      ],
      ...(last !== undefined && entries.length === limit && last.seq > 1 && { cursor: cursorAt(last.seq) }),
    };
  },
});
