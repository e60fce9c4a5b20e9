import * as z from 'zod';
import type { Pod } from '../../world/kubernetes/pod.ts';
import type { CronJob, Job } from '../../world/kubernetes/workloads.ts';
import { push } from '../../world/labels.ts';
import { idOf } from '../../world/relations.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { durationText, isOlderThan, minutesSince, oneLine } from '../facts.ts';

export default defineCheck({
  id: 'K20',
  title: 'The last run of every CronJob has succeeded, and none waits for a pod that does not start',
  severity: 'medium',
  why: 'Nothing is down when a nightly job fails, so nobody looks: the token is not renewed, the copy is not made, and it shows weeks later. A change cannot mend the run of yesterday: what it introduces is noted.',
  needs: ['cronJobs', 'jobs', 'pods'],
  params: z.strictObject({
    /** A pod that has not started by then is not merely slow. */
    startMinutes: z.int().positive().default(30),
  }),
  introduced: 'note',
  evaluate({ cronJobs, jobs, pods }, { params, now }) {
    const runs = ownedBy('CronJob', jobs.values());
    const podsOf = ownedBy('Job', pods.values());
    return [...cronJobs].flatMap(([id, cronJob]): readonly FoundFault[] => {
      if (cronJob.spec.suspend) return [];
      const own = (runs.get(id) ?? []).toSorted((a, b) => (startOf(a) < startOf(b) ? 1 : -1));
      const stuck = own.find((job) => isStuck(job, podsOf.get(idOf(job.metadata)) ?? [], params.startMinutes, now));
      const newest = own.find((job) => isOver(job));
      if (stuck === undefined && (newest === undefined || !isFailed(newest))) return [];
      const run = stuck ?? newest;
      return run === undefined
        ? []
        : [faultOf({ id, cronJob, run, now, isStuck: stuck !== undefined }, podsOf.get(idOf(run.metadata)) ?? [])];
    });
  },
});

/** By the key of their owner of that kind. */
function ownedBy<T extends { readonly metadata: Job['metadata'] }>(
  kind: string,
  objects: Iterable<T>,
): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const object of objects) {
    const owner = object.metadata.ownerReferences.find((one) => one.kind === kind);
    if (owner !== undefined) push(found, `${object.metadata.namespace ?? ''}/${owner.name}`, object);
  }
  return found;
}

const startOf = ({ metadata }: Job): string => metadata.creationTimestamp ?? '';

const has = ({ status }: Job, wanted: string): boolean =>
  status.conditions.some(({ type, status: is }) => type === wanted && is === 'True');
const isFailed = (job: Job): boolean => has(job, 'Failed');
const isOver = (job: Job): boolean => has(job, 'Complete') || isFailed(job);

/** Nothing of it runs or has run: a job that works for hours is none of these. */
const isStuck = (job: Job, pods: readonly Pod[], minutes: number, now: Date): boolean =>
  !isOver(job) &&
  job.status.active > 0 &&
  isOlderThan(startOf(job), minutes, now) &&
  pods.length > 0 &&
  pods.every(({ status }) => status.phase === 'Pending');

interface Run {
  readonly id: string;
  readonly cronJob: CronJob;
  readonly run: Job;
  readonly now: Date;
  readonly isStuck: boolean;
}

function faultOf({ id, cronJob, run, now, isStuck: waits }: Run, pods: readonly Pod[]): FoundFault {
  const success = cronJob.status?.lastSuccessfulTime;
  const since = minutesSince(success, now);
  const images = cronJob.spec.jobTemplate.spec.template.spec.containers.map(({ image }) => image);
  return {
    target: `CronJob ${id}`,
    subject: { part: 'cronJobs', id },
    message: `CronJob ${id}: ${waits ? 'its run waits for a pod that does not start' : 'its last run failed'}, and ${since === undefined ? 'no run that is known has succeeded' : `none has succeeded for ${durationText(since)}`}.`,
    evidence: [
      `${run.metadata.name}, ${durationText(minutesSince(startOf(run), now) ?? 0)} ago${reasonOf(run)}`,
      ...pods.slice(0, 3).map(podText),
      ...(pods.length === 0 ? ['its pods are gone, and their logs with them'] : []),
    ],
    remedy: waits
      ? 'See what the pod waits for: the image and its pull Secret, a volume, room on a node. Runs pile up meanwhile.'
      : 'Read the log of that pod (cluster_logs), mend the cause, and see the next run succeed.',
    fingerprint: `K20:${id}`,
    lessons: [...(images.some((image) => image.includes('.dkr.ecr.')) ? ['ecr-token-12h'] : []), 'cronjob-logs-gone'],
  };
}

function reasonOf({ status }: Job): string {
  const failed = status.conditions.find(({ type }) => type === 'Failed');
  return failed === undefined ? '' : `: ${failed.reason ?? 'Failed'}`;
}

function podText({ metadata, status }: Pod): string {
  const states = status.containerStatuses.map(({ state }) => state);
  const waiting = states.find((state) => state?.waiting !== undefined)?.waiting;
  const ended = states.find((state) => state?.terminated !== undefined)?.terminated;
  if (waiting !== undefined)
    return `pod ${metadata.name}: ${waiting.reason ?? 'waiting'}${waiting.message === undefined ? '' : `, ${oneLine(waiting.message, 160)}`}`;
  return `pod ${metadata.name}: ${ended === undefined ? status.phase : `exit code ${ended.exitCode}`}`;
}
