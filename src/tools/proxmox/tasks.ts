import * as z from 'zod';
import { inputError } from '../../core/errors.ts';
import { age } from '../cluster/support/age.ts';
import { defineTool } from '../define.ts';
import { connectionOf } from './support/connection.ts';
import { Cluster, Vmid } from './support/inputs.ts';

const LINES = 60;

export default defineTool({
  name: 'proxmox_tasks',
  title: 'Read tasks of Proxmox',
  description:
    'The latest tasks with how they really ended, failed and running ones first; with upid the end of its log.',
  effect: 'read',
  needs: ['proxmox'],
  taints: ['log'],
  input: z.strictObject({
    cluster: Cluster.optional(),
    vmid: Vmid.optional(),
    only_errors: z.boolean().default(false),
    upid: z.string().max(300).optional(),
    limit: z.int().min(1).max(200).default(30),
  }),
  async run({ cluster, vmid, only_errors, upid, limit }, { clients: { proxmox }, now, signal }) {
    const client = await proxmox.cluster(await connectionOf(proxmox, cluster));
    if (upid !== undefined) {
      if (!upid.startsWith('UPID:'))
        throw inputError(
          'invalid_upid',
          'Unable to find that task: it is not a UPID.',
          'Take it from the list without upid.',
        );
      const [task, log] = await Promise.all([client.task(upid, signal), client.taskLog(upid, LINES, signal)]);
      return { tasks: [task], log, now };
    }
    const tasks = await client.tasks(
      { limit, ...(vmid !== undefined && { vmid }), ...(only_errors && { onlyErrors: true }) },
      signal,
    );
    return { tasks, log: undefined, now };
  },
  render({ tasks, log, now }) {
    const order = ['running', 'error', 'unknown', 'warning', 'ok'];
    const sorted = tasks.toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result));
    const counts = [...Map.groupBy(sorted, ({ result }) => result)]
      .map(([result, own]) => `${own.length} ${result}`)
      .join(', ');
    const [first] = sorted;
    if (log !== undefined && first !== undefined)
      return {
        summary: `Task ${first.type} ${first.id}: ${first.result}.`,
        sections: [
          {
            kind: 'text',
            title: `End of the log (${first.exitStatus || 'running'})`,
            text: log.join('\n'),
            maxChars: 500,
          },
        ],
      };
    return {
      summary: tasks.length === 0 ? 'No tasks.' : `${tasks.length} tasks: ${counts}.`,
      sections: [
        {
          kind: 'table',
          columns: ['type', 'id', 'node', 'age', 'result', 'exit', 'upid'],
          rows: sorted.map(({ type, id, node, startedAt, result, exitStatus, upid }) => [
            type,
            id,
            node,
            age(startedAt, now),
            result,
            result === 'ok' ? '' : exitStatus,
            result === 'ok' ? '' : upid,
          ]),
        },
      ],
    };
  },
});
