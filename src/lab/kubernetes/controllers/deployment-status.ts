import type { Condition, Deployment, ReplicaSet } from './kinds.ts';
import { rolloutBounds } from './rollout.ts';
import { after, conditionOf, isSame, SECOND, timestamp, withCondition, withoutCondition } from './support.ts';

interface Sets {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  /** The current set was created just now. */
  readonly fresh: boolean;
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly terminatingReplicas: number;
  readonly unavailableReplicas?: number;
}

type Status = Counts & { observedGeneration?: number; conditions: readonly Condition[] };

const total = (
  sets: readonly ReplicaSet[],
  field: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas',
): number => sets.reduce((sum, { status }) => sum + (status?.[field] ?? 0), 0);

const countsOf = ({ spec }: Deployment, { current, old }: Sets): Counts => {
  const sets = current ? [...old, current] : old;
  const wanted = sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
  const availableReplicas = total(sets, 'availableReplicas');
  const unavailable = Math.max(wanted, spec.replicas ?? 1) - availableReplicas;
  return {
    replicas: total(sets, 'replicas'),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: total(sets, 'readyReplicas'),
    availableReplicas,
    terminatingReplicas: total(sets, 'terminatingReplicas'),
    ...(unavailable > 0 && { unavailableReplicas: unavailable }),
  };
};

const isComplete = ({ spec }: Deployment, counts: Counts): boolean => {
  const wanted = spec.replicas ?? 1;
  return counts.updatedReplicas === wanted && counts.replicas === wanted && counts.availableReplicas === wanted;
};

const hasProgressed = (before: Deployment['status'], now: Counts): boolean => {
  const old = (status: Partial<Counts> | undefined): number => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    now.updatedReplicas > (before?.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    now.readyReplicas > (before?.readyReplicas ?? 0) ||
    now.availableReplicas > (before?.availableReplicas ?? 0)
  );
};

const deadlineOf = ({ spec }: Deployment, progressing: Condition | undefined): Date | undefined => {
  const since = progressing?.['lastUpdateTime'];
  return typeof since === 'string' ? after(since, (spec.progressDeadlineSeconds ?? 600) * SECOND) : undefined;
};

const progressing = (status: 'True' | 'False' | 'Unknown', reason: string, message: string): Condition => ({
  type: 'Progressing',
  status,
  reason,
  message,
});

/** What condition Progressing becomes; undefined = it stays as it is. */
const nextProgress = (deployment: Deployment, sets: Sets, counts: Counts, now: Date): Condition | undefined => {
  const before = conditionOf(deployment.status, 'Progressing');
  const wasPaused = before?.reason === 'DeploymentPaused';
  if (deployment.spec.paused === true)
    return wasPaused ? undefined : progressing('Unknown', 'DeploymentPaused', 'Deployment is paused');
  if (wasPaused) return progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed');
  return rolloutProgress(deployment, sets, counts, now);
};

const rolloutProgress = (deployment: Deployment, sets: Sets, counts: Counts, now: Date): Condition | undefined => {
  const before = conditionOf(deployment.status, 'Progressing');
  const { current, fresh } = sets;
  if (!current) return before ? undefined : progressing('True', 'ReplicaSetUpdated', 'No replica set yet.');
  const set = `ReplicaSet "${current.metadata.name}"`;
  if (fresh) return progressing('True', 'NewReplicaSetCreated', `Created new replica set "${current.metadata.name}"`);
  if (before?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas) return undefined;
  if (isComplete(deployment, counts))
    return progressing('True', 'NewReplicaSetAvailable', `${set} has successfully progressed.`);
  if (!before || hasProgressed(deployment.status, counts))
    return progressing('True', 'ReplicaSetUpdated', `${set} is progressing.`);
  return hasTimedOut(deployment, before, now)
    ? progressing('False', 'ProgressDeadlineExceeded', `${set} has timed out progressing.`)
    : undefined;
};

const hasTimedOut = (deployment: Deployment, before: Condition, now: Date): boolean => {
  const deadline = deadlineOf(deployment, before);
  return before.reason !== 'ProgressDeadlineExceeded' && deadline !== undefined && deadline <= now;
};

const availability = (deployment: Deployment, counts: Counts): Condition => {
  const enough = counts.availableReplicas >= (deployment.spec.replicas ?? 1) - rolloutBounds(deployment).unavailable;
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
};

/** As `withCondition`, and `lastUpdateTime` moves whenever the condition says something new. */
const updated = (conditions: readonly Condition[] | undefined, next: Condition, now: Date): readonly Condition[] => {
  const before = conditionOf({ conditions: conditions ?? [] }, next.type);
  const facts = (condition: Condition | undefined) => [condition?.status, condition?.reason, condition?.message];
  if (before && isSame(facts(before), facts(next)) && next.type !== 'Progressing') return conditions ?? [];
  return withCondition(conditions, { ...next, lastUpdateTime: timestamp(now) }, now);
};

/** Counts and conditions of a deployment; `lastUpdateTime` of Progressing is what the progress deadline counts from. */
export const deploymentStatus = (deployment: Deployment, sets: Sets, now: Date): Status => {
  const counts = countsOf(deployment, sets);
  let conditions = updated(deployment.status?.conditions, availability(deployment, counts), now);
  const progress = nextProgress(deployment, sets, counts, now);
  if (progress) conditions = updated(conditions, progress, now);
  const failure = [sets.current, ...sets.old].map((set) => conditionOf(set?.status, 'ReplicaFailure')).find(Boolean);
  conditions = failure ? updated(conditions, failure, now) : withoutCondition(conditions, 'ReplicaFailure');
  const { generation } = deployment.metadata;
  const collisionCount = deployment.status?.collisionCount;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...counts,
    ...(collisionCount !== undefined && { collisionCount }),
    conditions,
  };
};

/** When to look again whether a rollout has run out of time; undefined when none is under way. */
export const progressDeadline = (deployment: Deployment, { conditions }: Status, now: Date): Date | undefined => {
  const condition = conditionOf({ conditions }, 'Progressing');
  if (condition?.reason === 'NewReplicaSetAvailable' || condition?.reason === 'ProgressDeadlineExceeded')
    return undefined;
  const deadline = deadlineOf(deployment, condition);
  return deadline && deadline > now ? deadline : undefined;
};
