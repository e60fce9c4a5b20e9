import type { ProxmoxDisk } from '../proxmox/schema.ts';
import type { WorldParts } from '../world.ts';
import { type Vdev, walkVdevs } from '../zfs/health.ts';
import type { ZfsHost, ZfsPool } from '../zfs/schema.ts';
import type { Reading } from './contract.ts';

/** What of a world is worth comparing with later: built here, and asked for by the same functions in the checks. */

export const DISK_COUNTERS = ['reallocated', 'pending', 'uncorrectable', 'mediaErrors'] as const;
export type DiskMetric = (typeof DISK_COUNTERS)[number] | 'wornPercent';

/** Undefined for a disk without a serial number: nothing says that it is the same one tomorrow. */
export const diskReading = ({ serial, smart }: ProxmoxDisk, metric: DiskMetric): Reading | undefined => {
  const value = smart?.[metric];
  return serial === '' || value === undefined ? undefined : { resource: `disk ${serial}`, metric, value };
};

export const vdevReading = ({ metadata }: ZfsPool, { guid, name, errors }: Vdev): Reading => ({
  resource: `vdev ${metadata.uid} ${guid || name}`,
  metric: 'errors',
  value: errors.read + errors.write + errors.checksum,
});

/** How long the last scrub took that came to its end. */
export function scrubReading({ metadata, pool: { scan } }: ZfsPool): Reading | undefined {
  if (scan?.kind !== 'scrub' || scan.state !== 'finished') return undefined;
  const minutes = (Date.parse(scan.endedAt ?? '') - Date.parse(scan.startedAt ?? '')) / 60_000;
  return Number.isNaN(minutes) ? undefined : { ...scrubOf(metadata.uid), value: Math.round(minutes) };
}
export const scrubOf = (poolGuid: string): Pick<Reading, 'resource' | 'metric'> => ({
  resource: `pool ${poolGuid}`,
  metric: 'scrubMinutes',
});

export const arcReading = ({ metadata, arc }: ZfsHost, metric: 'hits' | 'misses'): Reading | undefined =>
  arc && { resource: `arc ${metadata.name}`, metric, value: arc[metric] };

export function readingsOf({ proxmoxDisks, zfsPools, zfsHosts }: WorldParts): readonly Reading[] {
  const disks = proxmoxDisks?.state === 'known' ? [...proxmoxDisks.value.values()] : [];
  const pools = zfsPools?.state === 'known' ? [...zfsPools.value.values()] : [];
  const hosts = zfsHosts?.state === 'known' ? [...zfsHosts.value.values()] : [];
  const found = [
    ...disks.flatMap((disk) => [...DISK_COUNTERS, 'wornPercent' as const].map((metric) => diskReading(disk, metric))),
    ...pools.flatMap((pool) => [
      scrubReading(pool),
      ...[...walkVdevs(pool.pool.vdevs)].map((vdev) => vdevReading(pool, vdev)),
    ]),
    ...hosts.flatMap((host) => [arcReading(host, 'hits'), arcReading(host, 'misses')]),
  ];
  return found.filter((reading) => reading !== undefined);
}
