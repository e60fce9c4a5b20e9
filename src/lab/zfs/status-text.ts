import { isLeaf, type LabHostState, type LabPool, type LabScan, type LabVdev, type VdevClass } from './model.ts';
import { messageOf, poolState, rootState, stateOf } from './state.ts';
import { progressOf } from './work.ts';

/** `zpool status -v -P -p -s` for hosts older than 2.3, and `-g -p -s`: guids in the place of names. */

export const statusText = (host: LabHostState, nowMs: number, isByGuid = false): string =>
  host.pools.size === 0
    ? 'no pools available\n'
    : [...host.pools.values()].map((pool) => poolText(pool, nowMs, isByGuid)).join('\n');

function poolText(pool: LabPool, nowMs: number, isByGuid: boolean): string {
  const message = messageOf(pool);
  return [
    `  pool: ${pool.name}`,
    ` state: ${poolState(pool)}`,
    ...(message ? [`status: ${message.status.trimEnd()}`, `action: ${message.action.trimEnd()}`] : []),
    ...(message?.msgid ? [`   see: https://openzfs.github.io/openzfs-docs/msg/${message.msgid}`] : []),
    ...(pool.scan && !pool.suspended ? [`  scan: ${scanText(pool.scan, nowMs)}`] : []),
    'config:',
    '',
    ...rowsText(pool, isByGuid),
    '',
    errorsText(pool),
    '',
  ].join('\n');
}

const timeText = (ms: number): string => {
  const [day = '', month = '', date = '', year = '', time = ''] = new Date(ms)
    .toUTCString()
    .replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $4 $5')
    .split(' ');
  return `${day} ${month} ${Number(date) < 10 ? ` ${Number(date)}` : date} ${time} ${year}`;
};

const durationText = (ms: number): string => {
  const all = Math.floor(ms / 1000);
  const parts = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
};

function scanText(scan: LabScan, nowMs: number): string {
  const word = scan.kind === 'SCRUB' ? 'scrub' : 'resilver';
  if (scan.state === 'CANCELED') return `${word} canceled on ${timeText(scan.endMs)}`;
  if (scan.state === 'FINISHED')
    return `${scan.kind === 'SCRUB' ? 'scrub repaired' : 'resilvered'} ${scan.repaired}B in ${durationText(scan.durationMs)} with ${scan.errors} errors on ${timeText(scan.endMs)}`;
  const since = timeText(scan.pausedAtMs > 0 ? scan.pausedAtMs : scan.startMs);
  const percent = (progressOf(scan, nowMs) * 100).toFixed(2);
  const lines =
    scan.pausedAtMs > 0
      ? [`${word} paused since ${since}`, `\t${word} started on ${timeText(scan.startMs)}`]
      : [`${word} in progress since ${since}`];
  return [...lines, `\t${scan.repaired}B ${scan.kind === 'SCRUB' ? 'repaired' : 'resilvered'}, ${percent}% done`].join(
    '\n',
  );
}

const HEADINGS: readonly (readonly [VdevClass, string])[] = [
  ['dedup', 'dedup'],
  ['special', 'special'],
  ['log', 'logs'],
  ['l2cache', 'cache'],
  ['spare', 'spares'],
];

function rowsText(pool: LabPool, isByGuid: boolean): string[] {
  const of = (group: VdevClass): LabVdev[] => pool.vdevs.filter((vdev) => vdev.class === group);
  const root = { name: pool.name, state: pool.suspended ? 'ONLINE' : rootState(pool) };
  return [
    '\tNAME  STATE  READ WRITE CKSUM  SLOW',
    `\t${root.name}  ${root.state}  0  0  0  0`,
    ...of('normal').flatMap((vdev) => vdevText(vdev, 1, isByGuid)),
    ...HEADINGS.flatMap(([group, heading]) => {
      const rows = of(group).flatMap((vdev) => vdevText(vdev, 1, isByGuid));
      return rows.length === 0 ? [] : [`\t${heading}`, ...rows];
    }),
  ];
}

function vdevText(vdev: LabVdev, depth: number, isByGuid: boolean): string[] {
  const indent = '  '.repeat(depth);
  if (vdev.class === 'spare' && isLeaf(vdev))
    return [`\t${indent}${isByGuid ? vdev.guid : vdev.name}  ${vdev.condition === 'ok' ? 'AVAIL' : 'UNAVAIL'}`];
  const state = stateOf(vdev) === 'CANT_OPEN' ? 'UNAVAIL' : stateOf(vdev);
  const isMissing = isLeaf(vdev) && vdev.condition === 'unavail';
  const { read, write, checksum } = vdev.errors;
  const note = isMissing ? `  was ${vdev.name}` : vdev.aux === 'EXTERNAL' ? '  external device fault' : '';
  return [
    `\t${indent}${isMissing || isByGuid ? vdev.guid : vdev.name}  ${state}  ${read}  ${write}  ${checksum}  0${note}`,
    ...vdev.children.flatMap((child) => vdevText(child, depth + 1, isByGuid)),
  ];
}

function errorsText({ dataErrors, suspended }: LabPool): string {
  if (dataErrors.length === 0) return 'errors: No known data errors';
  if (suspended) return 'errors: List of errors unavailable: pool I/O is currently suspended';
  return [
    'errors: Permanent errors have been detected in the following files:',
    '',
    ...dataErrors.map((name) => `        ${name}`),
  ].join('\n');
}
