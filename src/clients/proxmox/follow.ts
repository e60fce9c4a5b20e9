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

const MAX_TASK_MS = 60 * 60_000;

const pause = async ({ pollMs }: Pace, signal: AbortSignal): Promise<void> =>
  wait(pollMs, undefined, { signal }).catch(() => undefined);

/** Looks until the task ended; the signal only stops the looking, the task goes on. */
export async function followTask(
  reader: ProxmoxReader,
  upid: string,
  pace: Pace,
  signal: AbortSignal,
  onTask: OnTask,
): Promise<ProxmoxDone> {
  const end = +pace.clock.now() + MAX_TASK_MS;
  let said = '';
  for (;;) {
    const task = await reader.task(upid, signal);
    if (task.result !== 'running') return ended(reader, task, signal);
    const [line = ''] = await reader.taskLog(upid, 1, signal);
    if (line !== said) onTask(upid, line);
    said = line;
    if (signal.aborted || +pace.clock.now() > end)
      return { upid, result: 'unknown', exitStatus: '', warnings: ['the task still runs'] };
    await pause(pace, signal);
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
