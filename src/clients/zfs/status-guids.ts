import type { PoolSpace } from './lists.ts';
import type { Pool, Vdev } from './model.ts';

/** What else was read of the same pools, in this order. */
export interface GuidReads {
  /** The same rows with guids in the place of names (`zpool status -g`). */
  readonly guids: readonly Pool[];
  /** The first read once more: what is between two equal looks is the same. */
  readonly again: readonly Pool[];
  readonly space: readonly PoolSpace[];
}

/**
 * Versions before 2.3 print names or guids, never both: the two texts are laid over each other row by row. A pool whose
 * rows are not the same in all three reads (a spare came, a disk went) stays without guids, so that nobody acts on it.
 */
export function withGuids(pools: readonly Pool[], { guids, again, space }: GuidReads): Pool[] {
  return pools.map((pool) => {
    const numbers = guids.find(({ name }) => name === pool.name);
    const later = again.find(({ name }) => name === pool.name);
    const guid = space.find(({ name }) => name === pool.name)?.guid ?? '';
    const isStill = later !== undefined && sameRows(pool.vdevs, later.vdevs);
    const vdevs = numbers && isStill ? overlay(pool.vdevs, numbers.vdevs) : undefined;
    return { ...pool, guid, ...(vdevs && { vdevs }) };
  });
}

const sameRows = (before: readonly Vdev[], after: readonly Vdev[]): boolean =>
  before.length === after.length &&
  before.every((vdev, index) => {
    const other = after[index];
    return other?.name === vdev.name && other.state === vdev.state && sameRows(vdev.children, other.children);
  });

/** Undefined when the rows do not fit each other. */
function overlay(named: readonly Vdev[], numbered: readonly Vdev[]): Vdev[] | undefined {
  if (named.length !== numbered.length) return undefined;
  const merged: Vdev[] = [];
  for (const [index, vdev] of named.entries()) {
    const number = numbered[index];
    if (number === undefined || !isGuid(number.name) || number.state !== vdev.state || number.class !== vdev.class)
      return undefined;
    // A disk that is gone is named by its guid in both.
    if (vdev.guid !== '' && vdev.guid !== number.name) return undefined;
    const children = overlay(vdev.children, number.children);
    if (children === undefined) return undefined;
    merged.push({ ...vdev, guid: number.name, children });
  }
  return merged;
}

const isGuid = (name: string): boolean => /^\d{1,20}$/.test(name);
