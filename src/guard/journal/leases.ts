import type Database from 'better-sqlite3';
import * as queries from './queries.ts';

/** One holder at a time for one key. It ends by being released, never by time alone. */
export interface Lease {
  readonly key: string;
  /** Grows with every lease ever given: a holder whose token is not in the row any more has lost it. */
  readonly token: number;
  readonly plan: string;
  /** The process that holds it, see `instance.ts`. */
  readonly owner: string;
  /** When the holder was last seen alive, epoch milliseconds. */
  readonly beatMs: number;
}

/** Rows of the journal's file; call `acquire` inside a transaction of the journal. */
export class Leases {
  readonly #db: Database.Database;

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** All keys or none: answers the lease that stands in the way. */
  acquire(
    keys: readonly string[],
    holder: { readonly plan: string; readonly owner: string; readonly nowMs: number },
  ): { readonly leases: readonly Lease[] } | { readonly held: Lease } {
    const wanted = [...new Set(keys)].sort();
    for (const key of wanted) {
      const held = this.#db.prepare(queries.LEASE).get(key) as Lease | undefined; // columns of the query
      if (held !== undefined) return { held };
    }
    const leases = wanted.map((key) => ({
      key,
      token: (this.#db.prepare(queries.NEXT_TOKEN).get() as { last: number }).last, // the row is made by the migration
      plan: holder.plan,
      owner: holder.owner,
      beatMs: holder.nowMs,
    }));
    for (const lease of leases) this.#db.prepare(queries.INSERT_LEASE).run(lease);
    return { leases };
  }

  /** Whether every one of these leases is still held with the same token. */
  holds(leases: readonly Lease[]): boolean {
    return leases.every(({ key, token }) => {
      const row = this.#db.prepare(queries.LEASE).get(key) as Lease | undefined; // columns of the query
      return row?.token === token;
    });
  }

  of(planId: string): readonly Lease[] {
    return this.#db.prepare(queries.LEASES_OF_PLAN).all(planId) as Lease[]; // columns of the query
  }

  beat(planId: string, owner: string, nowMs: number): void {
    this.#db.prepare(queries.BEAT_LEASES).run({ plan: planId, owner, beatMs: nowMs });
  }

  /** Those of single objects; a disruption of a failure domain goes on until it was seen to be over. */
  releaseTargets(planId: string): void {
    this.#db.prepare(queries.DELETE_TARGET_LEASES).run(planId);
  }

  release(planId: string): void {
    this.#db.prepare(queries.DELETE_LEASES).run(planId);
  }
}
