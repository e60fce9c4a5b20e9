import type { KubeObject, KubeRef, KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import type { Verdict } from '../../../core/tool.ts';
import { listAt, numberAt, textAt } from './json.ts';
import { poll } from './pause.ts';

export const ROLLOUT_KINDS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
const WAIT_MS = 30_000;
const EVERY_MS = 500;
const REPEAT_EVERY = 20;

export interface Rollout {
  readonly state: 'done' | 'going' | 'failed';
  readonly text: string;
}

/** How far the controller has come with the newest template (kubectl rollout status). */
export function rolloutOf(object: KubeObject): Rollout {
  const label = `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  if ((numberAt(object, 'status', 'observedGeneration') ?? 0) < (numberAt(object, 'metadata', 'generation') ?? 0))
    return { state: 'going', text: `${label}: the controller has not seen the change yet` };
  const { wanted, updated, available, total } = countsOf(object);
  const text = `${label}: ${updated} of ${wanted} updated, ${available} available`;
  const stuck = listAt(object, 'status', 'conditions').find(
    (one) => one['type'] === 'Progressing' && one['status'] === 'False' && one['reason'] === 'ProgressDeadlineExceeded',
  );
  if (stuck !== undefined) return { state: 'failed', text: `${text}; ${textAt(stuck, 'reason') ?? ''}` };
  const done = updated >= wanted && available >= wanted && total <= wanted;
  return { state: done ? 'done' : 'going', text };
}

function countsOf(object: KubeObject): { wanted: number; updated: number; available: number; total: number } {
  const status = (name: string): number => numberAt(object, 'status', name) ?? 0;
  if (object.kind === 'DaemonSet') {
    const wanted = status('desiredNumberScheduled');
    return { wanted, updated: status('updatedNumberScheduled'), available: status('numberAvailable'), total: wanted };
  }
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  // With OnDelete and partitions nothing is updated by itself; what is ready is then what counts.
  const manual =
    textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete' ||
    (numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0) > 0;
  const updated = manual ? wanted : status('updatedReplicas');
  const available =
    object.kind === 'StatefulSet'
      ? Math.max(status('availableReplicas'), status('readyReplicas'))
      : status('availableReplicas');
  return { wanted, updated, available, total: status('replicas') };
}

/** Waits a bounded time for a rollout; one that still goes on is `unknown`, never success. */
export async function verifyRollout(
  kubernetes: KubernetesReader,
  ref: KubeRef,
  ctx: { readonly signal: AbortSignal; progress(message: string): void },
): Promise<Verdict> {
  let last: Rollout = { state: 'going', text: 'nothing seen yet' };
  let looks = 0;
  const look = async (): Promise<Rollout | undefined> => {
    const now = rolloutOf(await kubernetes.get(ref, ctx.signal));
    // Said again now and then: clients give up on a call that is silent for a minute.
    if (now.text !== last.text || looks % REPEAT_EVERY === 0) ctx.progress(now.text);
    looks++;
    last = now;
    return now.state === 'going' ? undefined : now;
  };
  const ended = await poll(look, { forMs: WAIT_MS, everyMs: EVERY_MS, signal: ctx.signal });
  if (ended === undefined) return { ok: 'unknown', evidence: [`${last.text}; still going after ${WAIT_MS / 1000} s`] };
  return { ok: ended.state === 'done' ? 'yes' : 'no', evidence: [ended.text] };
}

/** The worst of several verdicts, with all their evidence. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  const evidence = verdicts.flatMap((verdict) => verdict.evidence);
  const has = (ok: Verdict['ok']): boolean => verdicts.some((verdict) => verdict.ok === ok);
  return { ok: has('no') ? 'no' : has('unknown') ? 'unknown' : 'yes', evidence };
}
