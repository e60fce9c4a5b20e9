import type { Deployment, Pod, ReplicaSet } from './kinds.ts';
import { controllerOf, share } from './support.ts';

/** How many pods a rolling update may have too many and too few; never both zero, or nothing could move. */
export const rolloutBounds = ({ spec }: Deployment): { surge: number; unavailable: number } => {
  if (spec.strategy?.type === 'Recreate') return { surge: 0, unavailable: 0 };
  const wanted = spec.replicas ?? 1;
  const surge = share(spec.strategy?.rollingUpdate?.maxSurge ?? '25%', wanted, 'up');
  const unavailable = share(spec.strategy?.rollingUpdate?.maxUnavailable ?? '25%', wanted, 'down');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
};

const specReplicas = ({ spec }: ReplicaSet): number => spec.replicas ?? 0;
const available = ({ status }: ReplicaSet): number => status?.availableReplicas ?? 0;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

export const hasPodsOf = ({ metadata }: ReplicaSet, pods: readonly Pod[]): boolean =>
  pods.some((pod) => controllerOf(pod)?.uid === metadata.uid);

/** The one set that has replicas, or the newest when none has: a paused deployment still scales there. */
export const singleActiveSet = (
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): ReplicaSet | undefined => {
  const active = [...old, ...(current ? [current] : [])].filter((set) => specReplicas(set) > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? current ?? old.at(-1);
};

export const newSetReplicas = (deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): number => {
  const wanted = deployment.spec.replicas ?? 1;
  const has = specReplicas(current);
  if (has >= wanted) return wanted;
  const room = wanted + rolloutBounds(deployment).surge - sum([...old, current].map(specReplicas));
  return room <= 0 ? has : has + Math.min(room, wanted - has);
};

/** Replicas of each old set after one step: pods that do not work go first, then working ones as far as allowed. */
export const oldSetReplicas = (
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): ReadonlyMap<ReplicaSet, number> => {
  const target = new Map(old.map((set) => [set, specReplicas(set)]));
  const minAvailable = (deployment.spec.replicas ?? 1) - rolloutBounds(deployment).unavailable;
  const missing = Math.max(0, specReplicas(current) - available(current));
  let mayGo = sum([...target.values()]) + specReplicas(current) - minAvailable - missing;
  for (const set of old) {
    const broken = Math.min(Math.max(0, mayGo), Math.max(0, specReplicas(set) - available(set)));
    target.set(set, specReplicas(set) - broken);
    mayGo -= broken;
  }
  let spare = Math.min(mayGo, sum([...old, current].map(available)) - minAvailable);
  for (const set of old) {
    const replicas = target.get(set) ?? 0;
    const gone = Math.min(Math.max(0, spare), replicas);
    target.set(set, replicas - gone);
    spare -= gone;
  }
  return target;
};
