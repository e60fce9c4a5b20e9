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

export function poolSpace(pool: LabPool): { size: number; allocated: number; free: number; usable: number } {
  const size = sum(normal(pool).map(rawSize));
  const whole = sum(normal(pool).map(usableSize));
  const allocated = Math.min(size, Math.round(usedBytes(pool, pool.name) * (size / (whole || 1))));
  // Slop space cannot be written to, though `zpool list` counts it as free.
  const usable = whole - Math.min(SLOP_MAX, Math.round(whole / 32));
  return { size, allocated, free: size - allocated, usable };
}

const own = ({ referenced, snapshots }: LabDataset): number =>
  referenced + sum([...snapshots.values()].map(({ used }) => used));

/** With everything below it. */
export const usedBytes = (pool: LabPool, name: string): number =>
  sum(
    [...pool.datasets.values()]
      .filter((dataset) => dataset.name === name || dataset.name.startsWith(`${name}/`))
      .map(own),
  );

/** Limited by the pool and by every quota above. */
export function availableBytes(pool: LabPool, name: string): number {
  const limits = [Math.max(0, poolSpace(pool).usable - usedBytes(pool, pool.name))];
  for (let at = name; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const quota = Number(pool.datasets.get(at)?.properties.get('quota') ?? 0);
    if (quota > 0) limits.push(Math.max(0, quota - usedBytes(pool, at)));
  }
  return Math.min(...limits);
}
