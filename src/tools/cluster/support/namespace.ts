import type { KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import type { OwnedObject } from './owned.ts';
import { partOf } from './parts.ts';

/** Objects in a namespace of every kind that the world knows: what goes when the namespace goes. */
export async function inhabitantsOf(
  kubernetes: KubernetesReader,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly OwnedObject[]> {
  const kinds = (await kubernetes.kinds(signal)).filter(
    (kind) => kind.namespaced && kind.verbs.includes('list') && partOf(kind) !== undefined && kind.kind !== 'Event',
  );
  const found = await Promise.all(
    kinds.map(async (kind) =>
      (await kubernetes.listAll(kind, { namespace }, signal)).map((object) => ({ kind, object })),
    ),
  );
  return found.flat();
}
