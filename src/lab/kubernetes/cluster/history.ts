import type { KubernetesApi } from '../api/lab-api.ts';
import type { LooseObject } from '../controller.ts';
import { all } from '../controllers/kinds.ts';
import { controllerOf } from '../controllers/support.ts';
import type { Driver } from './driver.ts';
import type { LabClock } from './lab-clock.ts';

/** An object that came to be `ageMs` ago. */
export interface Aged {
  readonly resource: string;
  readonly ageMs: number;
  readonly object: LooseObject;
}

/** A change that was made `ageMs` ago: a JSON merge patch, or `null` = the object was deleted. */
export interface AgedPatch {
  readonly resource: string;
  readonly ageMs: number;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly patch: object | null;
}

/** The pods of a node that no DaemonSet owns were deleted `ageMs` ago. */
export interface AgedDrain {
  readonly node: string;
  readonly ageMs: number;
}

export interface Past {
  readonly objects: readonly Aged[];
  readonly patches: readonly AgedPatch[];
  readonly drains: readonly AgedDrain[];
  /** So far back every timer is run (cron jobs, restarts); what is older only jumps from object to object. */
  readonly timersMs: number;
}

/** RFC 7386. */
export const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isPlain = typeof target === 'object' && target !== null && !Array.isArray(target);
  const result: Record<string, unknown> = isPlain ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
};

/** Time in which what was created starts up, before the clock jumps on. */
const STARTUP_MS = 60_000;

const MANAGER = 'kubectl-client-side-apply';

const applyPatch = (api: KubernetesApi, { resource, namespace, name, patch }: AgedPatch): void => {
  if (patch === null) return api.delete(resource, namespace, name, { propagation: 'Background' });
  const current = api.get(resource, namespace, name);
  if (!current) throw new Error(`there is no ${resource} ${namespace ?? ''}/${name} to change`);
  const next = mergePatch(current, patch) as typeof current; // a merge keeps the identity of the object
  api.update(resource, next, MANAGER);
  if ('status' in patch) {
    const written = api.get(resource, namespace, name) ?? current;
    api.updateStatus(resource, { ...written, status: next['status'] }, MANAGER);
  }
};

const drain = (api: KubernetesApi, node: string): void => {
  for (const pod of all(api, 'pods'))
    if (pod.spec.nodeName === node && controllerOf(pod)?.kind !== 'DaemonSet')
      api.delete('pods', pod.metadata.namespace, pod.metadata.name, {});
};

/**
 * Plays the past of a cluster on a held clock: each object is created at its time and the controllers do what they did
 * then, so that ages, revisions, restarts and conditions are those of a cluster that has run for so long.
 */
export const playPast = (api: KubernetesApi, clock: LabClock, driver: Driver, past: Past): void => {
  const present = clock.now();
  const steps = [
    ...past.objects.map(({ ageMs, resource, object }) => ({
      ageMs,
      run: () => void api.create(resource, object, MANAGER),
    })),
    ...past.patches.map((patch) => ({ ageMs: patch.ageMs, run: () => applyPatch(api, patch) })),
    ...past.drains.map(({ ageMs, node }) => ({ ageMs, run: () => drain(api, node) })),
  ];
  const ages = [...new Set(steps.map(({ ageMs }) => ageMs))].sort((a, b) => b - a);
  const ago = (ms: number): Date => new Date(+present - ms);
  clock.hold(ago(Math.max(past.timersMs, ...ages)));
  for (const ageMs of ages) {
    clock.moveTo(ago(Math.max(ageMs, past.timersMs)));
    if (ageMs < past.timersMs) driver.advanceTo(ago(ageMs));
    for (const step of steps) if (step.ageMs === ageMs) step.run();
    const next = ages.find((each) => each < ageMs) ?? 0;
    driver.advanceTo(ago(Math.max(ageMs - STARTUP_MS, next)));
  }
  clock.moveTo(ago(past.timersMs));
  driver.advanceTo(present);
  clock.release();
};
