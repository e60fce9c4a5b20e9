import type { Permit } from '../../core/permit.ts';
import type { ProxmoxDone, ProxmoxReader, ProxmoxWrite } from './contract.ts';
import { awaitHa, followTask, type OnTask, type Pace } from './follow.ts';
import { isHaRequest } from './ha.ts';
import { demandOwnId } from './own-ids.ts';
import { assertSame } from './same-guest.ts';
import { type Sender, send } from './send.ts';
import { parseUpid, taskPath } from './upid.ts';
import { callOf, touchOf } from './writes.ts';

export interface Performer {
  readonly reader: ProxmoxReader;
  readonly sender: Sender;
  readonly pace: Pace;
  /** Paths of the tasks started here and not seen to end. */
  readonly ownTasks: Set<string>;
}

export interface Performance {
  readonly write: ProxmoxWrite;
  readonly permit: Permit;
  readonly signal: AbortSignal;
  readonly onTask: OnTask;
}

/**
 * These only make something new, and Proxmox removes what is half made when they are stopped. Every other task is left
 * to its end when the time is over: what it works on exists already.
 */
const STOPPABLE: ReadonlySet<ProxmoxWrite['verb']> = new Set(['backup', 'clone', 'restore']);
const STOP_MS = 3_000;

/** One write from the permit to its seen end. */
export async function perform(with_: Performer, { write, permit, signal, onTask }: Performance): Promise<ProxmoxDone> {
  const { reader, sender, pace, ownTasks } = with_;
  const touch = touchOf(reader.name, write);
  if ('newid' in write) demandOwnId(write.newid, reader.ownIds, reader.name);
  // The permit is looked at before anything is read, and once more by send().
  sender.checkPermit(permit, touch);
  if ('expect' in write) assertSame(write.guest, write.expect, await reader.guestConfig(write.guest, signal));
  const doing = `${write.verb} ${touch.target.kind} ${touch.target.name}`;
  const data = await send(sender, callOf(write), doing, signal, { touch, permit });
  const upid = typeof data === 'string' && parseUpid(data) ? data : '';
  if (upid === '') return { upid, result: 'ok', exitStatus: 'OK', warnings: [] };
  onTask(upid, 'started');
  const path = taskPath(upid);
  ownTasks.add(path);
  try {
    const stop = (limit: AbortSignal) => send(sender, { method: 'DELETE', path }, 'stop the task', limit);
    const task = { upid, onTask, ...(STOPPABLE.has(write.verb) && { stop, stopMs: STOP_MS }) };
    const done = await followTask(reader, task, pace, signal);
    const isAsked = isHaRequest(parseUpid(upid)?.type) && (done.result === 'ok' || done.result === 'warning');
    return isAsked && 'guest' in write ? await awaitHa(reader, write, done, pace, signal, onTask) : done;
  } finally {
    ownTasks.delete(path);
  }
}
