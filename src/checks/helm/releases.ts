import * as z from 'zod';
import type { Severity } from '../../core/severity.ts';
import type { HelmRelease } from '../../world/helm/schema.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, minutesSince, oneLine } from '../facts.ts';

export default defineCheck({
  id: 'K21',
  title: 'Every Helm release is deployed',
  severity: 'medium',
  why: 'A release that an operation left pending refuses every later upgrade, and a failed one runs something between two versions: the next apply meets a cluster that nobody has described.',
  needs: ['helmReleases'],
  params: z.strictObject({
    /** An operation may still be running that long. */
    pendingMinutes: z.int().positive().default(15),
  }),
  introduced: 'note',
  evaluate: ({ helmReleases }, { params, now }) =>
    [...helmReleases].flatMap(([id, release]) => judge(id, release, params.pendingMinutes, now)),
});

function judge(id: string, release: HelmRelease, pendingMinutes: number, now: Date): readonly FoundFault[] {
  const { status, unreadable } = release;
  if (unreadable !== undefined) return [unreadableFault(id, unreadable)];
  if (status === 'failed')
    return [
      fault(
        id,
        release,
        'medium',
        'its last operation failed',
        'Correct the cause and upgrade, or helm_rollback to the last revision that was deployed.',
      ),
    ];
  if (!status.startsWith('pending-') && status !== 'uninstalling')
    return status === 'unknown' ? [fault(id, release, 'medium', 'its state is not known', LOOK)] : [];
  const minutes = minutesSince(release.updatedAt, now);
  // A time that is missing or lies ahead proves nothing: it is told, as an operation that may run.
  if (minutes !== undefined && minutes <= pendingMinutes) return [];
  const since = minutes === undefined ? '' : ` for ${durationText(minutes)}`;
  return [
    fault(
      id,
      release,
      'high',
      `it is ${status}${since}: an operation was cut off, and every later one is refused`,
      REPAIR,
    ),
  ];
}

const LOOK = 'Look at helm_release, and at who manages it.';
const REPAIR = 'Make sure that nobody is at it, then helm_repair.';

const fault = (
  id: string,
  { status, revision, chart, chartVersion, description }: HelmRelease,
  severity: Severity,
  what: string,
  remedy: string,
): FoundFault => ({
  target: `HelmRelease ${id}`,
  severity,
  message: `HelmRelease ${id} is not deployed: ${what}.`,
  evidence: [
    `revision ${revision} of ${chart} ${chartVersion}: ${status}`,
    ...(description === '' ? [] : [oneLine(description)]),
  ],
  remedy,
  fingerprint: `K21:${id}:${status}`,
  lessons: ['out-of-band-fix-reverted'],
});

const unreadableFault = (id: string, reason: string): FoundFault => ({
  target: `HelmRelease ${id}`,
  message: `Whether HelmRelease ${id} is deployed is not known: its Secret does not hold a release.`,
  evidence: [oneLine(reason)],
  remedy: LOOK,
  fingerprint: `K21:unreadable:${id}`,
  lessons: [],
  unknown: true,
});
