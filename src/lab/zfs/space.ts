import type { LabDataset, LabPool, LabVdev } from './model.ts';

/** Sizes in bytes, as near to the real sums as a model without blocks can be. */

const SLOP_MAX = 128 * 1024 ** 3;

const smallest = (vdev: LabVdev): number =>
  vdev.children.length === 0 ? (vdev.disk?.sizeBytes ?? 0) : Math.min(...vdev.children.map((child) => smallest(child)));

export const rawSize = (vdev: LabVdev): number =>
  vdev.type === 'raidz' ? vdev.children.length * smallest(vdev) : smallest(vdev);

export const usableSize = (vdev: LabVdev): number =>
  vdev.type === 'raidz' ? (vdev.children.length - vdev.parity) * smallest(vdev) : smallest(vdev);

const normal = ({ vdevs }: LabPool): readonly LabVdev[] => vdevs.filter((vdev) => vdev.class === 'normal');
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface PoolSpace {
  readonly size: number;
  readonly allocated: number;
  readonly free: number;
  readonly usable: number;
}

export const poolSpace = (pool: LabPool): PoolSpace =>
  spaceWith(pool, sum([...pool.datasets.values()].map((dataset) => own(dataset))));

function spaceWith(pool: LabPool, used: number): PoolSpace {
  const size = sum(normal(pool).map(rawSize));
  const whole = sum(normal(pool).map(usableSize));
  const allocated = Math.min(size, Math.round(used * (size / (whole || 1))));
  // Slop space cannot be written to, though `zpool list` counts it as free.
  const usable = whole - Math.min(SLOP_MAX, Math.round(whole / 32));
  return { size, allocated, free: size - allocated, usable };
}

const own = ({ referenced, snapshots }: LabDataset): number => {
  let total = referenced;
  for (const { used } of snapshots.values()) total += used;
  return total;
};

/** The dataset and everything above it, nearest first. */
export function* lineOf(name: string): Generator<string> {
  for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) yield at;
}

/** What each dataset uses with everything below it, and what it could take: worked out for all of them in one go. */
export function usageOf(pool: LabPool): { used(name: string): number; available(name: string): number } {
  const all = new Map<string, number>();
  for (const dataset of pool.datasets.values()) {
    const bytes = own(dataset);
    for (const name of lineOf(dataset.name)) all.set(name, (all.get(name) ?? 0) + bytes);
  }
  const used = (name: string): number => all.get(name) ?? 0;
  const left = Math.max(0, spaceWith(pool, used(pool.name)).usable - used(pool.name));
  return {
    used,
    /** Limited by the pool and by every quota above. */
    available(name) {
      let least = left;
      for (const at of lineOf(name)) {
        const quota = Number(pool.datasets.get(at)?.properties.get('quota') ?? 0);
        if (quota > 0) least = Math.min(least, Math.max(0, quota - used(at)));
      }
      return least;
    },
  };
}
