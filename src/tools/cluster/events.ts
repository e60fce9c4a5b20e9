import * as z from 'zod';
import { inputError } from '../../core/errors.ts';
import { parseCursor } from '../../core/render.ts';
import { defineTool } from '../define.ts';
import { EVENT_CHARS, EVENT_COLUMNS, eventRow, foldEvents } from './support/events.ts';
import { Cursor, Limit, Name, Namespace } from './support/inputs.ts';

export default defineTool({
  name: 'cluster_events',
  title: 'Show events',
  description: 'Recent events, Warnings first, repeated ones folded into one row with a count.',
  effect: 'read',
  needs: ['kubernetes'],
  taints: ['event'],
  input: z.strictObject({
    namespace: Namespace.optional(),
    name: Name.optional().describe('Object the events are about; also the start of its name'),
    only_warnings: z.boolean().default(false),
    limit: Limit.default(60),
    cursor: Cursor.optional(),
  }),
  async run({ namespace, name, only_warnings, cursor }, { clients: { kubernetes }, now, signal }) {
    const offset = cursor === undefined ? 0 : parseCursor(cursor);
    if (offset === undefined)
      throw inputError(
        'invalid_cursor',
        'Unable to list events: the cursor is not one of ours.',
        'Leave cursor out to start at the first row.',
      );
    const kind = await kubernetes.kind('v1/Event', signal);
    const events = await kubernetes.listAll(kind, namespace === undefined ? {} : { namespace }, signal);
    const folded = foldEvents(events).filter(
      (event) => (!only_warnings || event.type === 'Warning') && (name === undefined || isAbout(event.object, name)),
    );
    return { folded, offset, now };
  },
  render({ folded, offset, now }, { namespace, limit }) {
    const warnings = folded.filter(({ type }) => type === 'Warning').length;
    const rows = folded
      .slice(offset, offset + limit)
      .map((event) => (namespace === undefined ? [event.namespace, ...eventRow(event, now)] : eventRow(event, now)));
    return {
      summary: folded.length === 0 ? 'No events.' : `${folded.length} different events, ${warnings} of them Warnings.`,
      sections: [
        {
          kind: 'table',
          maxChars: EVENT_CHARS,
          columns: namespace === undefined ? ['namespace', ...EVENT_COLUMNS] : EVENT_COLUMNS,
          rows,
        },
      ],
      page: { offset, total: folded.length },
      ...(folded.length === 0 && {
        next: 'The API server forgets events after about an hour; cluster_diagnose looks at states as well.',
      }),
    };
  },
});

/** `web` also means its pods `web-7d4b9c-x2x9k`. */
function isAbout(object: string, name: string): boolean {
  const named = object.slice(object.indexOf('/') + 1);
  return named === name || named.startsWith(`${name}-`);
}
