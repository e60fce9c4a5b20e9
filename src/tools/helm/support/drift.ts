import type { Release } from '../../../clients/helm/contract.ts';
import type { KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import { isStewardError } from '../../../core/errors.ts';
import { targetLabel } from '../../../core/target.ts';
import { findObject, refOf, targetOfObject } from '../../cluster/support/find.ts';
import { driftOf, place } from './objects.ts';

/** How the live objects differ from what the release wrote, one after another; '' = not at all. What may not be asked is said. */
export async function releaseDrift(
  kubernetes: KubernetesReader,
  release: Release,
  signal: AbortSignal,
): Promise<string> {
  const texts = await Promise.all(
    release.objects.map(async (object) => driftText(kubernetes, object, release.namespace, signal)),
  );
  return texts.flat().join('\n');
}

async function driftText(
  kubernetes: KubernetesReader,
  manifest: Release['objects'][number],
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const placed = await place(kubernetes, manifest, namespace, signal);
  if (placed === undefined) return [`${manifest.kind} ${manifest.metadata.name}: its kind is not served`];
  const target = targetOfObject(placed.kind, placed.object);
  const label = targetLabel(target);
  try {
    const live = await findObject(kubernetes, refOf(placed.kind, target), signal);
    if (live === undefined) return [`${label}: is not there`];
    const drift = await driftOf(kubernetes, placed.kind, live, placed.object, signal);
    return drift === '' ? [] : [`${label}: live differs\n${drift}`];
  } catch (error) {
    // Dry runs take the right to write; who lacks it learns the rest all the same.
    if (isStewardError(error) && error.code === 'kubernetes_forbidden')
      return [`${label}: not known, the cluster does not allow a dry run`];
    throw error;
  }
}
