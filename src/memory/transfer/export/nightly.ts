import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../core/clock.ts';

const HOUR_MS = 3_600_000;
/** A machine that slept, or whose clock was set, is looked at again after this long at most. */
const LOOK_MS = 10 * 60_000;

interface Nightly {
  /** 0 to 23, in the time zone of the process. */
  readonly hour: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly run: () => Promise<void>;
  /** It is tried again at the next look. */
  readonly onProblem: (error: unknown) => void;
  /** Settles after that long, or as soon as the signal is aborted. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Runs once for every night, and at once for a night that was missed; settles when the signal is aborted. */
export async function nightly({ hour, clock, signal, run, onProblem, wait = pause }: Nightly): Promise<void> {
  for (let done: string | undefined; !signal.aborted; ) {
    const night = nightOf(clock.now(), hour);
    if (night !== done)
      await run().then(
        () => (done = night),
        (error: unknown) => onProblem(error),
      );
    await wait(LOOK_MS, signal);
  }
}

/** The day whose hour came last. */
function nightOf(now: Date, hour: number): string {
  const then = new Date(+now - hour * HOUR_MS);
  return [then.getFullYear(), then.getMonth() + 1, then.getDate()].join('-');
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
