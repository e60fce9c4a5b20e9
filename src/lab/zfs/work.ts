import type { LabHostState, LabPool, LabScan, LabVdev } from './model.ts';
import { leaves, walk } from './model.ts';
import { poolSpace } from './space.ts';

/** Scrubs, resilvers and expansions go on with the clock; every command first brings them up to now. */

export const newScan = (kind: LabScan['kind'], host: LabHostState, pool: LabPool, nowMs: number): LabScan => ({
  kind,
  state: 'SCANNING',
  startMs: nowMs,
  endMs: 0,
  pausedAtMs: 0,
  spentPausedMs: 0,
  durationMs: host.scanMs,
  toExamine: poolSpace(pool).allocated,
  errors: 0,
  repaired: 0,
});

/** 0..1. */
export function progressOf(scan: LabScan, nowMs: number): number {
  if (scan.state === 'FINISHED') return 1;
  const until = scan.pausedAtMs > 0 ? scan.pausedAtMs : nowMs;
  return Math.min(1, Math.max(0, (until - scan.startMs - scan.spentPausedMs) / scan.durationMs));
}

/** Brings every pool of the host up to now. */
export function catchUp(host: LabHostState, nowMs: number): void {
  for (const pool of host.pools.values()) {
    if (pool.suspended) continue;
    const { scan, expansion } = pool;
    if (scan?.state === 'SCANNING' && scan.pausedAtMs === 0 && progressOf(scan, nowMs) >= 1) finish(host, pool, scan);
    if (expansion && nowMs >= expansion.startMs + expansion.durationMs) {
      pool.expansion = undefined;
      pool.scan = newScan('SCRUB', host, pool, expansion.startMs + expansion.durationMs);
      catchUp(host, nowMs);
    }
  }
}

function finish(host: LabHostState, pool: LabPool, scan: LabScan): void {
  scan.state = 'FINISHED';
  scan.endMs = scan.startMs + scan.durationMs + scan.spentPausedMs;
  host.events.push({
    atMs: scan.endMs,
    class: `sysevent.fs.zfs.${scan.kind === 'SCRUB' ? 'scrub' : 'resilver'}_finish`,
  });
  if (scan.kind === 'RESILVER') settleRows(pool);
  else repairLatent(pool, scan);
}

/** A replaced disk leaves, and its row becomes the new disk. */
function settleRows(pool: LabPool): void {
  const settle = (vdevs: LabVdev[]): LabVdev[] =>
    vdevs.map((vdev) => {
      vdev.children = settle(vdev.children);
      if (vdev.type !== 'replacing') return vdev;
      const fresh = vdev.children.at(-1) ?? vdev;
      for (const old of vdev.children.slice(0, -1)) if (old.disk) old.disk.holds = undefined;
      return fresh;
    });
  pool.vdevs = settle(pool.vdevs);
}

/** Damage that only a scrub finds: it is repaired, and counted. */
function repairLatent(pool: LabPool, scan: LabScan): void {
  for (const leaf of leaves(pool.vdevs)) {
    const damaged = leaf.latent;
    if (damaged === 0 || leaf.condition !== 'ok') continue;
    leaf.latent = 0;
    leaf.errors.checksum += damaged;
    leaf.processed += damaged * 32_768;
    scan.repaired += damaged * 32_768;
  }
}

export const findLeaf = (pool: LabPool, guid: string): LabVdev | undefined =>
  [...walk(pool.vdevs)].find((vdev) => vdev.guid === guid);

/** Puts `next` in the place of `old`, wherever it stands. */
export function substitute(pool: LabPool, old: LabVdev, next: LabVdev): void {
  const swap = (vdevs: LabVdev[]): LabVdev[] =>
    vdevs.map((vdev) => {
      if (vdev === old) return next;
      vdev.children = swap(vdev.children);
      return vdev;
    });
  pool.vdevs = swap(pool.vdevs);
}

export function startResilver(host: LabHostState, pool: LabPool, nowMs: number): void {
  pool.scan = newScan('RESILVER', host, pool, nowMs);
  host.events.push({ atMs: nowMs, class: 'sysevent.fs.zfs.resilver_start' });
}
