import type { LabApi } from '../controller.ts';
import { adoptOrphans } from './adopt.ts';
import { REVISION, revisionOf, sameTemplate, scaleSet, writeNewSet } from './deployment-sets.ts';
import { deploymentStatus, progressDeadline } from './deployment-status.ts';
import { all, type Deployment, type Pod, type ReplicaSet } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { createMemo } from './memo.ts';
import { hasPodsOf, newSetReplicas, oldSetReplicas, singleActiveSet } from './rollout.ts';
import { earliest, groupByController, isDeleting, MANAGER, tolerate, writeStatus } from './support.ts';

const NAME = 'deployment-controller';

interface Sets {
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

const byAge = (a: ReplicaSet, b: ReplicaSet): number =>
  a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
  a.metadata.name.localeCompare(b.metadata.name);

const splitSets = (deployment: Deployment, owned: readonly ReplicaSet[]): Sets => {
  const sets = [...owned].filter((set) => !isDeleting(set)).sort(byAge);
  const current = sets.find((set) => sameTemplate(set, deployment));
  return { current, old: sets.filter((set) => set !== current) };
};

/** Writes the revision of the current template onto the deployment, where `kubectl rollout history` reads it. */
const noteRevision = (api: LabApi, deployment: Deployment, revision: string | undefined): Deployment => {
  if (revision === undefined || deployment.metadata.annotations?.[REVISION] === revision) return deployment;
  const annotations = { ...deployment.metadata.annotations, [REVISION]: revision };
  const written = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  // The API hands back the deployment it was given.
  return (tolerate(() => api.update('deployments.apps', written, MANAGER)) ?? deployment) as Deployment;
};

const roll = (api: LabApi, deployment: Deployment, { current, old }: Sets, pods: readonly Pod[]): void => {
  const wanted = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === 'Recreate') {
    for (const set of old) scaleSet(api, deployment, set, 0, NAME);
    if (current && !old.some((set) => hasPodsOf(set, pods))) scaleSet(api, deployment, current, wanted, NAME);
    return;
  }
  if (!current) return;
  const grown = newSetReplicas(deployment, current, old);
  scaleSet(api, deployment, current, grown, NAME);
  const target = oldSetReplicas(deployment, { ...current, spec: { ...current.spec, replicas: grown } }, old);
  for (const set of old) scaleSet(api, deployment, set, target.get(set) ?? 0, NAME);
};

const removeHistory = (api: LabApi, deployment: Deployment, old: readonly ReplicaSet[]): void => {
  const idle = old.filter((set) => set.spec.replicas === 0 && (set.status?.replicas ?? 0) === 0);
  const surplus = idle.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const set of [...idle].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, surplus)))
    tolerate(() =>
      api.delete('replicasets.apps', set.metadata.namespace, set.metadata.name, { uid: set.metadata.uid }),
    );
};

const reconcileOne = (
  api: LabApi,
  found: Deployment,
  owned: readonly ReplicaSet[],
  podsOf: (set: ReplicaSet) => readonly Pod[],
): Date | undefined => {
  if (isDeleting(found)) return undefined;
  const before = splitSets(found, owned);
  const paused = found.spec.paused === true;
  const fresh = before.current === undefined && !paused;
  const current = paused ? before.current : writeNewSet(api, found, before.current, before.old, NAME);
  const sets = { current, old: before.old };
  const deployment = noteRevision(api, found, current?.metadata.annotations?.[REVISION]);
  const only = paused ? singleActiveSet(sets.current, sets.old) : undefined;
  if (only) scaleSet(api, deployment, only, deployment.spec.replicas ?? 1, NAME);
  if (!paused) roll(api, deployment, sets, sets.old.flatMap(podsOf));
  const status = deploymentStatus(deployment, { ...sets, fresh }, api.now());
  writeStatus(api, 'deployments.apps', deployment, status);
  if (status.conditions.some(({ reason }) => reason === 'NewReplicaSetAvailable'))
    removeHistory(api, deployment, sets.old);
  return progressDeadline(deployment, status, api.now());
};

/** Deployments: one ReplicaSet per template, moved from the old to the new one within maxSurge and maxUnavailable. */
export const createDeploymentController = (): LoopController => {
  const memo = createMemo();
  return {
    name: NAME,
    watches: ['deployments.apps', 'replicasets.apps', 'pods'],
    // Pods matter only to `Recreate`, which waits until the old ones are gone.
    wants: ({ resource, type }) => resource !== 'pods' || type === 'DELETED',
    reconcile(api) {
      const deployments = all(api, 'deployments.apps');
      const sets = groupByController(adoptOrphans(api, 'replicasets.apps', deployments, all(api, 'replicasets.apps')));
      const pods = groupByController(all(api, 'pods'));
      const podsOf = ({ metadata }: ReplicaSet): readonly Pod[] => pods.get(metadata.uid) ?? [];
      const moments = deployments.map((deployment) => {
        const owned = sets.get(deployment.metadata.uid) ?? [];
        const inputs = deployment.spec.strategy?.type === 'Recreate' ? [...owned, ...owned.flatMap(podsOf)] : owned;
        return memo(api.now(), deployment, inputs, () => reconcileOne(api, deployment, owned, podsOf));
      });
      return earliest(...moments);
    },
  };
};
