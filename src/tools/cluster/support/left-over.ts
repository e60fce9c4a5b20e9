import type { KubeObject, KubeRef, KubernetesReader, KubeWrite } from '../../../clients/kubernetes/contract.ts';
import type { Refusal } from '../../../core/change.ts';
import { findObject } from './find.ts';
import { diffObjects } from './plan-write.ts';

const TRIES = 5;

export interface LeftOver {
  readonly live: KubeObject;
  /** What the write would still change; empty = the object holds it. */
  readonly diff: string;
  readonly refusal?: Refusal;
}

/**
 * What the same write would change if it were sent once more; undefined when the object is gone. Looked at while nobody
 * else writes: a controller that notes its revision between the two reads must not look like a write that did not take.
 */
export async function leftOver(
  kubernetes: Pick<KubernetesReader, 'get' | 'dryRun'>,
  ref: KubeRef,
  write: (live: KubeObject) => Promise<KubeWrite>,
  signal: AbortSignal,
): Promise<LeftOver | undefined> {
  for (let attempt = 1; ; attempt++) {
    const live = await findObject(kubernetes, ref, signal);
    if (live === undefined) return undefined;
    const { object, refusal } = await kubernetes.dryRun(await write(live), signal);
    const found = { live, diff: refusal === undefined ? diffObjects(live, object) : '', ...(refusal && { refusal }) };
    if (found.diff === '' || attempt === TRIES) return found;
    const later = await findObject(kubernetes, ref, signal);
    if (later?.metadata.resourceVersion === live.metadata.resourceVersion) return found;
  }
}
