import type { Touch } from './change.ts';

declare const minted: unique symbol;

/**
 * The right to carry out one plan, once.
 * Only `guard/` mints them; a client's `send()` hands the permit to its `CheckPermit` before every write,
 * and an object that the guard did not mint is refused whatever it says.
 */
export interface Permit {
  readonly [minted]: true;
  readonly planId: string;
  readonly touches: readonly Touch[];
  readonly notAfter: Date;
}

/** Throws `denied` (`permit_missing | permit_forged | permit_expired | permit_out_of_scope | frozen`) unless the permit covers this write now. */
export type CheckPermit = (permit: Permit | undefined, touch: Touch) => void;
