import { type ErrorCounts, isLeaf, type Pool, type Vdev, walkVdevs } from './model.ts';

/** States that mean "works"; a spare at rest is AVAIL, one at work INUSE. */
const FINE = new Set(['ONLINE', 'AVAIL', 'INUSE']);

export const isAbnormal = (vdev: Vdev): boolean => !FINE.has(vdev.state);

/** Every vdev that is not ONLINE, of every class: the one message that ZFS prints hides the others. */
export const abnormalVdevs = (pool: Pool): Vdev[] => [...walkVdevs(pool.vdevs)].filter(isAbnormal);

/** Vdevs with read, write or checksum errors. Inner rows can count while their leaves show 0, so all are looked at. */
export const vdevsWithErrors = (pool: Pool): Vdev[] =>
  [...walkVdevs(pool.vdevs)].filter(({ errors }) => errors.read + errors.write + errors.checksum > 0);

export const sumErrors = (vdevs: readonly Vdev[]): ErrorCounts =>
  vdevs.reduce(
    (sum, { errors }) => ({
      read: sum.read + errors.read,
      write: sum.write + errors.write,
      checksum: sum.checksum + errors.checksum,
    }),
    { read: 0, write: 0, checksum: 0 },
  );

/** How many more disks a top-level vdev can lose; negative = its data is gone. */
export interface Redundancy {
  readonly vdev: Vdev;
  readonly left: number;
  /** What it can lose when everything works. */
  readonly full: number;
}

/** Per top-level vdev that holds data or the intent log; cache and spares hold nothing that can be lost. */
export const redundancyOf = (pool: Pool): Redundancy[] =>
  pool.vdevs
    .filter((vdev) => vdev.class !== 'l2cache' && vdev.class !== 'spare' && vdev.type !== 'indirect')
    .map((vdev) => {
      const full = fullRedundancy(vdev);
      return { vdev, left: full - lostIn(vdev, isResilvering(pool)), full };
    });

/** Until it ends, a new disk or a spare holds only part of what the old one held. */
const isResilvering = ({ scan }: Pool): boolean =>
  scan !== undefined && (scan.kind === 'resilver' || scan.kind === 'rebuild') && scan.state === 'running';

/** Parity of raidz and dRAID from the name (`raidz3-0`, `draid2:4d:8c:1s-0`), copies - 1 of a mirror, 0 of a lone disk. */
export function fullRedundancy(vdev: Vdev): number {
  if (vdev.type === 'mirror') return vdev.children.length - 1;
  const parity = /^(?:raidz|draid)([123])?(?![a-z])/.exec(vdev.name);
  if (parity) return Number(parity[1] ?? 1);
  return 0;
}

const lostIn = (vdev: Vdev, resilvering: boolean): number => {
  const works = (one: Vdev): boolean => isWorking(one, resilvering);
  if (isLeaf(vdev)) return works(vdev) ? 0 : 1;
  return vdev.children.filter((child) => !works(child)).length;
};

/** A `replacing` or `spare` row works when one of its disks has everything: the old one, or the new one once it is resilvered. */
function isWorking(vdev: Vdev, resilvering: boolean): boolean {
  if (vdev.type === 'replacing' || vdev.type === 'spare') {
    const whole = resilvering ? vdev.children.slice(0, 1) : vdev.children;
    return whole.some((child) => isWorking(child, resilvering));
  }
  return vdev.state === 'ONLINE' || vdev.state === 'DEGRADED';
}
