import type { LabApi } from '../controller.ts';
import { all, type Condition, type Job, type Pod } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { createMemo } from './memo.ts';
import { createPods } from './pods.ts';
import {
  after,
  conditionOf,
  earliest,
  groupByController,
  isActive,
  isDeleting,
  isReady,
  MINUTE,
  SECOND,
  timestamp,
  tolerate,
  withCondition,
  writeStatus,
} from './support.ts';

const NAME = 'job-controller';

interface Outcome {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

export const jobOutcome = (job: Job): 'Complete' | 'Failed' | undefined => {
  if (conditionOf(job.status, 'Complete')?.status === 'True') return 'Complete';
  return conditionOf(job.status, 'Failed')?.status === 'True' ? 'Failed' : undefined;
};

const finishedAt = (pod: Pod): Date | undefined => {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => state.terminated?.finishedAt);
  const last = ends
    .filter((end) => end !== undefined)
    .sort()
    .at(-1);
  return last === undefined ? undefined : new Date(last);
};

const restarts = (pod: Pod): number =>
  (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);

interface Tally {
  readonly active: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  readonly lastFailure: Date | undefined;
}

/** Pods that somebody removed after they ended still count: the status remembers them. */
const tallyOf = (job: Job, pods: readonly Pod[]): Tally => {
  const failed = pods.filter((pod) => pod.status?.phase === 'Failed');
  const succeeded = pods.filter((pod) => pod.status?.phase === 'Succeeded');
  const ends = failed.map(finishedAt).filter((at) => at !== undefined);
  return {
    active: pods.filter(isActive),
    succeeded: Math.max(succeeded.length, job.status?.succeeded ?? 0),
    failed: Math.max(failed.length, job.status?.failed ?? 0),
    lastFailure: ends.length === 0 ? undefined : new Date(Math.max(...ends.map(Number))),
  };
};

const deadlineOf = ({ spec, status }: Job): Date | undefined =>
  spec.activeDeadlineSeconds === undefined || status?.startTime === undefined
    ? undefined
    : after(status.startTime, spec.activeDeadlineSeconds * SECOND);

const outcomeOf = (job: Job, { active, succeeded, failed }: Tally, now: Date): Outcome | undefined => {
  const { completions, backoffLimit = 6, template } = job.spec;
  const tries = template.spec.restartPolicy === 'OnFailure' ? Math.max(failed, ...active.map(restarts)) : failed;
  const deadline = deadlineOf(job);
  if (completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions)
    return { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  if (tries > backoffLimit)
    return {
      type: 'Failed',
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    };
  if (deadline && deadline <= now)
    return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  return undefined;
};

/** 10 s after the first failure, doubled with each, at most ten minutes. */
const nextPodAt = ({ failed, lastFailure }: Tally): Date | undefined =>
  lastFailure && after(lastFailure, Math.min(10 * SECOND * 2 ** (failed - 1), 10 * MINUTE));

const removePods = (api: LabApi, job: Job, pods: readonly Pod[]): void => {
  for (const pod of pods) {
    tolerate(() => api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid }));
    api.event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, NAME);
  }
};

const endConditions = (job: Job, outcome: Outcome, now: Date): readonly Condition[] => {
  const facts = { status: 'True', reason: outcome.reason, message: outcome.message } as const;
  const before = withCondition(
    job.status?.conditions,
    { type: outcome.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', ...facts },
    now,
  );
  return withCondition(before, { type: outcome.type, ...facts }, now);
};

const finish = (api: LabApi, job: Job, tally: Tally, outcome: Outcome): void => {
  removePods(api, job, tally.active);
  const now = api.now();
  if (outcome.type === 'Complete') api.event(job, 'Normal', 'Completed', 'Job completed', NAME);
  else api.event(job, 'Warning', outcome.reason, outcome.message, NAME);
  writeStatus(api, 'jobs.batch', job, {
    startTime: job.status?.startTime ?? timestamp(now),
    ...(outcome.type === 'Complete' && { completionTime: timestamp(now) }),
    ...(tally.succeeded > 0 && { succeeded: tally.succeeded }),
    ...(tally.failed > 0 && { failed: tally.failed }),
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
    conditions: endConditions(job, outcome, now),
  });
};

/** A finished job goes when its time to live is over. */
const expire = (api: LabApi, job: Job): Date | undefined => {
  const ttl = job.spec.ttlSecondsAfterFinished;
  const end =
    job.status?.completionTime ??
    conditionOf(job.status, 'Failed')?.lastTransitionTime ??
    job.metadata.creationTimestamp;
  if (ttl === undefined) return undefined;
  const at = after(end, ttl * SECOND);
  if (at > api.now()) return at;
  tolerate(() => api.delete('jobs.batch', job.metadata.namespace, job.metadata.name, { propagation: 'Background' }));
  return undefined;
};

const suspend = (api: LabApi, job: Job, tally: Tally): void => {
  removePods(api, job, tally.active);
  const condition = { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' } as const;
  const { startTime: _start, ...status } = job.status ?? {};
  const conditions = withCondition(status.conditions, condition, api.now());
  writeStatus(api, 'jobs.batch', job, { ...status, active: 0, ready: 0, conditions });
};

const resumed = (conditions: readonly Condition[], now: Date): readonly Condition[] =>
  conditionOf({ conditions }, 'Suspended')?.status === 'True'
    ? withCondition(
        conditions,
        { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' },
        now,
      )
    : conditions;

const startPods = (api: LabApi, job: Job, tally: Tally): Date | undefined => {
  const { parallelism = 1, completions } = job.spec;
  const open = completions === undefined ? (tally.succeeded > 0 ? 0 : parallelism) : completions - tally.succeeded;
  const missing = Math.min(parallelism, open) - tally.active.length;
  const waitUntil = nextPodAt(tally);
  if (missing < 0) removePods(api, job, tally.active.slice(missing));
  if (missing <= 0) return undefined;
  if (waitUntil && waitUntil > api.now()) return waitUntil;
  const refused = createPods(api, job, job.spec.template, missing, NAME, {
    labels: {
      'batch.kubernetes.io/controller-uid': job.metadata.uid,
      'batch.kubernetes.io/job-name': job.metadata.name,
      'controller-uid': job.metadata.uid,
      'job-name': job.metadata.name,
    },
  });
  return refused === undefined ? undefined : after(api.now(), 10 * SECOND);
};

const reconcileOne = (api: LabApi, job: Job, pods: readonly Pod[], retries: Map<string, Date>): Date | undefined => {
  if (isDeleting(job)) return undefined;
  if (jobOutcome(job)) return expire(api, job);
  const tally = tallyOf(job, pods);
  const outcome = job.spec.suspend === true ? undefined : outcomeOf(job, tally, api.now());
  if (job.spec.suspend === true) suspend(api, job, tally);
  else if (outcome) finish(api, job, tally, outcome);
  else return goOn(api, job, pods, tally, retries);
  return undefined;
};

const goOn = (
  api: LabApi,
  job: Job,
  pods: readonly Pod[],
  tally: Tally,
  retries: Map<string, Date>,
): Date | undefined => {
  const retry = retries.get(job.metadata.uid);
  const next = retry && retry > api.now() ? retry : startPods(api, job, tally);
  if (next) retries.set(job.metadata.uid, next);
  else retries.delete(job.metadata.uid);
  const active = all(api, 'pods', job.metadata.namespace).filter(
    (pod) => isActive(pod) && pod.metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid),
  );
  writeStatus(api, 'jobs.batch', job, {
    startTime: job.status?.startTime ?? timestamp(api.now()),
    ...(active.length > 0 && { active: active.length }),
    ...(tally.succeeded > 0 && { succeeded: tally.succeeded }),
    ...(tally.failed > 0 && { failed: tally.failed }),
    ready: active.filter(isReady).length,
    terminating: pods.filter((pod) => isDeleting(pod)).length,
    uncountedTerminatedPods: {},
    ...(job.status?.conditions && { conditions: resumed(job.status.conditions, api.now()) }),
  });
  return earliest(next, deadlineOf(job));
};

/** Jobs: pods until enough of them succeeded, or too many failed. Completion indexes are not handed out. */
export const createJobController = (): LoopController => {
  const retries = new Map<string, Date>();
  const memo = createMemo();
  return {
    name: NAME,
    watches: ['jobs.batch', 'pods'],
    reconcile(api) {
      const jobs = all(api, 'jobs.batch');
      if (jobs.length === 0) return undefined;
      const pods = groupByController(all(api, 'pods'));
      const moments = jobs.map((job) => {
        const owned = pods.get(job.metadata.uid) ?? [];
        return memo(api.now(), job, owned, () => reconcileOne(api, job, owned, retries));
      });
      return earliest(...moments);
    },
  };
};
