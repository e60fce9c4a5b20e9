import type { LabApi } from '../controller.ts';
import { adoptOrphans } from './adopt.ts';
import { conditionsAfterCreate, createBackoff } from './backoff.ts';
import { all, type Pod, type ReplicaSet } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { createMemo } from './memo.ts';
import { createPods, deletionOrder } from './pods.ts';
import {
  availableAt,
  earliest,
  groupByController,
  isActive,
  isDeleting,
  isReady,
  tolerate,
  writeStatus,
} from './support.ts';

const NAME = 'replicaset-controller';

const removeSurplus = (api: LabApi, set: ReplicaSet, pods: readonly Pod[], surplus: number): void => {
  for (const pod of [...pods].sort(deletionOrder).slice(0, surplus)) {
    tolerate(() => api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid }));
    api.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, NAME);
  }
};

const countsOf = (set: ReplicaSet, active: readonly Pod[], now: Date) => {
  const labels = Object.entries(set.spec.template.metadata?.labels ?? {});
  const available = active.map((pod) => availableAt(pod, set.spec.minReadySeconds)).filter((at) => at !== undefined);
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter(({ metadata }) =>
      labels.every(([key, value]) => metadata.labels?.[key] === value),
    ).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: available.filter((at) => at <= now).length,
    nextAvailable: earliest(...available.filter((at) => at > now)),
  };
};

/** Keeps as many pods of each ReplicaSet as its `replicas` says; what admission refuses becomes condition ReplicaFailure. */
export const createReplicaSetController = (): LoopController => {
  const backoff = createBackoff();
  const memo = createMemo();

  const reconcileOne = (api: LabApi, set: ReplicaSet, pods: readonly Pod[]): Date | undefined => {
    if (isDeleting(set)) return undefined;
    const wanted = set.spec.replicas ?? 1;
    const active = pods.filter(isActive);
    const missing = wanted - active.length;
    let refusal: string | undefined;
    if (missing > 0 && backoff.mayTry(set, api.now())) {
      refusal = createPods(api, set, set.spec.template, missing, NAME);
      // The new pods wake this controller again: their numbers are written then.
      if (refusal === undefined) {
        backoff.forget(set);
        return undefined;
      }
      backoff.failed(set, api.now());
    } else if (missing < 0) removeSurplus(api, set, active, -missing);
    const { nextAvailable, ...counts } = countsOf(set, active, api.now());
    const conditions = conditionsAfterCreate(set.status?.conditions, missing, refusal, api.now());
    const status = {
      ...counts,
      terminatingReplicas: pods.filter(isDeleting).length,
      ...(set.metadata.generation !== undefined && { observedGeneration: set.metadata.generation }),
      ...(conditions.length > 0 && { conditions }),
    };
    writeStatus(api, 'replicasets.apps', set, status);
    return earliest(nextAvailable, missing > 0 ? backoff.nextTry(set) : undefined);
  };

  return {
    name: NAME,
    watches: ['replicasets.apps', 'pods'],
    reconcile(api) {
      const sets = all(api, 'replicasets.apps');
      const pods = groupByController(adoptOrphans(api, 'pods', sets, all(api, 'pods')));
      const moments = sets.map((set) => {
        const owned = pods.get(set.metadata.uid) ?? [];
        return memo(api.now(), set, owned, () => reconcileOne(api, set, owned));
      });
      return earliest(...moments);
    },
  };
};
