import * as z from 'zod';
import { MaybeNum, MaybeText, Text, timeOf } from './coerce.ts';
import type { Task, TaskResult } from './contract.ts';
import { parseUpid } from './upid.ts';

/** `OK` and `WARNINGS: n` are success; `unexpected status` means that the node died under it. */
export function resultOf(exitStatus: string): TaskResult {
  if (exitStatus === 'OK') return 'ok';
  if (/^WARNINGS: \d+$/.test(exitStatus)) return 'warning';
  return exitStatus === 'unexpected status' || exitStatus === '' ? 'unknown' : 'error';
}

const TaskRow = z.looseObject({
  upid: z.string(),
  node: Text,
  type: Text,
  id: Text,
  user: Text,
  starttime: MaybeNum,
  endtime: MaybeNum,
  status: MaybeText,
  exitstatus: MaybeText,
});

/** A row of a task list: there `status` holds the exit status, and nothing while it runs. */
export const tasksOf = (data: unknown): Task[] =>
  z
    .array(TaskRow)
    .parse(data)
    .map((row) => taskOf(row, row.endtime === undefined && row.status === undefined, row.status ?? ''));

/** The status of one task: `stopped` says nothing, `exitstatus` does. */
export function taskStatusOf(data: unknown): Task {
  const row = TaskRow.parse(data);
  return taskOf(row, row.status === 'running', row.exitstatus ?? '');
}

function taskOf(row: z.output<typeof TaskRow>, running: boolean, exitStatus: string): Task {
  // The UPID names the node that runs it, which is the one to ask.
  const named = parseUpid(row.upid) ?? { node: row.node, type: row.type, id: row.id, user: row.user, startedAt: '' };
  return {
    ...named,
    upid: row.upid,
    startedAt: timeOf(row.starttime) ?? named.startedAt,
    endedAt: timeOf(row.endtime),
    result: running ? 'running' : resultOf(exitStatus),
    exitStatus: running ? '' : exitStatus,
  };
}

export const taskLogOf = (data: unknown): string[] =>
  z
    .array(z.looseObject({ t: Text }))
    .parse(data)
    .map(({ t }) => t);
