import {
  isLeaf,
  type LabHostState,
  type LabPool,
  type LabScan,
  type LabVdev,
  pathOf,
  type VdevClass,
} from './model.ts';
import { poolSpace, rawSize, usableSize, usageOf } from './space.ts';
import { messageOf, poolState, rootState, stateOf } from './state.ts';
import { progressOf } from './work.ts';

/** `zpool status -j -p -v -P -s` of OpenZFS 2.3: every number a string, members in its order. */

type Json = Record<string, unknown>;

const VERSION = { command: 'zpool status', vers_major: 0, vers_minor: 1 };

export const statusJson = (host: LabHostState, nowMs: number): string =>
  `${JSON.stringify({
    output_version: VERSION,
    pools: Object.fromEntries([...host.pools.values()].map((pool) => [pool.name, poolJson(pool, nowMs)])),
  })}\n`;

function poolJson(pool: LabPool, nowMs: number): Json {
  const message = messageOf(pool);
  return {
    name: pool.name,
    state: poolState(pool),
    pool_guid: pool.guid,
    txg: String(pool.txg),
    spa_version: '5000',
    zpl_version: '5',
    ...(message && { status: message.status, action: message.action }),
    ...(message?.msgid && {
      msgid: message.msgid,
      moreinfo: `https://openzfs.github.io/openzfs-docs/msg/${message.msgid}`,
    }),
    // A suspended pool tells nothing of its scan.
    ...(pool.scan && !pool.suspended && { scan_stats: scanJson(pool.scan, nowMs) }),
    ...(pool.expansion && { raidz_expand_stats: expansionJson(pool, nowMs) }),
    vdevs: { [pool.name]: rootJson(pool) },
    ...groupJson(pool, 'dedup', 'dedup'),
    ...groupJson(pool, 'special', 'special'),
    ...groupJson(pool, 'log', 'logs'),
    ...groupJson(pool, 'l2cache', 'l2cache'),
    ...groupJson(pool, 'spare', 'spares'),
    error_count: String(pool.dataErrors.length),
    ...(pool.dataErrors.length > 0 && {
      errlist: pool.suspended ? 'Resource temporarily unavailable' : pool.dataErrors,
    }),
  };
}

const seconds = (ms: number): string => String(Math.floor(ms / 1000));

function scanJson(scan: LabScan, nowMs: number): Json {
  const issued = Math.round(scan.toExamine * progressOf(scan, nowMs));
  return {
    function: scan.kind,
    state: scan.state,
    start_time: seconds(scan.startMs),
    end_time: seconds(scan.endMs),
    to_examine: String(scan.toExamine),
    examined: String(Math.min(scan.toExamine, issued * 2)),
    skipped: '0',
    processed: String(scan.repaired),
    errors: String(scan.errors),
    bytes_per_scan: '0',
    pass_start: seconds(scan.startMs),
    scrub_pause: seconds(scan.state === 'SCANNING' ? scan.pausedAtMs : 0),
    scrub_spent_paused: seconds(scan.spentPausedMs),
    issued_bytes_per_scan: String(issued),
    issued: String(issued),
  };
}

function expansionJson(pool: LabPool, nowMs: number): Json {
  const { expansion } = pool;
  if (!expansion) return {};
  const total = poolSpace(pool).allocated;
  const part = Math.min(1, (nowMs - expansion.startMs) / expansion.durationMs);
  return {
    name: `raidz${expansion.vdev.parity}`,
    state: 'SCANNING',
    expanding_vdev: String(pool.vdevs.indexOf(expansion.vdev)),
    start_time: seconds(expansion.startMs),
    end_time: '0',
    to_reflow: String(total),
    reflowed: String(Math.round(total * part)),
    waiting_for_resilver: '0',
  };
}

const errorsJson = ({ errors }: Pick<LabVdev, 'errors'>): Json => ({
  read_errors: String(errors.read),
  write_errors: String(errors.write),
  checksum_errors: String(errors.checksum),
});

function rootJson(pool: LabPool): Json {
  const { size, allocated } = poolSpace(pool);
  const usage = usageOf(pool);
  return {
    name: pool.name,
    vdev_type: 'root',
    guid: pool.guid,
    class: 'normal',
    // Root and leaves keep their state while the pool is suspended.
    state: pool.suspended ? 'ONLINE' : rootState(pool),
    alloc_space: String(allocated),
    total_space: String(size),
    def_space: String(usage.used(pool.name) + usage.available(pool.name)),
    ...errorsJson({ errors: { read: 0, write: 0, checksum: 0 } }),
    vdevs: mapOf(pool.vdevs.filter((vdev) => vdev.class === 'normal')),
  };
}

function groupJson(pool: LabPool, group: VdevClass, key: string): Json {
  const vdevs = pool.vdevs.filter((vdev) => vdev.class === group);
  return vdevs.length === 0 ? {} : { [key]: mapOf(vdevs) };
}

/** A disk that is gone stands under its guid. */
const keyOf = (vdev: LabVdev): string => (isMissing(vdev) ? vdev.guid : vdev.name);
const isMissing = (vdev: LabVdev): boolean => isLeaf(vdev) && vdev.condition === 'unavail';

const mapOf = (vdevs: readonly LabVdev[]): Json =>
  Object.fromEntries(vdevs.map((vdev) => [keyOf(vdev), vdevJson(vdev)]));

function vdevJson(vdev: LabVdev): Json {
  if (vdev.class === 'spare' && isLeaf(vdev)) return spareJson(vdev);
  return {
    name: keyOf(vdev),
    vdev_type: vdev.type,
    guid: vdev.guid,
    ...(vdev.disk && !isMissing(vdev) && placeJson(vdev)),
    class: vdev.class,
    state: stateOf(vdev),
    ...(isLeaf(vdev)
      ? {}
      : {
          alloc_space: '0',
          total_space: String(rawSize(vdev)),
          def_space: String(usableSize(vdev)),
        }),
    rep_dev_size: String(usableSize(vdev)),
    ...errorsJson(vdev),
    ...(vdev.processed > 0 && { scan_processed: String(vdev.processed) }),
    ...(vdev.aux && { aux: vdev.aux }),
    ...(isMissing(vdev) && { not_present: '1', was: vdev.name }),
    ...(isLeaf(vdev) ? { slow_ios: '0' } : { vdevs: mapOf(vdev.children) }),
  };
}

const placeJson = ({ name, disk }: LabVdev): Json => ({
  path: name,
  ...(disk?.present && { phys_path: `pci-0000:03:00.0-sas-phy${disk.kernel}-lun-0` }),
  devid: name.slice('/dev/disk/by-id/'.length),
});

const spareJson = (vdev: LabVdev): Json => ({
  name: vdev.name,
  vdev_type: 'disk',
  guid: vdev.guid,
  ...placeJson(vdev),
  class: 'spare',
  state: vdev.condition === 'ok' ? 'AVAIL' : stateOf(vdev),
});

/** For messages of `zpool`: it names a leaf by the last part of its path. */
export const shortName = (vdev: LabVdev): string => (vdev.disk ? pathOf(vdev.disk) : vdev.name);
