import type { LabApi } from '../controller.ts';
import { type CronSchedule, parseCron } from './cron-schedule.ts';
import { jobOutcome } from './job.ts';
import { all, type CronJob, type Job } from './kinds.ts';
import type { LoopController } from './loop.ts';
import {
  after,
  attemptCreate,
  earliest,
  groupByController,
  HOUR,
  isDeleting,
  MINUTE,
  ownerReference,
  SECOND,
  timestamp,
  tolerate,
  writeStatus,
} from './support.ts';

const NAME = 'cronjob-controller';
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** The latest due time in (since, now]; earlier ones that were missed are not made up for. */
const latestDue = (schedule: CronSchedule, since: Date, now: Date): Date | undefined => {
  // Stepping back in growing windows keeps a schedule of every minute cheap after months of standstill.
  for (let window = HOUR; ; window *= 24) {
    const start = new Date(Math.max(+since, +now - window));
    let due: Date | undefined;
    for (let next = schedule.next(start); next && next <= now; next = schedule.next(next)) due = next;
    if (due || +start === +since) return due;
  }
};

const removeOld = (api: LabApi, cron: CronJob, jobs: readonly Job[], outcome: 'Complete' | 'Failed', keep: number) => {
  const finished = jobs
    .filter((job) => jobOutcome(job) === outcome)
    .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
  for (const { metadata } of finished.slice(0, Math.max(0, finished.length - keep))) {
    tolerate(() => api.delete('jobs.batch', metadata.namespace, metadata.name, { propagation: 'Background' }));
    api.event(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`, NAME);
  }
};

const startJob = (api: LabApi, cron: CronJob, due: Date): void => {
  const name = `${cron.metadata.name}-${Math.floor(+due / MINUTE)}`;
  const { jobTemplate } = cron.spec;
  if (api.get('jobs.batch', cron.metadata.namespace, name)) return;
  const outcome = attemptCreate(api, 'jobs.batch', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(cron.metadata.namespace !== undefined && { namespace: cron.metadata.namespace }),
      ...(jobTemplate.metadata?.labels && { labels: jobTemplate.metadata.labels }),
      annotations: { ...jobTemplate.metadata?.annotations, [SCHEDULED_AT]: timestamp(due) },
      ownerReferences: [ownerReference(cron)],
    },
    spec: jobTemplate.spec,
  });
  if ('refused' in outcome) api.event(cron, 'Warning', 'FailedCreate', `Error creating job: ${outcome.refused}`, NAME);
  else api.event(cron, 'Normal', 'SuccessfulCreate', `Created job ${name}`, NAME);
};

const isTooLate = ({ spec }: CronJob, due: Date, now: Date): boolean =>
  spec.startingDeadlineSeconds !== undefined && after(due, spec.startingDeadlineSeconds * SECOND) < now;

/** Starts what is due; returns the time it was due, for `lastScheduleTime`. */
const runDue = (api: LabApi, cron: CronJob, schedule: CronSchedule, active: readonly Job[]): Date | undefined => {
  const since = new Date(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp);
  const due = latestDue(schedule, since, api.now());
  if (!due || cron.spec.suspend === true) return undefined;
  if (isTooLate(cron, due, api.now())) {
    api.event(cron, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${due.toUTCString()}`, NAME);
    return due;
  }
  if (cron.spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    api.event(cron, 'Normal', 'JobAlreadyActive', message, NAME);
    return undefined;
  }
  if (cron.spec.concurrencyPolicy === 'Replace')
    for (const { metadata } of active)
      tolerate(() => api.delete('jobs.batch', metadata.namespace, metadata.name, { propagation: 'Background' }));
  startJob(api, cron, due);
  return due;
};

/** Says which of the jobs that ran at the last look have ended since. */
const noteCompleted = (api: LabApi, cron: CronJob, jobs: readonly Job[]): void => {
  const active = new Set((cron.status?.active ?? []).map(({ uid }) => uid));
  for (const job of jobs.filter(({ metadata }) => active.has(metadata.uid))) {
    const outcome = jobOutcome(job);
    const message = `Saw completed job: ${job.metadata.name}, condition: ${outcome}`;
    if (outcome) api.event(cron, 'Normal', 'SawCompletedJob', message, NAME);
  }
};

const lastSuccess = (cron: CronJob, jobs: readonly Job[]): string | undefined =>
  [cron.status?.lastSuccessfulTime, ...jobs.map(({ status }) => status?.completionTime)]
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);

const reconcileOne = (api: LabApi, cron: CronJob, jobs: readonly Job[]): Date | undefined => {
  if (isDeleting(cron)) return undefined;
  const schedule = parseCron(cron.spec.schedule);
  if (!schedule) {
    const message = `unparseable schedule: ${JSON.stringify(cron.spec.schedule)}`;
    api.event(cron, 'Warning', 'UnparseableSchedule', message, NAME);
    return undefined;
  }
  removeOld(api, cron, jobs, 'Complete', cron.spec.successfulJobsHistoryLimit ?? 3);
  removeOld(api, cron, jobs, 'Failed', cron.spec.failedJobsHistoryLimit ?? 1);
  noteCompleted(api, cron, jobs);
  const due = runDue(
    api,
    cron,
    schedule,
    jobs.filter((job) => !jobOutcome(job)),
  );
  const last = due ? timestamp(due) : cron.status?.lastScheduleTime;
  const success = lastSuccess(cron, jobs);
  const owned = all(api, 'jobs.batch', cron.metadata.namespace).filter(
    (job) => !jobOutcome(job) && job.metadata.ownerReferences?.some(({ uid }) => uid === cron.metadata.uid),
  );
  const active = owned.map(({ metadata }) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
  }));
  writeStatus(api, 'cronjobs.batch', cron, {
    ...(last !== undefined && { lastScheduleTime: last }),
    ...(success !== undefined && { lastSuccessfulTime: success }),
    ...(active.length > 0 && { active }),
  });
  return cron.spec.suspend === true ? undefined : schedule.next(api.now());
};

/** CronJobs: a Job whenever the schedule (UTC) says so. */
export const createCronJobController = (): LoopController => ({
  name: NAME,
  watches: ['cronjobs.batch', 'jobs.batch'],
  reconcile(api) {
    const crons = all(api, 'cronjobs.batch');
    if (crons.length === 0) return undefined;
    const jobs = groupByController(all(api, 'jobs.batch'));
    return earliest(...crons.map((cron) => reconcileOne(api, cron, jobs.get(cron.metadata.uid) ?? [])));
  },
});
