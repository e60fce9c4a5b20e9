import type { Release, ReleaseRevision } from '../../../clients/helm/contract.ts';
import type { Draft } from '../../../core/plan.ts';
import type { ReadContext, Verdict } from '../../../core/tool.ts';
import type { Clients } from './change.ts';
import { draftOf, planHooks } from './draft.ts';
import { planObjects } from './objects.ts';
import { releaseEffect, releasePreconditions } from './release.ts';
import { diffValues } from './values.ts';
import { verifyRelease } from './verify.ts';

/** The draft of a rollback: from the newest manifest, whatever its state, to that of an earlier revision. */
export async function planRollback(
  newest: Release,
  to: ReleaseRevision,
  undo: string,
  { clients, signal }: ReadContext<Clients>,
): Promise<Draft> {
  const { namespace, name } = newest;
  const target = await clients.helm.release(namespace, name, to.revision, signal);
  const place = { namespace, isNewHome: false };
  const serverSide = newest.serverSide && (await clients.helm.version(signal)).major === 4;
  const isGone = newest.status === 'uninstalled';
  const manifests = {
    ...place,
    release: name,
    from: isGone ? [] : newest.objects,
    to: target.objects,
    crds: [],
    serverSide,
  };
  const [objects, hooks, preconditions] = await Promise.all([
    planObjects(clients.kubernetes, manifests, signal),
    planHooks(clients.kubernetes, target.hooks, ['pre-rollback', 'post-rollback'], place, signal),
    releasePreconditions(clients.kubernetes, newest, signal),
  ]);
  const revision = newest.revision + 1;
  const chart = { name: target.chart, version: target.chartVersion, appVersion: target.appVersion };
  const changed = diffValues(newest.values, target.values);
  return draftOf(
    {
      release: { namespace, name, verb: 'patch' },
      head: [
        `HelmRelease ${namespace}/${name}: revision ${newest.revision} (${newest.status}) -> ${revision} with the content of revision ${to.revision} (${target.chart} ${target.chartVersion})`,
        changed === '' ? 'values: no change' : `values\n${changed}`,
      ],
      objects,
      hooks,
      effects: [releaseEffect({ namespace, name, revision, status: 'deployed' }, chart, target.manifest)],
      preconditions: [...preconditions, ...sameSecret(target)],
      touches: [],
      warnings: [],
      undo,
    },
    clients.kubernetes,
    signal,
  );
}

const sameSecret = ({ namespace, secret }: Release) => [
  {
    target: { system: 'kubernetes', kind: 'Secret', namespace, name: secret.name } as const,
    uid: secret.uid,
    version: secret.resourceVersion,
  },
];

/** The newest revision holds what the old one held. */
export async function verifyRollback(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  result: { readonly revision: number; readonly to: number } | undefined,
  ctx: ReadContext<Clients>,
): Promise<Verdict> {
  if (result === undefined) {
    // The revision that it went back to may be the newest one by now: there is nothing to compare with.
    const seen = await verifyRelease(namespace, name, () => undefined, ctx);
    return seen.ok === 'yes' ? { ...seen, ok: 'unknown' } : seen;
  }
  const { manifest } = await ctx.clients.helm.release(namespace, name, result.to, ctx.signal);
  return verifyRelease(
    namespace,
    name,
    (release) =>
      release.revision === result.revision && release.manifest === manifest
        ? undefined
        : `it does not hold what revision ${result.to} held`,
    ctx,
  );
}
