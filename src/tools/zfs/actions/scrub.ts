import * as z from 'zod';
import type { PoolWrite } from '../../../clients/zfs/contract.ts';
import type { Pool, Scan } from '../../../clients/zfs/model.ts';
import { poolVersion } from '../../../clients/zfs/versions.ts';
import { touchOf } from '../../../clients/zfs/writes.ts';
import { inputError } from '../../../core/errors.ts';
import { defineAction } from '../../define.ts';
import { scanText } from '../support/describe.ts';
import { Host, PoolName } from '../support/inputs.ts';
import { poolEffect } from '../support/patch.ts';
import { readPool, stillSo, zfsTarget } from '../support/pools.ts';

const Input = z.strictObject({ host: Host, pool: PoolName, mode: z.enum(['start', 'pause', 'stop']).default('start') });
type Input = z.output<typeof Input>;

const writeOf = ({ pool, mode }: Input): PoolWrite => ({ verb: 'scrub', pool, mode });

export default defineAction({
  name: 'zfs_scrub',
  title: 'Scrub a pool',
  description: 'Read every block of a pool and repair what redundancy can repair; or pause or stop that.',
  signature: '{host, pool, mode?: start|pause|stop}',
  reversibility: 'reversible',
  needs: ['zfs'],
  input: Input,
  targets: ({ host, pool }) => [zfsTarget(host, 'Pool', pool)],
  async plan(input, { clients: { zfs }, now, signal }) {
    const { pool, object } = await readPool(zfs, input.host, input.pool, signal);
    const scrub = pool.scan?.kind === 'scrub' ? pool.scan.state : undefined;
    if (input.mode !== 'start' && scrub !== 'running' && !(input.mode === 'stop' && scrub === 'paused'))
      throw inputError(
        'no_scrub',
        `Unable to ${input.mode} the scrub of ${input.pool}: ${scrub === 'paused' ? 'it is paused already' : 'none is running'}.`,
        `Its last scan: ${scanText(pool.scan, now)}.`,
      );
    return {
      preview: `Pool ${input.host}/${input.pool}: ${input.mode} scrub (now: ${scanText(pool.scan, now)})`,
      effects: [poolEffect(object, withScan(pool, input.mode, now))],
      preconditions: [stillSo(zfsTarget(input.host, 'Pool', input.pool), poolVersion(pool))],
      touches: input.mode === 'start' && scrub === 'running' ? [] : [touchOf(input.host, writeOf(input))],
      undo: input.mode === 'start' ? 'zfs_scrub with mode stop.' : 'zfs_scrub with mode start.',
    };
  },
  async run(input, { clients: { zfs }, permit, signal }) {
    const host = await zfs.host(input.host);
    const before = (await host.pools(signal)).find(({ name }) => name === input.pool)?.scan?.startedAt;
    await host.write(writeOf(input), permit, signal);
    return { before };
  },
  async verify({ host, pool: name, mode }, result, { clients: { zfs }, now, signal }) {
    const pool = (await (await zfs.host(host)).pools(signal)).find((one) => one.name === name);
    if (pool === undefined) return { ok: 'no', evidence: [`there is no pool ${name}`] };
    return {
      ok: isSo(pool.scan, mode, result?.before) ? 'yes' : 'no',
      evidence: [`${name}: ${scanText(pool.scan, now)}`],
    };
  },
});

/** A scrub of a small pool may be over before anybody looks: then its time of start is a new one. */
function isSo(scan: Scan | undefined, mode: Input['mode'], before: string | undefined): boolean {
  if (scan?.kind !== 'scrub') return false;
  if (mode === 'pause') return scan.state === 'paused';
  if (mode === 'stop') return scan.state === 'canceled';
  return scan.state === 'running' || (scan.state === 'finished' && before !== undefined && scan.startedAt !== before);
}

/** A scan that the pool does not have cannot be paused or stopped: ZFS says so itself. */
function withScan(pool: Pool, mode: Input['mode'], now: Date): Pool {
  if (mode === 'start')
    return { ...pool, scan: { kind: 'scrub', state: 'running', startedAt: now.toISOString(), errors: 0, progress: 0 } };
  if (pool.scan?.kind !== 'scrub') return pool;
  return { ...pool, scan: { ...pool.scan, state: mode === 'pause' ? 'paused' : 'canceled' } };
}
