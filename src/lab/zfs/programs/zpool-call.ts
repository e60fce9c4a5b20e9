import { type CommandOutcome, type LabHostState, type LabPool, refused } from '../model.ts';

/** `zpool`, as far as the product may use it. `hang` = it waits for the pool to come back, as the real one does. */
export type ZpoolOutcome = CommandOutcome | 'hang';

export interface Call {
  readonly host: LabHostState;
  readonly nowMs: number;
}

export type Program = (argv: readonly string[], call: Call) => ZpoolOutcome;

/** Every write begins so: the pool must be there, and a suspended one lets the command wait. */
export const onPool =
  (write: (pool: LabPool, rest: readonly string[], call: Call) => ZpoolOutcome): Program =>
  ([name = '', ...rest], call) => {
    const pool = call.host.pools.get(name);
    if (pool === undefined) return refused(`cannot open '${name}': no such pool`);
    if (pool.suspended) return 'hang';
    pool.txg++;
    return write(pool, rest, call);
  };
