import type { HostDisk } from '../../../clients/zfs/contract.ts';
import type { Pool, Vdev } from '../../../clients/zfs/model.ts';
import { notFound } from '../../../core/errors.ts';
import { isOnDisk } from '../../../world/zfs/objects.ts';
import { mismatch } from './pools.ts';

/** The disk that a vdev stands on, as far as the host still shows it. */
export const diskUnder = (vdev: Vdev, disks: readonly HostDisk[]): HostDisk | undefined =>
  disks.find((disk) => isOnDisk(vdev, disk));

/** Guid and serial must be of one disk: the wrong disk is the risk. Errors: `input` `serial_mismatch`. */
export function demandSerial(vdev: Vdev, disk: HostDisk | undefined, serial: string): void {
  if (disk?.serial === serial) return;
  throw mismatch(
    `the vdev with guid ${vdev.guid} is ${disk === undefined ? 'not a disk that the host shows' : `on the disk with serial ${disk.serial ?? 'unknown'}`}, not on ${serial}`,
    'Take both from one row of zfs_disks.',
  );
}

/** The new disk by path and serial. Errors: `not_found` `unknown_disk`; `input` `serial_mismatch`. */
export function newDisk(disks: readonly HostDisk[], path: string, serial: string): HostDisk {
  const disk = disks.find(({ allIds }) => allIds.includes(path));
  if (disk === undefined)
    throw notFound('unknown_disk', `Unable to find ${path}: the host shows no such disk.`, 'See zfs_disks.');
  if (disk.serial === serial) return disk;
  throw mismatch(
    `${path} has the serial ${disk.serial ?? 'unknown'}, not ${serial}`,
    'Take path and serial from one row of zfs_disks.',
  );
}

/** After a replace or an attach the new leaf is found by its path: ZFS gives it a guid of its own. */
export const leafAt = (pool: Pool, path: string): Vdev | undefined => {
  const search = (vdevs: readonly Vdev[]): Vdev | undefined => {
    for (const vdev of vdevs) {
      if (vdev.path?.replace(/-part\d+$/, '') === path) return vdev;
      const found = search(vdev.children);
      if (found) return found;
    }
    return undefined;
  };
  return search(pool.vdevs);
};
