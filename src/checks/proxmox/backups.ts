import * as z from 'zod';
import { sizeText } from '../../core/size.ts';
import type { ProxmoxBackup, ProxmoxGuest } from '../../world/proxmox/schema.ts';
import { before } from '../before-change.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, durationText, isOlderThan, minutesSince } from '../facts.ts';
import { guestLabel, hasTag, keyOf, subjectOf } from './facts.ts';

const HOUR = 60;

export default defineCheck({
  id: 'P03',
  title: 'Every guest is in a backup job, and its newest backup is young, verified and of a usual size',
  severity: 'high',
  why: 'A job that succeeds says nothing about what is in it: an archive that shrank, was never verified or stopped coming is found when it is needed.',
  needs: ['proxmoxGuests', 'proxmoxBackups'],
  wants: ['change', 'replaced'],
  params: z.strictObject({
    /** Of the schedule. */
    factor: z.number().min(1).default(2),
    /** An archive smaller than this part of the usual size is suspicious. */
    minPart: z.number().min(0).max(1).default(0.5),
  }),
  introduced: 'note',
  evaluate(world, { params, now }) {
    // How long a guest has run is no longer told once a plan stops it: its age is that of before.
    const was = before('proxmoxGuests', world.proxmoxGuests, world);
    return [...world.proxmoxGuests]
      .filter(([, guest]) => !guest.template && !hasTag(guest, 'no-backup', 'nobackup'))
      .flatMap(([key, guest]) => judge(guest, was.get(key) ?? guest, world.proxmoxBackups.get(key), params, now));
  },
});

interface Params {
  readonly factor: number;
  readonly minPart: number;
}

function judge(
  guest: ProxmoxGuest,
  was: ProxmoxGuest,
  backup: ProxmoxBackup | undefined,
  { factor, minPart }: Params,
  now: Date,
): readonly FoundFault[] {
  const jobs = backup?.jobs.filter(({ enabled }) => enabled) ?? [];
  const fault = faultOf(guest);
  // Not among those that were looked at: it is planned, and has nothing yet.
  if (backup === undefined) return [];
  if (jobs.length === 0)
    return [
      fault(
        'uncovered',
        `${guestLabel(guest)} is in no backup job.`,
        [`${count(backup.archives.length, 'archive')} made by hand`],
        'Add it to a job, or tag it no-backup if nobody would miss it.',
      ),
    ];
  const hours = Math.min(...jobs.map(({ schedule }) => periodHours(schedule)));
  const schedules = jobs.map(({ id, schedule, storage }) => `${id}: ${schedule} to ${storage}`);
  const [newest] = backup.archives;
  if (backup.unread.length > 0 && (newest === undefined || isOlderThan(newest.createdAt, hours * factor * HOUR, now)))
    return [
      {
        ...fault(
          'unread',
          `Whether ${guestLabel(guest)} has a young backup could not be seen.`,
          backup.unread.map((storage) => `${storage} could not be listed`),
          'Bring that storage back.',
        ),
        unknown: true,
      },
    ];
  if (newest === undefined)
    return isNew(was, hours, now)
      ? []
      : [
          fault(
            'none',
            `${guestLabel(guest)} has no backup at all, though a job covers it.`,
            schedules,
            'See the last vzdump task (proxmox_tasks).',
          ),
        ];
  return [
    ...tooOld(guest, newest, hours * factor, now, schedules),
    ...badArchive(guest, newest),
    ...shrunk(guest, backup, minPart),
  ];
}

const faultOf =
  (guest: ProxmoxGuest) =>
  (kind: string, message: string, evidence: readonly string[], remedy: string): FoundFault => ({
    target: guestLabel(guest),
    subject: subjectOf('proxmoxGuests', guest),
    message,
    evidence,
    remedy,
    fingerprint: `P03:${kind}:${keyOf(guest.metadata)}`,
    lessons: ['success-is-not-correct'],
  });

/** A virtual machine says in its configuration when it was made; of a container only how long it runs is known. */
function isNew({ uptimeSeconds, status, config }: ProxmoxGuest, hours: number, now: Date): boolean {
  const madeAt = /\bctime=(\d+)/.exec(config?.options['meta'] ?? '')?.[1];
  return madeAt === undefined
    ? status === 'running' && uptimeSeconds < hours * 3600
    : +now - Number(madeAt) * 1000 < hours * 3600_000;
}

type Archive = ProxmoxBackup['archives'][number];

function tooOld(
  guest: ProxmoxGuest,
  newest: Archive,
  hours: number,
  now: Date,
  schedules: readonly string[],
): readonly FoundFault[] {
  if (!isOlderThan(newest.createdAt, hours * HOUR, now)) return [];
  const age = durationText(minutesSince(newest.createdAt, now) ?? 0);
  return [
    faultOf(guest)(
      'old',
      `The newest backup of ${guestLabel(guest)} is ${age} old.`,
      [...schedules, newest.volid],
      'See why the job has not run, or failed (proxmox_tasks).',
    ),
  ];
}

const badArchive = (guest: ProxmoxGuest, newest: Archive): readonly FoundFault[] =>
  newest.verified === 'failed'
    ? [
        faultOf(guest)(
          'verify',
          `The newest backup of ${guestLabel(guest)} failed its verification.`,
          [newest.volid],
          'Make a new one and verify it; look at the disks of the backup server.',
        ),
      ]
    : [];

function shrunk(guest: ProxmoxGuest, { archives }: ProxmoxBackup, minPart: number): readonly FoundFault[] {
  const [newest, ...older] = archives;
  if (newest === undefined || older.length < 2) return [];
  const usual = older.map(({ sizeBytes }) => sizeBytes).toSorted((a, b) => a - b)[older.length >> 1] ?? 0;
  if (newest.sizeBytes >= usual * minPart) return [];
  return [
    faultOf(guest)(
      'size',
      `The newest backup of ${guestLabel(guest)} has less than ${Math.round(minPart * 100)} % of the usual size.`,
      [`${newest.volid}: ${sizeText(newest.sizeBytes)}, usually ${sizeText(usual)}`],
      'Restore it to a new id and look: a disk may be excluded (backup=0) or empty.',
    ),
  ];
}

const DAYS = /^(?:(?:mon|tue|wed|thu|fri|sat|sun)(?:,|\.\.)?)+/i;
const WORDS: Readonly<Record<string, number>> = { hourly: 1, daily: 24, weekly: 168, monthly: 744, yearly: 8784 };

/** The longest time between two runs of a calendar event, in hours; what is not understood counts as daily. */
export function periodHours(schedule: string): number {
  const text = schedule.trim().toLowerCase();
  const word = WORDS[text];
  if (word !== undefined) return word;
  const days = DAYS.exec(text)?.[0];
  if (days !== undefined) return days.includes('..') ? 72 : Math.ceil((7 * 24) / days.split(',').length);
  if (/^\*\/\d+$/.test(text)) return 1;
  const every = /^\*\/(\d+):/.exec(text)?.[1];
  if (every !== undefined) return Number(every);
  return /^(?:\*|\d+(?:,\d+)+):/.test(text) ? 24 : /\*-\*-\d+/.test(text) ? 744 : 24;
}
