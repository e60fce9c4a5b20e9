import type { Chart, HelmReader, ListedRelease, Release, ReleaseRevision } from '../../../clients/helm/contract.ts';
import { CONTENT_KIND, contentHash } from '../../../clients/helm/live-version.ts';
import { refsOf } from '../../../clients/helm/refs.ts';
import type { KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import type { Effect } from '../../../core/effect.ts';
import { inputError, isStewardError, notFound, StewardError } from '../../../core/errors.ts';
import type { Precondition } from '../../../core/plan.ts';
import type { Target } from '../../../core/target.ts';
import { releaseObject } from '../../../world/helm/gather.ts';

export const PENDING: readonly string[] = ['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling'];

/** All revisions, newest first; none for a release that was never there. */
export async function historyOf(
  helm: HelmReader,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly ReleaseRevision[]> {
  try {
    return await helm.history(namespace, name, signal);
  } catch (error) {
    if (isStewardError(error) && error.code === 'release_not_found') return [];
    throw error;
  }
}

/** The newest revision of a release that can be changed. Errors: `release_not_found`, `release_busy`. */
export async function changeableRelease(
  helm: HelmReader,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Release> {
  const release = await helm.release(namespace, name, 'latest', signal);
  if (PENDING.includes(release.status))
    throw new StewardError(
      `Unable to plan for HelmRelease ${namespace}/${name}: revision ${release.revision} is ${release.status}, and helm refuses every change until that is settled.`,
      { kind: 'input', code: 'release_busy', hint: 'If nobody is at it, use helm_repair.' },
    );
  if (release.status === 'uninstalled')
    throw notFound(
      'release_not_found',
      `Unable to plan for HelmRelease ${namespace}/${name}: it was uninstalled and only its history is left.`,
      `helm_rollback to an earlier revision brings it back, helm_install makes it anew.`,
    );
  return release;
}

const secretTarget = (namespace: string, release: string, revision: number): Target => ({
  system: 'kubernetes',
  kind: 'Secret',
  namespace,
  name: `sh.helm.release.v1.${release}.v${revision}`,
});

/** The newest revision is still this one, no operation has begun a next one, and its live objects hold what they held. */
export async function releasePreconditions(
  kubernetes: KubernetesReader,
  release: Release,
  signal: AbortSignal,
): Promise<readonly Precondition[]> {
  const { namespace, name, revision, secret, objects } = release;
  return [
    {
      target: { system: 'kubernetes', kind: 'Secret', namespace, name: secret.name },
      uid: secret.uid,
      version: secret.resourceVersion,
    },
    { target: secretTarget(namespace, name, revision + 1), absent: true },
    {
      target: { system: 'helm', kind: CONTENT_KIND, namespace, name },
      uid: secret.uid,
      version: await contentHash(kubernetes, namespace, objects, signal),
    },
  ];
}

/** Nobody has begun this revision. */
export const absentRevision = (namespace: string, name: string, revision: number): Precondition => ({
  target: secretTarget(namespace, name, revision),
  absent: true,
});

/** The release as it would stand in the world. */
export function releaseEffect(
  { namespace, name, revision, status }: Pick<ReleaseRevision, 'namespace' | 'name' | 'revision' | 'status'>,
  chart: Pick<Chart, 'name' | 'version' | 'appVersion'>,
  manifest: string,
): Effect {
  const listed: ListedRelease = {
    namespace,
    name,
    revision,
    status,
    chart: chart.name,
    chartVersion: chart.version,
    appVersion: chart.appVersion,
    updatedAt: '',
    description: '',
    secret: { name: '', uid: '', resourceVersion: '' },
    refs: refsOf(manifest),
  };
  return { op: 'put', part: 'helmReleases', id: `${namespace}/${name}`, value: releaseObject(listed) };
}

/** A revision to go back to. Errors: `input` `revision_is_current`, `not_found` `no_revision`. */
export function revisionToRollTo(
  history: readonly ReleaseRevision[],
  wanted: number | undefined,
  label: string,
): ReleaseRevision {
  const [current, ...earlier] = history;
  const isUninstalled = current?.status === 'uninstalled';
  const good = (isUninstalled ? history : earlier).filter(({ status }) =>
    ['deployed', 'superseded', 'uninstalled'].includes(status),
  );
  const kept = good.map(({ revision }) => revision).join(', ') || 'none';
  if (wanted !== undefined && wanted === current?.revision && !isUninstalled)
    throw inputError(
      'revision_is_current',
      `Unable to roll back ${label}: revision ${wanted} is the current one.`,
      `Earlier ones that were deployed: ${kept}.`,
    );
  const found = wanted === undefined ? good[0] : good.find(({ revision }) => revision === wanted);
  if (found !== undefined) return found;
  throw notFound(
    'no_revision',
    `Unable to roll back ${label}: ${wanted === undefined ? 'no earlier revision was deployed' : `revision ${wanted} was never deployed or is not kept`}.`,
    `Earlier ones that were deployed: ${kept}.`,
  );
}
