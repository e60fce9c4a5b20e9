import type { LabApi } from '../controller.ts';
import { type Backoff, conditionsAfterCreate, createBackoff } from './backoff.ts';
import { all, type Pod, type StatefulSet } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { createMemo } from './memo.ts';
import { podFrom } from './pods.ts';
import { currentRevision, REVISION_HASH } from './revisions.ts';
import {
  attemptCreate,
  availableAt,
  earliest,
  groupByController,
  isDeleting,
  isFinished,
  isReady,
  tolerate,
  writeStatus,
} from './support.ts';

const NAME = 'statefulset-controller';
const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

const ordinalOf = (set: StatefulSet, pod: Pod): number => Number(pod.metadata.name.slice(set.metadata.name.length + 1));

const claimName = (template: string, pod: string): string => `${template}-${pod}`;

const createClaims = (api: LabApi, set: StatefulSet, pod: string): void => {
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const name = claimName(template.metadata.name, pod);
    if (api.get('persistentvolumeclaims', set.metadata.namespace, name)) continue;
    const outcome = attemptCreate(api, 'persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...template.metadata,
        name,
        ...(set.metadata.namespace !== undefined && { namespace: set.metadata.namespace }),
        labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      },
      spec: template.spec,
    });
    const message = `Create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name}`;
    if ('refused' in outcome)
      api.event(set, 'Warning', 'FailedCreate', `${message} failed error: ${outcome.refused}`, NAME);
    else api.event(set, 'Normal', 'SuccessfulCreate', `${message} success`, NAME);
  }
};

/** Creates pod `ordinal` with its claims; returns the reason of a refusal. */
const createPod = (api: LabApi, set: StatefulSet, ordinal: number, revision: string): string | undefined => {
  const name = `${set.metadata.name}-${ordinal}`;
  createClaims(api, set, name);
  const claims = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: claimName(metadata.name, name) },
  }));
  const own = new Set(claims.map((claim) => claim.name));
  const others = (set.spec.template.spec.volumes ?? []).filter((volume) => !own.has(volume.name));
  const pod = podFrom(set, set.spec.template, {
    name,
    labels: { [REVISION_HASH]: revision, [POD_NAME]: name, [POD_INDEX]: String(ordinal) },
    spec: {
      hostname: name,
      ...(set.spec.serviceName !== undefined && { subdomain: set.spec.serviceName }),
      ...((claims.length > 0 || others.length > 0) && { volumes: [...others, ...claims] }),
    },
  });
  const outcome = attemptCreate(api, 'pods', pod);
  const message = `Create Pod ${name} in StatefulSet ${set.metadata.name}`;
  if ('refused' in outcome) {
    api.event(set, 'Warning', 'FailedCreate', `${message} failed error: ${outcome.refused}`, NAME);
    return outcome.refused;
  }
  api.event(set, 'Normal', 'SuccessfulCreate', `${message} successful`, NAME);
  return undefined;
};

const removePod = (api: LabApi, set: StatefulSet, pod: Pod): void => {
  tolerate(() => api.delete('pods', pod.metadata.namespace, pod.metadata.name, { uid: pod.metadata.uid }));
  const message = `Delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  api.event(set, 'Normal', 'SuccessfulDelete', message, NAME);
};

interface View {
  readonly set: StatefulSet;
  readonly pods: ReadonlyMap<number, Pod>;
  readonly wanted: number;
  readonly revision: string;
}

const isHealthy = (pod: Pod | undefined): boolean => pod !== undefined && isReady(pod) && !isDeleting(pod);

/** Missing pods in order, each only once the one before is ready; `undefined` = nothing refused. */
const fill = (api: LabApi, { set, pods, wanted, revision }: View): { refused?: string; full: boolean } => {
  const parallel = set.spec.podManagementPolicy === 'Parallel';
  let full = true;
  for (let ordinal = 0; ordinal < wanted; ordinal += 1) {
    const pod = pods.get(ordinal);
    if (pod && isFinished(pod) && !isDeleting(pod)) removePod(api, set, pod);
    const refused = pod ? undefined : createPod(api, set, ordinal, revision);
    if (refused !== undefined) return { refused, full: false };
    if (isHealthy(pod)) continue;
    full = false;
    if (!parallel) return { full };
  }
  return { full };
};

const shrink = (api: LabApi, set: StatefulSet, surplus: readonly Pod[]): void => {
  const leaving = set.spec.podManagementPolicy === 'Parallel' ? surplus : surplus.slice(0, 1);
  for (const pod of leaving) if (!isDeleting(pod)) removePod(api, set, pod);
};

/** One step down or one step of an update, from the highest ordinal, and only while everything else works. */
const shrinkOrUpdate = (api: LabApi, { set, pods, wanted, revision }: View): void => {
  const highest = [...pods.entries()].sort(([a], [b]) => b - a);
  const surplus = highest.filter(([ordinal]) => ordinal >= wanted).map(([, pod]) => pod);
  if (surplus.length > 0) return shrink(api, set, surplus);
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const isCurrent = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_HASH] === revision;
  const next = highest.find(([ordinal, pod]) => ordinal < partition || !isCurrent(pod) || !isHealthy(pod));
  if (next && next[0] >= partition && !isCurrent(next[1]) && !isDeleting(next[1])) removePod(api, set, next[1]);
};

const writeCounts = (api: LabApi, view: View, missing: number, refused?: string): Date | undefined => {
  const { set, revision } = view;
  const pods = [...view.pods.values()].filter((pod) => !isFinished(pod));
  const updated = pods.filter((pod) => pod.metadata.labels?.[REVISION_HASH] === revision).length;
  const moments = pods.map((pod) => availableAt(pod, set.spec.minReadySeconds)).filter((at) => at !== undefined);
  const done = updated === pods.length && updated === view.wanted;
  const current = done ? revision : (set.status?.currentRevision ?? revision);
  const isCurrent = (pod: Pod): boolean => pod.metadata.labels?.[REVISION_HASH] === current;
  const conditions = conditionsAfterCreate(set.status?.conditions, missing, refused, api.now());
  writeStatus(api, 'statefulsets.apps', set, {
    ...(set.metadata.generation !== undefined && { observedGeneration: set.metadata.generation }),
    replicas: pods.length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: moments.filter((at) => at <= api.now()).length,
    updatedReplicas: updated,
    currentReplicas: pods.filter(isCurrent).length,
    currentRevision: current,
    updateRevision: revision,
    collisionCount: 0,
    ...(conditions.length > 0 && { conditions }),
  });
  return earliest(...moments.filter((at) => at > api.now()));
};

const reconcileOne = (api: LabApi, set: StatefulSet, owned: readonly Pod[], backoff: Backoff): Date | undefined => {
  if (isDeleting(set)) return undefined;
  const { name: revision } = currentRevision(api, set);
  const view: View = {
    set,
    wanted: set.spec.replicas ?? 1,
    revision,
    pods: new Map(owned.map((pod) => [ordinalOf(set, pod), pod])),
  };
  const mayTry = backoff.mayTry(set, api.now());
  const { refused, full } = mayTry ? fill(api, view) : { full: false };
  if (refused !== undefined) backoff.failed(set, api.now());
  else if (mayTry) backoff.forget(set);
  const surplus = [...view.pods.keys()].some((ordinal) => ordinal >= view.wanted);
  const stale = owned.some((pod) => pod.metadata.labels?.[REVISION_HASH] !== revision);
  if (full || surplus || stale) shrinkOrUpdate(api, view);
  const next = writeCounts(api, view, view.wanted - owned.length, refused);
  return earliest(next, backoff.nextTry(set));
};

/** StatefulSets: numbered pods with claims of their own, created in order and replaced from the last to the first. */
export const createStatefulSetController = (): LoopController => {
  const backoff = createBackoff();
  const memo = createMemo();
  return {
    name: NAME,
    watches: ['statefulsets.apps', 'pods'],
    reconcile(api) {
      const sets = all(api, 'statefulsets.apps');
      if (sets.length === 0) return undefined;
      const pods = groupByController(all(api, 'pods'));
      const moments = sets.map((set) => {
        const owned = pods.get(set.metadata.uid) ?? [];
        return memo(api.now(), set, owned, () => reconcileOne(api, set, owned, backoff));
      });
      return earliest(...moments);
    },
  };
};
