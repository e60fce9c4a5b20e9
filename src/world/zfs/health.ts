/** What can be said about a pool by itself; the same sums for the tools and for the checks. */
export {
  abnormalVdevs,
  isAbnormal,
  type Redundancy,
  redundancyOf,
  sumErrors,
  vdevsWithErrors,
} from '../../clients/zfs/health.ts';
export { isLeaf, type Pool, type Vdev, type VdevClass, walkVdevs } from '../../clients/zfs/model.ts';

import { type Redundancy, redundancyOf } from '../../clients/zfs/health.ts';
import type { Pool, VdevClass } from '../../clients/zfs/model.ts';

/** Classes whose loss is the loss of the pool. */
export const HOLDS_DATA: ReadonlySet<VdevClass> = new Set(['normal', 'special', 'dedup']);

/** The weakest vdev that holds data; undefined for a pool of which nothing is known. */
export const weakestOf = (pool: Pool): Redundancy | undefined =>
  redundancyOf(pool)
    .filter(({ vdev }) => HOLDS_DATA.has(vdev.class))
    .toSorted((a, b) => a.left - b.left)[0];

/** `raidz3-0 can lose 2 more disks`, `mirror-1 (special) can lose no more disk`, `raidz1-0 has lost more than it can`. */
export function redundancyText({ vdev, left }: Redundancy): string {
  const name = vdev.class === 'normal' ? nameOf(vdev) : `${nameOf(vdev)} (${vdev.class})`;
  if (left < 0) return vdev.class === 'log' ? `${name} is gone` : `${name} has lost more disks than it can`;
  return `${name} can lose ${left === 0 ? 'no' : left} more disk${left === 1 || left === 0 ? '' : 's'}`;
}

/** The last part of a path; names of rows are short already. */
export const nameOf = ({ name, was }: { readonly name: string; readonly was?: string }): string =>
  ((/^\d+$/.test(name) ? was : undefined) ?? name).replace(/^.*\//, '').replace(/-part\d+$/, '');
