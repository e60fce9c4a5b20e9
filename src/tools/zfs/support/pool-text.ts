import type { Section } from '../../../core/output.ts';
import { sizeText } from '../../../core/size.ts';
import {
  abnormalVdevs,
  isLeaf,
  nameOf,
  type Pool,
  type Redundancy,
  redundancyOf,
  redundancyText,
  vdevsWithErrors,
  walkVdevs,
} from '../../../world/zfs/health.ts';
import type { ZfsPool } from '../../../world/zfs/schema.ts';
import { scanText } from './describe.ts';
import { percentText } from './format.ts';

/** A pool as one line when it is well, and as what is wrong when it is not. */

export const isHealthy = ({ pool, kernelState }: ZfsPool): boolean =>
  pool.state === 'ONLINE' &&
  (kernelState === undefined || kernelState === 'ONLINE') &&
  abnormalVdevs(pool).length === 0 &&
  vdevsWithErrors(pool).length === 0 &&
  pool.dataErrors.count === 0;

const isSuspended = ({ pool, kernelState }: ZfsPool): boolean => [pool.state, kernelState].includes('SUSPENDED');

const label = ({ metadata }: ZfsPool): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** `pve1/tank ONLINE 68 % full, 75.0 TiB left; 2x raidz3 can lose 3; log 1, cache 1; scrub clean 6 d ago` */
export const poolLine = (object: ZfsPool, now: Date): string =>
  [
    `${label(object)} ${object.pool.state}${spaceText(object)}`,
    // What it could lose says nothing while it takes and gives nothing.
    ...(isSuspended(object) ? [] : groupTexts(redundancyOf(object.pool))),
    ...helperTexts(object.pool),
    // A suspended pool does not tell its scan.
    ...(isSuspended(object) ? [] : [scanText(object.pool.scan, now)]),
    ...workTexts(object.pool),
  ].join('; ');

function spaceText({ space }: ZfsPool): string {
  if (space === undefined) return '';
  const { used, available, capacity, free, fragmentation } = space;
  const isKnown = used !== undefined && available !== undefined && used + available > 0;
  const part = isKnown ? used / (used + available) : capacity / 100;
  const frag = fragmentation === undefined || fragmentation < 30 ? '' : `, ${fragmentation} % fragmented`;
  return ` ${percentText(part)} full, ${available === undefined ? `${sizeText(free)} raw` : sizeText(available)} left${frag}`;
}

/** Vdevs that are alike are told together. */
function groupTexts(all: readonly Redundancy[]): readonly string[] {
  const alike = Map.groupBy(
    all.filter(({ vdev }) => vdev.class !== 'log'),
    ({ vdev, left }) => `${vdev.name.replace(/-\d+$/, '')}\t${vdev.class}\t${left}`,
  );
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    if (group.length === 1) return [redundancyText(first)];
    const { vdev, left } = first;
    return [`${group.length}x ${nameOf(vdev).replace(/-\d+$/, '')} can lose ${left === 0 ? 'no disk' : left} each`];
  });
}

function helperTexts({ vdevs }: Pool): readonly string[] {
  const WORDS = { log: 'log', l2cache: 'cache', spare: 'spare' } as const;
  const found = Object.entries(WORDS).flatMap(([group, word]) => {
    const amount = vdevs.filter((vdev) => vdev.class === group).length;
    return amount === 0 ? [] : [`${word} ${amount}`];
  });
  return found.length === 0 ? [] : [found.join(', ')];
}

const workTexts = ({ work }: Pool): readonly string[] =>
  work
    .filter(({ state }) => state !== 'finished')
    .map(
      ({ kind, progress }) => `${kind.replace('_', ' ')}${progress === undefined ? '' : ` ${percentText(progress)}`}`,
    );

const MOST = 16;

/** The rest of what zpool says repeats what stands above, or is advice for every pool. */
const firstSentence = (text: string): string => /^[^]*?\.(?=\s|$)/.exec(text)?.[0] ?? text;

/** What is wrong first: redundancy, then every disk that is, then what ZFS says, then the rest on one line. */
export function troubleSections(object: ZfsPool, now: Date): readonly Section[] {
  const { pool, kernelState } = object;
  const kernel = kernelState !== undefined && kernelState !== pool.state ? ` (kernel: ${kernelState})` : '';
  const weak = redundancyOf(pool).filter(({ left, full }) => left < full);
  const lines = [
    `${poolLine(object, now)}${kernel}`,
    ...(weak.length > 0 ? [`LEFT: ${weak.map(redundancyText).join('; ')}`] : []),
    ...(pool.status === undefined ? [] : [`zpool${pool.msgid ? ` ${pool.msgid}` : ''}: ${firstSentence(pool.status)}`]),
    ...dataErrorLines(object),
  ];
  return [{ kind: 'text', text: lines.join('\n') }, ...diskTable(pool)];
}

function diskTable(pool: Pool): readonly Section[] {
  const bad = new Set([...abnormalVdevs(pool).filter(isLeaf), ...vdevsWithErrors(pool)]);
  if (bad.size === 0) return [];
  const rows = pool.vdevs.flatMap((top) =>
    [...walkVdevs([top])]
      .filter((vdev) => bad.has(vdev))
      .map((vdev) => [
        nameOf(vdev),
        top === vdev ? top.class : top.class === 'normal' ? top.name : `${top.name} ${top.class}`,
        [vdev.state, vdev.aux ?? ''].join(' ').trim(),
        `${vdev.errors.read}/${vdev.errors.write}/${vdev.errors.checksum}`,
        vdev.guid,
      ]),
  );
  const shown = rows.slice(0, MOST);
  if (rows.length > MOST) shown.push([`and ${rows.length - MOST} more`]);
  return [{ kind: 'table', columns: ['disk', 'in', 'state', 'r/w/cksum', 'guid'], rows: shown }];
}

function dataErrorLines(object: ZfsPool): readonly string[] {
  const { dataErrors } = object.pool;
  const { count } = dataErrors;
  if (count === 0) return [];
  if (dataErrors.state === 'unlisted') {
    if (count === undefined) return [`Whether data is lost is not known: ${dataErrors.reason}`];
    return isSuspended(object)
      ? [
          `${count} data errors, not listed while it is suspended: what was not written is tried again by zfs_clear_errors; whether data is lost shows in the scrub after it`,
        ]
      : [`DATA LOST: ${count} errors, names not told (${dataErrors.reason})`];
  }
  const names = dataErrors.names.slice(0, 5);
  const more = dataErrors.names.length > 5 ? `, ${dataErrors.names.length - 5} more` : '';
  return [`DATA LOST: ${count} errors${names.length === 0 ? ' without names' : `: ${names.join(', ')}${more}`}`];
}
