import { messageOf } from '../../core/errors.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { proxmoxKey } from './objects.ts';

/** What was read, or why it could not be. */
export type Attempt<T> = { readonly value: T } | { readonly reason: string };

/** Turns a read that fails, or takes longer than the look may, into a reason. */
export const attemptOf =
  (signal: AbortSignal) =>
  async <T>(read: () => Promise<T>): Promise<Attempt<T>> => {
    try {
      signal.throwIfAborted();
      return { value: await unlessAborted(read(), signal) };
    } catch (error) {
      return { reason: signal.aborted ? 'it could not be read in time' : messageOf(error) };
    }
  };

/** What another part stands on. */
export function need<T>(attempt: Attempt<T>): T {
  if ('reason' in attempt) throw new Error(attempt.reason);
  return attempt.value;
}

export const mapOf = <T extends { readonly metadata: { readonly name: string } }>(
  cluster: string,
  objects: readonly T[],
): ReadonlyMap<string, T> => new Map(objects.map((object) => [proxmoxKey(cluster, object.metadata.name), object]));
