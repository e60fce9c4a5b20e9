import type { JsonObject, KubeJson } from '../json.ts';
import { numberAt, objectAt, objectsAt, textAt } from '../objects/json.ts';
import { matchesSelector } from '../objects/selector.ts';
import type { ServedResource } from './catalogue.ts';
import { type ApiContext, quiet, timestamp } from './context.ts';
import { type DeleteOptions, deleteObject } from './deletion.ts';
import { ApiFault, tooManyRequests } from './fault.ts';
import { updateObject } from './write.ts';

const BUDGETS = 'poddisruptionbudgets.policy';
const SEVERAL = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";

const isReady = (pod: KubeJson): boolean =>
  objectsAt(pod.status, 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True');

/** A pod that does not run, or already goes, disrupts nobody. */
function disruptsNobody(pod: KubeJson): boolean {
  const phase = textAt(pod.status, 'phase');
  return pod.metadata.deletionTimestamp !== undefined || phase !== 'Running';
}

/** A pod that is not ready may go while the others are healthy enough, or always when the budget says so. */
function mayGoUnready(pod: KubeJson, { spec, status }: KubeJson): boolean {
  if (isReady(pod)) return false;
  if (textAt(spec, 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return true;
  const [healthy, desired] = [numberAt(status, 'currentHealthy') ?? 0, numberAt(status, 'desiredHealthy') ?? 0];
  return desired > 0 && healthy >= desired;
}

const refusal = (message: string, retryAfterSeconds?: number): ApiFault =>
  tooManyRequests(REFUSED, {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });

/** Throws 429 while the budget allows no disruption; otherwise its status with this one counted. */
function spend(budget: KubeJson, pod: KubeJson, now: string): JsonObject {
  const { name, generation } = budget.metadata;
  const status: JsonObject = { ...objectAt({ status: budget.status as JsonObject }, 'status') };
  if ((numberAt(status, 'observedGeneration') ?? 0) < (generation ?? 0))
    throw refusal(`The disruption budget ${name} is still being processed by the server.`, 10);
  const allowed = numberAt(status, 'disruptionsAllowed') ?? 0;
  if (allowed <= 0) {
    const [desired, healthy] = [numberAt(status, 'desiredHealthy') ?? 0, numberAt(status, 'currentHealthy') ?? 0];
    throw refusal(`The disruption budget ${name} needs ${desired} healthy pods and has ${healthy} currently`);
  }
  const disruptedPods = { ...objectAt(status, 'disruptedPods'), [pod.metadata.name]: now };
  return { ...status, disruptionsAllowed: allowed - 1, disruptedPods };
}

/**
 * Deletes a pod if the budgets that select it allow it.
 * Throws 429 (budget), 500 (more than one budget), 409 (preconditions).
 */
export function evict(context: ApiContext, pods: ServedResource, pod: KubeJson, options: DeleteOptions): void {
  const budgets = context.catalogue.byKey(BUDGETS);
  const selecting = context.store
    .list(BUDGETS, pod.metadata.namespace)
    .filter(({ spec }) => matchesSelector(objectAt(spec, 'selector'), pod.metadata.labels ?? {}));
  if (disruptsNobody(pod) || !budgets) return void deleteObject(context, pods, pod, options);
  if (selecting.length > 1) throw new ApiFault(500, undefined, SEVERAL);
  const [budget] = selecting;
  if (budget && !mayGoUnready(pod, budget)) {
    const status = spend(budget, pod, timestamp(context.store.now()));
    const write = { ...quiet('kube-apiserver'), subresource: 'status' as const };
    if (!options.dryRun) updateObject(context, budgets, { ...budget, status }, write);
  }
  deleteObject(context, pods, pod, options);
}
