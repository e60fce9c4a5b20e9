import { messageOf } from '../core/errors.ts';
import type { ReadingStore } from '../world/readings/contract.ts';
import type { PartsOptions } from './contract.ts';

/** What was read before. A file that cannot be used costs that comparison, and nothing else: checks judge what is there now. */
export async function openPast({
  readings: path,
  zfs,
  proxmox,
  log,
}: Pick<PartsOptions, 'readings' | 'zfs' | 'proxmox' | 'log'>): Promise<ReadingStore | undefined> {
  // Only disks and pools have anything that is compared.
  if (path === undefined || (zfs.length === 0 && proxmox.length === 0)) return undefined;
  const { openReadings } = await import('../world/readings/sqlite-readings.ts');
  try {
    return openReadings(path);
  } catch (error) {
    log.warn({ path, error: messageOf(error) }, 'The readings of before cannot be kept: growth is not judged.');
    return undefined;
  }
}
