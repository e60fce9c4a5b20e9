import * as z from 'zod';
import { type Change, changeOf } from '../../world/readings/change.ts';
import type { Readings } from '../../world/readings/contract.ts';
import { vdevReading } from '../../world/readings/observe.ts';
import {
  abnormalVdevs,
  HOLDS_DATA,
  isAbnormal,
  isLeaf,
  nameOf,
  type Pool,
  redundancyText,
  sumErrors,
  type Vdev,
  vdevsWithErrors,
  weakestOf,
} from '../../world/zfs/health.ts';
import type { ZfsPool } from '../../world/zfs/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, durationText, enumerate, oneLine } from '../facts.ts';
import { isSuspended, poolId, poolLabel, subjectOf, unreadHosts } from './facts.ts';

export default defineCheck({
  id: 'Z01',
  title: 'Every pool is whole, and nothing in it has counted an error',
  severity: 'critical',
  why: 'ONLINE is not health: a pool that loses every write can say ONLINE, and one message hides all others. State, counters of every vdev, lost data and the redundancy left are looked at together.',
  needs: ['zfsPools', 'zfsHosts'],
  wants: ['readings'],
  params: z.strictObject({
    /** Counters that have not moved for so many days are an old story that nobody has cleared. */
    stillDays: z.int().positive().default(7),
  }),
  introduced: 'ask',
  evaluate: ({ zfsPools, zfsHosts, readings }, { params, now }) => [
    ...[...zfsPools.values()].flatMap((pool) => [
      ...stateOf(pool),
      ...errorsOf(pool, { readings, now, days: params.stillDays }),
      ...dataErrorsOf(pool),
    ]),
    ...unreadHosts('Z01', zfsHosts, 'pools'),
  ],
});

type Own = Pick<FoundFault, 'message' | 'evidence' | 'remedy'> & Partial<FoundFault> & { readonly kind: string };

const faultOf = (pool: ZfsPool, { kind, ...own }: Own): FoundFault => ({
  target: poolLabel(pool),
  subject: subjectOf('zfsPools', pool),
  fingerprint: `Z01:${kind}:${poolId(pool.metadata)}`,
  lessons: ['zfs-scrub-overdue'],
  ...own,
});

/** The classes that Z03 judges: their loss takes nothing from the pool. */
const isHelper = ({ class: group }: Vdev): boolean => group === 'l2cache' || group === 'spare' || group === 'log';

function stateOf(object: ZfsPool): readonly FoundFault[] {
  const { pool } = object;
  const lost = abnormalVdevs(pool).filter((vdev) => isLeaf(vdev) && HOLDS_DATA.has(vdev.class));
  if (isSuspended(object)) return [suspended(object)];
  if (lost.length === 0 && isExplained(pool)) return [];
  const weakest = weakestOf(pool);
  const left = weakest?.left ?? 0;
  return [
    faultOf(object, {
      ...gradeOf(left),
      message: `${poolLabel(object)} is ${pool.state}: ${weakest ? redundancyText(weakest) : 'what is left of it is not known'}.`,
      evidence: [...lost.slice(0, 12).map(lostText), ...more(lost.length, 12), ...saidBy(pool)],
      remedy: isResilvering(pool)
        ? 'Wait for the resilver; zfs_status shows how far it is. Take no other disk out meanwhile.'
        : 'Look at zfs_disks for the failed disk and a free one, then plan zfs_replace_disk.',
    }),
  ];
}

/** ONLINE, or DEGRADED by a log, a cache or a spare alone: Z03 tells about those. */
const isExplained = (pool: Pool): boolean =>
  pool.state === 'ONLINE' || (pool.state === 'DEGRADED' && abnormalVdevs(pool).some(isHelper));

const gradeOf = (left: number): Pick<Own, 'kind' | 'severity' | 'introduced'> => ({
  kind: `state:${left < 0 ? 'lost' : left === 0 ? 'bare' : 'degraded'}`,
  severity: left <= 0 ? 'critical' : 'high',
  introduced: left < 0 ? 'deny' : 'ask',
});

const suspended = (object: ZfsPool): FoundFault =>
  faultOf(object, {
    kind: 'suspended',
    message: `${poolLabel(object)} is suspended: nothing is read from it or written to it.`,
    evidence: [
      `zpool says ${object.pool.state}, the kernel ${object.kernelState ?? 'nothing'}`,
      ...vdevsWithErrors(object.pool).slice(0, 8).map(errorText),
      ...heldText(object.pool),
    ],
    remedy:
      'Bring its disks back (power, cables, controller), then zfs_clear_errors, then zfs_scrub. Send it nothing else: commands hang and run later by themselves.',
  });

/** Writes that failed are kept and tried again by `zpool clear`: what is counted while it is suspended is not lost yet. */
const heldText = ({ dataErrors: { count: amount } }: Pool): readonly string[] =>
  amount === undefined || amount === 0
    ? []
    : [`${count(amount, 'data error')}, not listed meanwhile: whether data is lost shows once it is back and scrubbed`];

const isResilvering = ({ scan }: Pool): boolean =>
  scan?.state === 'running' && (scan.kind === 'resilver' || scan.kind === 'rebuild');

const lostText = (vdev: Vdev): string =>
  `${nameOf(vdev)} (guid ${vdev.guid || 'not told'}${vdev.class === 'normal' ? '' : `, ${vdev.class}`}): ${vdev.state}${vdev.aux === undefined ? '' : ` ${vdev.aux}`}${countersText(vdev)}`;

const countersText = ({ errors: { read, write, checksum } }: Vdev): string =>
  read + write + checksum === 0 ? '' : `, read ${read}, write ${write}, checksum ${checksum}`;

const more = (amount: number, shown: number): readonly string[] =>
  amount > shown ? [`and ${amount - shown} more`] : [];

const saidBy = ({ msgid, status }: Pool): readonly string[] =>
  status === undefined ? [] : [`zpool${msgid === undefined ? '' : ` ${msgid}`}: ${oneLine(status, 240)}`];

/** Counters of any vdev of any class; the inner rows of a raidz can count while its disks show nothing. */
function errorsOf(object: ZfsPool, past: Past): readonly FoundFault[] {
  if (isSuspended(object)) return [];
  // A disk that is out of service already is told by its state, with its counters.
  const counted = vdevsWithErrors(object.pool).filter((vdev) => !isAbnormal(vdev) || !isLeaf(vdev));
  if (counted.length === 0) return [];
  const members = counted.map(({ guid, name }) => guid || name);
  const { read, write, checksum } = sumErrors(counted);
  const isRepaired = read + write === 0;
  const changes = counted.map((vdev) => ({ vdev, change: changeOf(past.readings, vdevReading(object, vdev), past) }));
  const isStill = changes.every(({ change }) => change !== undefined && change.stillDays >= past.days);
  return [
    faultOf(object, {
      kind: `errors:${members.toSorted().join(',')}`,
      shared: members,
      severity: isStill ? 'medium' : 'high',
      message: `${poolLabel(object)} has counted errors on ${enumerate(counted.map(nameOf))}${object.pool.state === 'ONLINE' ? ', although it says ONLINE' : ''}${isStill ? `, and no more for ${past.days} days` : ''}.`,
      evidence: [
        `read ${read}, write ${write}, checksum ${checksum} in all`,
        ...changes.slice(0, 12).map(({ vdev, change }) => `${errorText(vdev)}${growthText(change)}`),
        ...more(counted.length, 12),
      ],
      remedy: isStill
        ? 'If the cause was found and mended, zfs_scrub and zfs_clear_errors; else look at SMART (zfs_disks).'
        : isRepaired
          ? 'Look at the disk, its cable and SMART (zfs_disks); then zfs_scrub, and zfs_clear_errors when it stays clean.'
          : 'Read or write errors mean disk, cable or controller: look at SMART (zfs_disks) and replace the disk if they grow.',
    }),
  ];
}

interface Past {
  readonly readings: Readings | undefined;
  readonly now: Date;
  readonly days: number;
}

const growthText = (change: Change | undefined): string =>
  (change?.grownBy ?? 0) > 0 ? `, ${change?.grownBy ?? 0} more within ${durationText((change?.days ?? 0) * 1440)}` : '';

const errorText = (vdev: Vdev): string =>
  `${nameOf(vdev)}: read ${vdev.errors.read}, write ${vdev.errors.write}, checksum ${vdev.errors.checksum}`;

function dataErrorsOf(object: ZfsPool): readonly FoundFault[] {
  const { dataErrors } = object.pool;
  if (isSuspended(object)) return [];
  if (dataErrors.count === undefined)
    return [
      faultOf(object, {
        kind: 'data-unread',
        message: `Whether ${poolLabel(object)} has lost data is not known: ${oneLine(dataErrors.state === 'unlisted' ? dataErrors.reason : '')}`,
        evidence: ['zpool status did not list data errors'],
        remedy: 'Let steward log in as a user that may see them (root, or the pool delegated).',
        unknown: true,
      }),
    ];
  if (dataErrors.count === 0) return [];
  const names = dataErrors.state === 'listed' ? dataErrors.names : [];
  return [
    faultOf(object, {
      kind: 'data',
      message: `${poolLabel(object)} has ${dataErrors.count} permanent data error${dataErrors.count === 1 ? '' : 's'}: that data is lost unless there is a copy elsewhere.`,
      evidence:
        names.length > 0
          ? [...names.slice(0, 8).map((name) => oneLine(name)), ...more(names.length, 8)]
          : [
              dataErrors.state === 'unlisted'
                ? `their names are not told: ${oneLine(dataErrors.reason)}`
                : 'without names: what they were in is gone',
            ],
      remedy:
        names.length > 0
          ? 'Restore those files from a backup, then zfs_scrub and zfs_clear_errors.'
          : 'Two scrubs forget errors of what is gone; until then it counts.',
    }),
  ];
}
