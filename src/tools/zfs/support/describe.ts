import type { HostDisk } from '../../../clients/zfs/contract.ts';
import { redundancyOf } from '../../../clients/zfs/health.ts';
import type { Pool, Scan, Vdev } from '../../../clients/zfs/model.ts';
import { sizeText } from '../../../core/size.ts';
import { nameOf, redundancyText } from '../../../world/zfs/health.ts';
import { percentText } from './format.ts';

/** What is left in the vdev of a disk; the line that a person reads first. */
export function redundancyLine(pool: Pool, top: Vdev): string {
  const left = redundancyOf(pool).find(({ vdev }) => vdev.name === top.name && vdev.class === top.class);
  if (left === undefined) return `${nameOf(top)} holds nothing that could be lost.`;
  if (top.class === 'log' && left.left === 0)
    return `No mirror: ${nameOf(top)} (log) can lose no disk; the pool survives its loss, synchronous writes of the last seconds may not.`;
  if (left.left > 0) return `Redundancy: ${redundancyText(left)}.`;
  return left.left === 0
    ? `REDUNDANCY LEFT: NONE. ${redundancyText(left)}; the next failure there loses the pool.`
    : `DATA WOULD BE LOST: ${redundancyText(left)}.`;
}

export const vdevLine = (vdev: Vdev, serial: string | undefined): string =>
  `${nameOf(vdev)} (guid ${vdev.guid}, serial ${serial ?? 'not readable'}, ${vdev.state}${errorsText(vdev)})`;

export function errorsText({ errors: { read, write, checksum } }: Vdev): string {
  return read + write + checksum === 0 ? '' : `, errors: read ${read}, write ${write}, checksum ${checksum}`;
}

export const diskLine = ({ id, serial, sizeBytes, model, uses }: HostDisk): string =>
  `${id} (serial ${serial ?? 'none'}, ${model ?? 'no model'}, ${sizeText(sizeBytes)}, ${uses.length === 0 ? 'empty' : uses.join(', ')})`;

export function scanText(scan: Scan | undefined, now: Date): string {
  if (scan === undefined) return 'never scrubbed';
  const { kind, state, progress, startedAt, errors } = scan;
  if (state === 'running') return `${kind} running, ${percentText(progress ?? 0)}${leftText(progress, startedAt, now)}`;
  if (state === 'paused') return `${kind} paused`;
  const when = daysText(scan.endedAt ?? startedAt, now);
  if (state === 'canceled') return `${kind} cancelled ${when}`;
  return `${kind} ${errors === 0 ? 'clean' : `with ${errors} unrepaired errors`} ${when}`;
}

/** By what it has done so far. */
function leftText(progress: number | undefined, startedAt: string | undefined, now: Date): string {
  if (progress === undefined || progress < 0.01 || startedAt === undefined) return '';
  const minutes = ((+now - Date.parse(startedAt)) / 60_000) * ((1 - progress) / progress);
  return `, about ${minutes < 90 ? `${Math.ceil(minutes)} min` : `${Math.round(minutes / 60)} h`} to go`;
}

function daysText(time: string | undefined, now: Date): string {
  if (time === undefined) return 'at an unknown time';
  const hours = (+now - Date.parse(time)) / 3_600_000;
  return hours < 48 ? `${Math.max(0, Math.round(hours))} h ago` : `${Math.round(hours / 24)} d ago`;
}
