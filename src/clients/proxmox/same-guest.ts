import { StewardError } from '../../core/errors.ts';
import type { ExpectedGuest, GuestConfig, GuestRef } from './contract.ts';

/** An id is not an identity: ids are used again, and the wrong guest has been destroyed elsewhere. Throws `stale_plan`. */
export function assertSame({ vmid }: GuestRef, expect: ExpectedGuest, now: GuestConfig): void {
  const moved = [
    now.name !== expect.name && `its name is "${now.name}", not "${expect.name}"`,
    expect.uuid !== undefined && now.uuid !== expect.uuid && 'its uuid is another',
    expect.digest !== undefined && now.digest !== expect.digest && 'its configuration changed',
  ].filter((reason) => reason !== false);
  if (moved.length > 0)
    throw new StewardError(`Unable to change guest ${vmid}: ${moved.join(', ')}.`, {
      kind: 'target',
      code: 'stale_plan',
      hint: 'Nothing was sent. Plan again.',
    });
}
