import { setTimeout as sleep } from 'node:timers/promises';
import { StewardError } from '../core/errors.ts';

/** Waits for `work`, at most `ms`, and not at all once `signal` is aborted. `work` gets a signal that fires in both cases. */
export async function within<T>(
  ms: number,
  what: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = AbortSignal.timeout(ms);
  const both = AbortSignal.any([signal, late]);
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(late.aborted && !signal.aborted ? timeout(what, ms) : cancelled(what));
    if (both.aborted) stop();
    else both.addEventListener('abort', stop, { once: true });
  });
  // Called inside, so that even a throw at once leaves no rejection behind that nobody sees.
  const working = (async () => work(both))();
  return Promise.race([working, stopped]);
}

/** Waits without an error when cancelled. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);

export const cancelled = (what: string): StewardError =>
  new StewardError(`Unable to finish ${what}: the call was cancelled.`, {
    kind: 'cancelled',
    code: 'cancelled',
    hint: 'Call again; nothing was changed.',
  });

const timeout = (what: string, ms: number): StewardError =>
  new StewardError(`Unable to finish ${what}: it took longer than ${Math.round(ms / 1000)} s.`, {
    kind: 'timeout',
    code: 'timeout',
    hint: 'Check that the cluster answers, then try again.',
    retryable: true,
  });
