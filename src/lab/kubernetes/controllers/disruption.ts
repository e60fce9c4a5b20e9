import type { LabApi } from '../controller.ts';
import { all, type DisruptionBudget, one, type Pod } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { selects } from './selecting.ts';
import {
  after,
  controllerOf,
  earliest,
  isActive,
  isDeleting,
  isReady,
  MINUTE,
  share,
  withCondition,
  writeStatus,
} from './support.ts';

/** An eviction that was allowed but has not happened by then no longer counts. */
const FORGET_EVICTION_MS = 2 * MINUTE;

/** How many pods the controllers of these pods want together; a pod without one counts for itself. */
const expectedPods = (api: LabApi, pods: readonly Pod[]): number => {
  const wanted = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    const { namespace, uid } = pod.metadata;
    const scaled =
      owner?.kind === 'ReplicaSet'
        ? one(api, 'replicasets.apps', namespace, owner.name)
        : owner?.kind === 'StatefulSet'
          ? one(api, 'statefulsets.apps', namespace, owner.name)
          : undefined;
    if (scaled) wanted.set(scaled.metadata.uid, scaled.spec.replicas ?? 1);
    else wanted.set(uid, 1);
  }
  return [...wanted.values()].reduce((sum, each) => sum + each, 0);
};

const needed = ({ spec }: DisruptionBudget, pods: readonly Pod[], expected: number) => {
  if (spec.maxUnavailable !== undefined)
    return { expected, desired: Math.max(0, expected - share(spec.maxUnavailable, expected, 'up')) };
  const { minAvailable = 1 } = spec;
  if (typeof minAvailable === 'number') return { expected: pods.length, desired: minAvailable };
  return { expected, desired: share(minAvailable, expected, 'up') };
};

const pendingEvictions = (budget: DisruptionBudget, pods: readonly Pod[], now: Date): Record<string, string> =>
  Object.fromEntries(
    Object.entries(budget.status?.disruptedPods ?? {}).filter(
      ([name, since]) =>
        after(since, FORGET_EVICTION_MS) > now && pods.some((pod) => pod.metadata.name === name && !isDeleting(pod)),
    ),
  );

const reconcileOne = (api: LabApi, budget: DisruptionBudget, all_: readonly Pod[]): Date | undefined => {
  if (isDeleting(budget)) return undefined;
  const pods = all_.filter(({ metadata }) => selects(budget.spec.selector, metadata.labels));
  const disrupted = pendingEvictions(budget, pods, api.now());
  const healthy = pods.filter((pod) => isReady(pod) && !isDeleting(pod) && !(pod.metadata.name in disrupted)).length;
  const { expected, desired } = needed(budget, pods, expectedPods(api, pods));
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  const { generation } = budget.metadata;
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    ...(generation !== undefined && { observedGeneration: generation }),
  } as const;
  writeStatus(api, 'poddisruptionbudgets.policy', budget, {
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: withCondition(budget.status?.conditions, condition, api.now()),
  });
  return earliest(...Object.values(disrupted).map((since) => after(since, FORGET_EVICTION_MS)));
};

/** The numbers that the eviction API asks before it lets a pod go. */
export const createDisruptionController = (): LoopController => ({
  name: 'disruption-controller',
  watches: ['poddisruptionbudgets.policy', 'pods', 'replicasets.apps', 'statefulsets.apps'],
  reconcile(api) {
    const budgets = all(api, 'poddisruptionbudgets.policy');
    if (budgets.length === 0) return undefined;
    const pods = all(api, 'pods').filter((pod) => isActive(pod) || isDeleting(pod));
    return earliest(
      ...budgets.map((budget) =>
        reconcileOne(
          api,
          budget,
          pods.filter(({ metadata }) => metadata.namespace === budget.metadata.namespace),
        ),
      ),
    );
  },
});
