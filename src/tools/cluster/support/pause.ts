import { setTimeout as wait } from 'node:timers/promises';
import { StewardError } from '../../../core/errors.ts';

/** Waits; throws `cancelled` as soon as the call is. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch (cause) {
    throw new StewardError('Unable to go on waiting: the call was cancelled.', {
      kind: 'cancelled',
      code: 'cancelled',
      cause,
    });
  }
}

export interface PollOptions {
  readonly forMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Looks until `look` finds something or the time is up (undefined). Looks at least once. */
export async function poll<T>(
  look: () => Promise<T | undefined>,
  { forMs, everyMs, signal }: PollOptions,
): Promise<T | undefined> {
  const tries = Math.max(1, Math.ceil(forMs / everyMs) + 1);
  for (let attempt = 0; attempt < tries; attempt++) {
    const found = await look();
    if (found !== undefined) return found;
    if (attempt < tries - 1) await pause(everyMs, signal);
  }
  return undefined;
}
