import * as z from 'zod';
import { type Readings, readingKey } from '../../world/readings/contract.ts';
import { scrubOf } from '../../world/readings/observe.ts';
import type { ZfsPool } from '../../world/zfs/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, isOlderThan, minutesSince } from '../facts.ts';
import { poolId, poolLabel, subjectOf, unreadHosts } from './facts.ts';

const DAY = 24 * 60;

export default defineCheck({
  id: 'Z02',
  title: 'Every pool was scrubbed lately, to the end and without unrepaired errors',
  severity: 'high',
  why: 'A scrub finds silent corruption while redundancy can still repair it. ZFS remembers only its last scan: after a resilver the time of the last scrub is not known.',
  needs: ['zfsPools', 'zfsHosts'],
  wants: ['readings'],
  params: z.strictObject({
    /** Unless the pool says otherwise: user property `steward.dev:scrub-days` of its root dataset. */
    maxDays: z.int().positive().default(35),
    /** A scrub that takes longer is stuck, or starved by load; where earlier ones are known, twice their median. */
    maxRunDays: z.int().positive().default(7),
  }),
  introduced: 'note',
  evaluate: ({ zfsPools, zfsHosts, readings }, { params, now }) => [
    ...[...zfsPools.values()].flatMap((pool) => judge(pool, limitsOf(pool, params, readings), now)),
    ...unreadHosts('Z02', zfsHosts, 'pools'),
  ],
});

interface Limits {
  readonly maxDays: number;
  readonly maxRunDays: number;
  /** How long its scrubs take, when it is known. */
  readonly usualMinutes?: number;
}

/** Two scrubs make a habit; below an hour everything is quick. */
const HABIT = 2;
const QUICK_MINUTES = 60;

function limitsOf({ metadata }: ZfsPool, limits: Limits, readings: Readings | undefined): Limits {
  const own = Number(metadata.annotations['steward.dev/scrub-days']);
  const maxDays = Number.isInteger(own) && own > 0 ? own : limits.maxDays;
  const took = (readings?.get(readingKey(scrubOf(metadata.uid))) ?? []).map(({ value }) => value).sort((a, b) => a - b);
  const usualMinutes = took.length < HABIT ? undefined : took[took.length >> 1];
  return { ...limits, maxDays, ...(usualMinutes !== undefined && { usualMinutes }) };
}

type Scan = NonNullable<ZfsPool['pool']['scan']>;

function judge(object: ZfsPool, limits: Limits, now: Date): readonly FoundFault[] {
  const { scan, state } = object.pool;
  // Nothing can be scrubbed then, and its scan is not told: Z01 says what is wrong.
  if (state === 'SUSPENDED' || state === 'UNAVAIL') return [];
  if (scan === undefined) return neverScrubbed(object, limits.maxDays, now);
  if (scan.state === 'finished') return finished(object, scan, limits.maxDays, now);
  if (scan.state === 'canceled') return [canceled(object, scan, limits.maxDays, now)];
  return unfinished(object, scan, limits, now);
}

/** A resilver is no scrub, and a pause is nobody's habit: what scrubs take says nothing about those. */
function unfinished(object: ZfsPool, scan: Scan, limits: Limits, now: Date): readonly FoundFault[] {
  const usual = scan.kind === 'scrub' && scan.state === 'running' ? limits.usualMinutes : undefined;
  const most = usual === undefined ? limits.maxRunDays * DAY : 2 * Math.max(usual, QUICK_MINUTES);
  if (!isOlderThan(scan.startedAt, most, now)) return [];
  const [label, age] = [poolLabel(object), ageOf(scan.startedAt, now)];
  if (scan.state === 'paused')
    return [faultOf(object, 'paused', `The scrub of ${label} is paused, and began ${age} ago.`)];
  const habit = usual === undefined ? '' : `, and usually takes ${durationText(usual)}`;
  return [faultOf(object, 'stuck', `The ${scan.kind} of ${label} has run for ${age}${habit}.`)];
}

const ageOf = (time: string | undefined, now: Date): string => durationText(minutesSince(time, now) ?? 0);

/** A young pool has time; how old one is, its root dataset says. */
function neverScrubbed(object: ZfsPool, maxDays: number, now: Date): readonly FoundFault[] {
  const { createdAt } = object;
  const label = poolLabel(object);
  if (createdAt === undefined)
    return [
      { ...faultOf(object, 'never', `${label} was never scrubbed, and how old it is is not known.`), unknown: true },
    ];
  if (!isOlderThan(createdAt, maxDays * DAY, now)) return [];
  return [faultOf(object, 'overdue', `${label} is ${ageOf(createdAt, now)} old and was never scrubbed.`)];
}

function canceled(object: ZfsPool, { kind, startedAt, endedAt }: Scan, maxDays: number, now: Date): FoundFault {
  const when = endedAt ?? startedAt;
  const isOld = isOlderThan(when, maxDays * DAY, now);
  const message = `The last ${kind} of ${poolLabel(object)} was cancelled ${ageOf(when, now)} ago.`;
  return faultOf(object, isOld ? 'overdue' : 'canceled', message, isOld ? 'high' : 'medium');
}

function finished(object: ZfsPool, scan: Scan, maxDays: number, now: Date): readonly FoundFault[] {
  const label = poolLabel(object);
  const age = ageOf(scan.endedAt, now);
  const isOld = isOlderThan(scan.endedAt, maxDays * DAY, now);
  const faults: FoundFault[] = [];
  if (scan.errors > 0)
    faults.push(faultOf(object, 'errors', `The last ${scan.kind} of ${label} could not repair ${scan.errors} errors.`));
  if (scan.endedAt === undefined)
    faults.push({ ...faultOf(object, 'when', `When ${label} was last scrubbed is not known.`), unknown: true });
  else if (isOld)
    faults.push(
      faultOf(
        object,
        'overdue',
        scan.kind === 'scrub'
          ? `${label} was last scrubbed ${age} ago.`
          : `${label} has not been scrubbed since its last ${scan.kind}, ${age} ago.`,
      ),
    );
  return faults;
}

const faultOf = (
  object: ZfsPool,
  kind: string,
  message: string,
  severity: FoundFault['severity'] = 'high',
): FoundFault => ({
  target: poolLabel(object),
  subject: subjectOf('zfsPools', object),
  severity,
  message,
  evidence: [scanText(object)],
  remedy:
    kind === 'errors'
      ? 'Look at the files that zfs_status names, restore them from a backup, and scrub again.'
      : 'Plan zfs_scrub, and see why the schedule (zfs-scrub@.timer, cron) has not run.',
  fingerprint: `Z02:${kind}:${poolId(object.metadata)}`,
  lessons: ['zfs-scrub-overdue'],
});

const scanText = ({ pool: { scan } }: ZfsPool): string =>
  scan === undefined
    ? 'no scan is on record'
    : `${scan.kind} ${scan.state}, started ${scan.startedAt ?? '?'}, ended ${scan.endedAt ?? '-'}, ${scan.errors} errors`;
