import type { Clock } from '../../core/clock.ts';
import type { NewId } from '../../core/ids.ts';
import type { Principal, Session } from '../../core/principal.ts';

export interface SessionLimits {
  readonly idleMs: number;
  readonly max: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { idleMs: 30 * 60_000, max: 1_000 };

/**
 * Sessions of clients that have none of their own (2026-07-28 is stateless): one per principal, until it has been
 * idle for a while. So what one call has read still taints the next one.
 */
export class Sessions {
  readonly #clock: Clock;
  readonly #newId: NewId;
  readonly #limits: SessionLimits;
  /** Oldest use first: a used entry moves to the end. */
  readonly #byPrincipal = new Map<string, { session: Session; usedAt: number }>();

  constructor(clock: Clock, newId: NewId, limits: SessionLimits = DEFAULT_SESSION_LIMITS) {
    this.#clock = clock;
    this.#newId = newId;
    this.#limits = limits;
  }

  /** A session of its own, for a connection that keeps it itself. */
  open(principal: Principal): Session {
    return { id: this.#newId('session'), principal, taint: new Set() };
  }

  forPrincipal(principal: Principal): Session {
    const now = +this.#clock.now();
    for (const [id, { usedAt }] of this.#byPrincipal) {
      if (now - usedAt < this.#limits.idleMs && this.#byPrincipal.size <= this.#limits.max) break;
      this.#byPrincipal.delete(id);
    }
    const kept = this.#byPrincipal.get(principal.id)?.session;
    // Scopes may have changed since: the session keeps its id and taint, never old rights.
    const session = kept === undefined ? this.open(principal) : { ...kept, principal };
    this.#byPrincipal.delete(principal.id);
    this.#byPrincipal.set(principal.id, { session, usedAt: now });
    return session;
  }
}
