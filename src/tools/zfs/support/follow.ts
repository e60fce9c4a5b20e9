import type { ZfsReader } from '../../../clients/zfs/contract.ts';
import { sumErrors, vdevsWithErrors } from '../../../clients/zfs/health.ts';
import type { Pool } from '../../../clients/zfs/model.ts';
import type { Verdict } from '../../../core/tool.ts';
import { poll } from '../../cluster/support/pause.ts';
import { percentText } from './format.ts';

const WAIT_MS = 30_000;
const EVERY_MS = 1_000;

/** Undefined = it is not so, and waiting will not make it so. */
export type PoolTest = (pool: Pool) => 'yes' | 'no' | 'going';

/**
 * Looks at a pool until it is as wanted and no resilver runs any more, a bounded time. A resilver that goes on is `unknown`,
 * never success: it is looked at again before the next change of that pool.
 */
export async function followPool(
  { reader, pool: name }: { readonly reader: ZfsReader; readonly pool: string },
  test: PoolTest,
  ctx: { readonly signal: AbortSignal; progress(message: string): void },
): Promise<Verdict> {
  let last: Pool | undefined;
  const look = async (): Promise<'yes' | 'no' | undefined> => {
    last = (await reader.pools(ctx.signal)).find((pool) => pool.name === name);
    if (last === undefined) return 'no';
    const found = test(last);
    if (found === 'no') return 'no';
    const { scan } = last;
    const isFilling = scan?.kind === 'resilver' && scan.state === 'running';
    if (isFilling) ctx.progress(`resilver of ${name}: ${percentText(scan.progress ?? 0)}`);
    return found === 'yes' && !isFilling ? 'yes' : undefined;
  };
  const seen = await poll(look, { forMs: WAIT_MS, everyMs: EVERY_MS, signal: ctx.signal });
  return { ok: seen ?? 'unknown', evidence: evidenceOf(last, name) };
}

function evidenceOf(pool: Pool | undefined, name: string): readonly string[] {
  if (pool === undefined) return [`there is no pool ${name}`];
  const { scan } = pool;
  const { read, write, checksum } = sumErrors(vdevsWithErrors(pool));
  return [
    `${name} is ${pool.state}`,
    ...(scan
      ? [
          scan.state === 'running'
            ? `${scan.kind} at ${percentText(scan.progress ?? 0)}: follow it with zfs_status`
            : `${scan.kind} ${scan.state}, ${scan.errors} errors`,
        ]
      : []),
    ...(read + write + checksum > 0 ? [`counted errors: read ${read}, write ${write}, checksum ${checksum}`] : []),
  ];
}
