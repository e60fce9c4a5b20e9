import type { KubeKind, KubeObject, KubeRef, KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import { isStewardError } from '../../../core/errors.ts';
import type { Target } from '../../../core/target.ts';

/** The object, or undefined when there is none. Other errors pass. */
export async function findObject(
  kubernetes: Pick<KubernetesReader, 'get'>,
  ref: KubeRef,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await kubernetes.get(ref, signal);
  } catch (error) {
    if (isStewardError(error) && error.code === 'object_not_found') return undefined;
    throw error;
  }
}

export const refOf = (kind: KubeKind, { namespace, name }: Target): KubeRef => ({
  kind,
  ...(namespace === undefined ? {} : { namespace }),
  name,
});

export const targetOfObject = (kind: KubeKind, { metadata }: KubeObject): Target => ({
  system: 'kubernetes',
  kind: kind.kind,
  ...(kind.group === '' ? {} : { group: kind.group }),
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  name: metadata.name,
});
