import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import type { GuestRef, ProxmoxDone, ProxmoxReader, ProxmoxWrite, Task } from './contract.ts';
import { haStateOf, isFulfilled } from './ha.ts';

export interface Pace {
  readonly clock: Clock;
  /** Between two looks. */
  readonly pollMs: number;
  /** How long the HA manager is given to do what it was asked. */
  readonly haWaitMs: number;
}
export type OnTask = (upid: string, line: string) => void;

/** Of one task that is followed. */
export interface Followed {
  readonly upid: string;
  readonly onTask: OnTask;
  /** Ends it; absent = it is left to its end. */
  readonly stop?: (limit: AbortSignal) => Promise<unknown>;
  readonly stopMs?: number;
}

/** The longest that is waited for a task: backups and restores of large disks take hours. */
const MAX_TASK_MS = 6 * 60 * 60_000;

const pause = async ({ pollMs }: Pace, signal: AbortSignal): Promise<void> =>
  wait(pollMs, undefined, { signal }).catch(() => undefined);

/** Looks until the task ended. When the signal fires or the time is over, it is stopped if that is safe, else it goes on by itself. */
export async function followTask(
  reader: ProxmoxReader,
  followed: Followed,
  pace: Pace,
  signal: AbortSignal,
): Promise<ProxmoxDone> {
  const { upid, onTask } = followed;
  const end = +pace.clock.now() + MAX_TASK_MS;
  let said = '';
  while (!signal.aborted && +pace.clock.now() <= end) {
    const task = await lookAt(reader, upid, signal);
    if (task === undefined) break;
    if (task.result !== 'running') return ended(reader, task, signal);
    // A line that cannot be read says nothing about the task.
    const [line = ''] = await reader.taskLog(upid, 1, signal).catch(() => []);
    if (line !== said) onTask(upid, line);
    said = line;
    await pause(pace, signal);
  }
  return abandon(reader, followed, pace);
}

/** Undefined when the signal ended the look; any other fault is the caller's to hear. */
async function lookAt(reader: ProxmoxReader, upid: string, signal: AbortSignal): Promise<Task | undefined> {
  try {
    return await reader.task(upid, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function abandon(
  reader: ProxmoxReader,
  { upid, onTask, stop, stopMs = 0 }: Followed,
  pace: Pace,
): Promise<ProxmoxDone> {
  const running: ProxmoxDone = { upid, result: 'unknown', exitStatus: '', warnings: ['the task still runs'] };
  if (stop === undefined) return running;
  const limit = AbortSignal.timeout(stopMs);
  onTask(upid, 'the time is over: stopping the task');
  try {
    await stop(limit);
    for (;;) {
      const task = await reader.task(upid, limit);
      if (task.result !== 'running') return await ended(reader, task, limit);
      await pause(pace, limit);
    }
  } catch {
    // Whether it stopped was not seen.
    return running;
  }
}

async function ended(
  reader: ProxmoxReader,
  { upid, result, exitStatus }: Task,
  signal: AbortSignal,
): Promise<ProxmoxDone> {
  const log = result === 'ok' ? [] : await reader.taskLog(upid, 200, signal);
  const warnings = log.filter((line) => /^(?:WARN|WARNING|TASK ERROR|ERROR)\b/i.test(line)).slice(0, 20);
  return { upid, result, exitStatus, warnings };
}

/** The HA manager took the wish: looks at the guest itself, wherever it is, until it is as asked. */
export async function awaitHa(
  reader: ProxmoxReader,
  write: ProxmoxWrite & { readonly guest: GuestRef },
  done: ProxmoxDone,
  pace: Pace,
  signal: AbortSignal,
  onTask: OnTask,
): Promise<ProxmoxDone> {
  const { type, vmid } = write.guest;
  const end = +pace.clock.now() + pace.haWaitMs;
  let said = '';
  for (;;) {
    const guests = await reader.guests(signal);
    if (
      isFulfilled(
        write,
        guests.find((guest) => guest.vmid === vmid && guest.type === type),
      )
    )
      return done;
    const line = haStateOf((await reader.ha(signal)).services, { type, vmid });
    if (line !== said) onTask(done.upid, line);
    said = line;
    if (signal.aborted || +pace.clock.now() > end)
      return { ...done, result: 'unknown', warnings: [`the HA manager has not done it yet: ${line}`] };
    await pause(pace, signal);
  }
}
