import { type Call, Counted, count, type Endpoint, flag, NODE, of } from '../endpoint.ts';
import { failure, forbidden } from '../fault.ts';
import { bool, integer, oneOf, type Parameters, required, text, vmid } from '../parameter.ts';
import { secondsOf } from '../rows.ts';
import type { TaskState } from '../state.ts';
import { isSuccess } from '../tasks.ts';

export const taskRow = (task: TaskState): Record<string, unknown> => ({
  upid: task.upid,
  node: task.node,
  pid: task.pid,
  pstart: task.pstart,
  starttime: secondsOf(task.startedAt),
  type: task.type,
  id: task.id,
  user: task.user,
  // In a list `status` is how it ended; in the answer about one task it is not.
  ...(task.endedAt !== undefined && { endtime: secondsOf(task.endedAt), status: task.exit }),
});

const may = ({ caller }: Call, { user, node }: TaskState, privilege: string): boolean =>
  user === caller.user || caller.has(`/nodes/${node}`, privilege);

/** Without a word about the source only what has ended is listed. */
const isOfSource = (source: string, { endedAt }: TaskState): boolean =>
  source === 'all' || (source === 'active') === (endedAt === undefined);

// oxlint-disable-next-line complexity -- one line per filter
function isWanted(call: Call, task: TaskState): boolean {
  const { params } = call;
  const started = secondsOf(task.startedAt);
  if (task.node !== of(call, 'node') || !may(call, task, 'Sys.Audit')) return false;
  if (!isOfSource(params.get('source') ?? 'archive', task)) return false;
  if (params.has('vmid') && task.id !== params.get('vmid')) return false;
  if (params.has('typefilter') && task.type !== params.get('typefilter')) return false;
  if (params.has('userfilter') && !task.user.includes(of(call, 'userfilter'))) return false;
  if (params.has('since') && started < count(call, 'since', 0)) return false;
  if (params.has('until') && started > count(call, 'until', 0)) return false;
  return !flag(call, 'errors') || (task.endedAt !== undefined && !isSuccess(task.exit));
}

function list(call: Call): unknown {
  const found = call.cluster.state.tasks.filter((task) => isWanted(call, task)).reverse();
  const start = count(call, 'start', 0);
  return new Counted(found.slice(start, start + count(call, 'limit', 50)).map(taskRow), found.length);
}

/** Asked at another node than its own it is not found. */
function taskOf(call: Call): TaskState {
  const upid = of(call, 'upid');
  const task = call.cluster.state.tasks.find((each) => each.upid === upid && each.node === of(call, 'node'));
  if (!task) throw failure(`unable to find task '${upid}'`);
  if (!may(call, task, 'Sys.Audit')) throw forbidden(`/nodes/${task.node}`, ['Sys.Audit']);
  return task;
}

function status(call: Call): unknown {
  const task = taskOf(call);
  const { status: exitstatus, endtime: _, ...row } = taskRow(task);
  return task.endedAt === undefined ? { ...row, status: 'running' } : { ...row, status: 'stopped', exitstatus };
}

function log(call: Call): unknown {
  const lines = taskOf(call).log;
  const all = lines.length === 0 ? ['no content'] : lines;
  const start = count(call, 'start', 0);
  const limit = count(call, 'limit', 50);
  const page = all.slice(start, limit === 0 ? undefined : start + limit);
  return new Counted(
    page.map((line, index) => ({ n: start + index + 1, t: line })),
    all.length,
  );
}

function stop(call: Call): null {
  const task = taskOf(call);
  if (!may(call, task, 'Sys.Modify')) throw forbidden(`/nodes/${task.node}`, ['Sys.Modify']);
  call.cluster.tasks.stop(task, 'received interrupt');
  return null;
}

const TASK: Parameters = { ...NODE, upid: required(text()) };
const FILTERS: Parameters = {
  ...NODE,
  errors: bool,
  limit: integer(0),
  since: integer(),
  source: oneOf('archive', 'active', 'all'),
  start: integer(0),
  statusfilter: text(),
  typefilter: text(),
  until: integer(),
  userfilter: text(),
  vmid,
};

export const taskEndpoints: readonly Endpoint[] = [
  { method: 'GET', path: '/nodes/{node}/tasks', right: 'all', params: FILTERS, run: list },
  { method: 'GET', path: '/nodes/{node}/tasks/{upid}/status', right: 'all', params: TASK, run: status },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/log',
    right: 'all',
    params: { ...TASK, start: integer(0), limit: integer(0), download: bool },
    run: log,
  },
  { method: 'DELETE', path: '/nodes/{node}/tasks/{upid}', right: 'all', params: TASK, run: stop, needsQuorum: false },
];
