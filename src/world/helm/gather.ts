import type { HelmReader, ListedRelease } from '../../clients/helm/contract.ts';
import { messageOf } from '../../core/errors.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { known, unknown, type WorldParts } from '../world.ts';
import { HelmRelease } from './schema.ts';

/** Reads every release. Where Secrets may not be listed the part is unknown; one that cannot be read is said in its own object. */
export async function gatherHelm(
  helm: Pick<HelmReader, 'releases'>,
  { timeoutMs }: { readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<WorldParts> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const releases = await unlessAborted(helm.releases({}, limited), limited);
    return {
      helmReleases: known(new Map(releases.map((one) => [`${one.namespace}/${one.name}`, releaseObject(one)]))),
    };
  } catch (error) {
    signal.throwIfAborted();
    return { helmReleases: unknown(limited.aborted ? 'it could not be read in time' : messageOf(error)) };
  }
}

/** A release as the world and the effects of a plan hold it. */
export function releaseObject({ namespace, name, secret, refs, ...facts }: ListedRelease): HelmRelease {
  const { revision, status, chart, chartVersion, appVersion, updatedAt, description, unreadable } = facts;
  return HelmRelease.parse({
    metadata: { namespace, name, uid: secret.uid, resourceVersion: secret.resourceVersion },
    revision,
    status,
    chart,
    chartVersion,
    appVersion,
    updatedAt,
    description,
    objects: refs,
    ...(unreadable !== undefined && { unreadable }),
  });
}
