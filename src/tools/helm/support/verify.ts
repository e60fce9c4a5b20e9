import type { HelmReader, Release } from '../../../clients/helm/contract.ts';
import type { KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import type { Verdict } from '../../../core/tool.ts';
import { findObject, refOf, targetOfObject } from '../../cluster/support/find.ts';
import { ROLLOUT_KINDS, verifyRollout, worst } from '../../cluster/support/rollout.ts';
import { place } from './objects.ts';

interface VerifyContext {
  readonly clients: { readonly helm: HelmReader; readonly kubernetes: KubernetesReader };
  readonly signal: AbortSignal;
  progress(message: string): void;
}

/** What must be so of the newest revision; a text says what is not. */
export type Expectation = (release: Release) => string | undefined;

/** The newest revision is deployed and as expected, and every workload of it runs. */
export async function verifyRelease(
  namespace: string,
  name: string,
  expected: Expectation,
  ctx: VerifyContext,
): Promise<Verdict> {
  const { clients, signal } = ctx;
  const release = await clients.helm.release(namespace, name, 'latest', signal);
  const label = `revision ${release.revision} of HelmRelease ${namespace}/${name}`;
  if (release.status !== 'deployed') return { ok: 'no', evidence: [`${label} is ${release.status}`] };
  const wrong = expected(release);
  if (wrong !== undefined) return { ok: 'no', evidence: [`${label}: ${wrong}`] };
  const workloads = release.objects.filter(({ kind }) => ROLLOUT_KINDS.includes(kind));
  const verdicts = await Promise.all(workloads.map(async (object) => verifyWorkload(object, namespace, ctx)));
  return worst([{ ok: 'yes', evidence: [`${label} is deployed`] }, ...verdicts]);
}

async function verifyWorkload(
  manifest: Release['objects'][number],
  namespace: string,
  ctx: VerifyContext,
): Promise<Verdict> {
  const { kubernetes } = ctx.clients;
  const placed = await place(kubernetes, manifest, namespace, ctx.signal);
  const name = `${manifest.kind} ${manifest.metadata.name}`;
  if (placed === undefined) return { ok: 'no', evidence: [`${name}: its kind is not served`] };
  const ref = refOf(placed.kind, targetOfObject(placed.kind, placed.object));
  if ((await findObject(kubernetes, ref, ctx.signal)) === undefined)
    return { ok: 'no', evidence: [`${name} is not there`] };
  return verifyRollout(kubernetes, ref, ctx);
}
