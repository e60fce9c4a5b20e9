import * as z from 'zod';
import type { RenderRequest } from '../../../clients/helm/contract.ts';
import { chartTouch, releaseTarget } from '../../../clients/helm/touches.ts';
import type { Touch } from '../../../core/change.ts';
import { inputError } from '../../../core/errors.ts';
import { findObject } from '../../cluster/support/find.ts';
import { defineAction } from '../../define.ts';
import { type Clients, chartText, crdTouches, manifestOf } from '../support/change.ts';
import { draftOf, planHooks } from '../support/draft.ts';
import { ChartRef, ChartVersion, ReleasePlace, Values, WaitSeconds } from '../support/inputs.ts';
import { planObjects } from '../support/objects.ts';
import { absentRevision, historyOf, releaseEffect } from '../support/release.ts';
import { diffValues } from '../support/values.ts';
import { verifyRelease } from '../support/verify.ts';

const Input = z.strictObject({
  ...ReleasePlace,
  chart: ChartRef,
  version: ChartVersion,
  values: Values,
  create_namespace: z.boolean().default(false),
  wait_seconds: WaitSeconds,
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'helm_install',
  title: 'Install a Helm release',
  description: 'Install a chart from an allowed source under a new release name.',
  signature: '{namespace, name, chart: repository/chart, version, values?, create_namespace?, wait_seconds?}',
  reversibility: 'reversible',
  needs: ['helm', 'kubernetes'],
  input: Input,
  targets: ({ namespace, name }) => [releaseTarget(namespace, name)],
  async plan(input, ctx) {
    const { clients, signal } = ctx;
    const { namespace, name } = input;
    const revision = await nextRevision(input, clients, signal);
    ctx.progress(`fetching ${input.chart} ${input.version}`);
    const request = await requestOf(input, clients, revision, signal);
    const { chart } = request;
    const [crds, home] = await Promise.all([crdTouches(chart, clients, signal), newHome(input, clients, signal)]);
    const offline = crds.length > 0;
    const rendered = await clients.helm.render({ ...request, offline }, signal);
    ctx.progress(`asking the cluster about ${rendered.objects.length} objects`);
    const place = { namespace, isNewHome: home.length > 0 };
    const manifests = { ...place, release: name, from: [], to: rendered.objects, crds: chart.crds, serverSide: false };
    const [objects, hooks] = await Promise.all([
      planObjects(clients.kubernetes, manifests, signal),
      planHooks(clients.kubernetes, rendered.hooks, ['pre-install', 'post-install'], place, signal),
    ]);
    const release = { namespace, name, verb: 'create' } as const;
    return draftOf(
      {
        release,
        head: headOf(input, chartText(chart), (await clients.helm.version(signal)).text, home, crds),
        objects,
        hooks,
        effects: [
          releaseEffect({ namespace, name, revision, status: 'deployed' }, chart, manifestOf(rendered)),
          ...home.map((id) => ({ op: 'put', part: 'namespaces', id, value: { metadata: { name: id } } }) as const),
        ],
        preconditions: [absentRevision(namespace, name, revision)],
        touches: [
          chartTouch(namespace, chart),
          ...crds,
          ...home.map(
            (id): Touch => ({ target: { system: 'kubernetes', kind: 'Namespace', name: id }, verb: 'create' }),
          ),
        ],
        warnings: offline
          ? ['The chart was rendered without the cluster, since its definitions are not there yet.']
          : [],
        undo: `helm_uninstall of ${namespace}/${name}.`,
      },
      clients.kubernetes,
      signal,
    );
  },
  async run(input, ctx) {
    const { clients, permit, signal } = ctx;
    const { namespace, name, wait_seconds } = input;
    const revision = await nextRevision(input, clients, signal);
    const { operation: _operation, ...request } = await requestOf(input, clients, revision, signal);
    ctx.progress(`installing ${namespace}/${name}`);
    await clients.helm.write({ verb: 'install', ...request, waitSeconds: wait_seconds }, permit, signal);
    return { revision };
  },
  verify: ({ namespace, name, version }, result, ctx) =>
    verifyRelease(
      namespace,
      name,
      ({ revision, chartVersion }) =>
        (result !== undefined && revision !== result.revision) || chartVersion !== version.replace(/^v/, '')
          ? `it holds chart version ${chartVersion}`
          : undefined,
      ctx,
    ),
});

/** 1, or one more than what an uninstalled release has kept. Errors: `input` `release_exists`. */
async function nextRevision({ namespace, name }: Input, { helm }: Clients, signal: AbortSignal): Promise<number> {
  const [newest] = await historyOf(helm, namespace, name, signal);
  if (newest === undefined) return 1;
  if (newest.status === 'uninstalled') return newest.revision + 1;
  throw inputError(
    'release_exists',
    `Unable to install HelmRelease ${namespace}/${name}: revision ${newest.revision} of it is ${newest.status}.`,
    newest.status.startsWith('pending')
      ? 'If nobody is at it, use helm_repair.'
      : 'Use helm_upgrade, or another name; an install that failed is uninstalled first.',
  );
}

async function requestOf(
  { namespace, name, values, create_namespace, ...input }: Input,
  { helm }: Clients,
  revision: number,
  signal: AbortSignal,
): Promise<RenderRequest> {
  const chart = await helm.chart(input, signal);
  return {
    operation: 'install',
    namespace,
    name,
    chart,
    values,
    createNamespace: create_namespace,
    replace: revision > 1,
  };
}

/** The namespace when this install makes it. Errors: `input` `namespace_missing`. */
async function newHome(
  { namespace, create_namespace }: Input,
  { kubernetes }: Clients,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const kind = await kubernetes.kind('v1/Namespace', signal);
  if ((await findObject(kubernetes, { kind, name: namespace }, signal)) !== undefined) return [];
  if (create_namespace) return [namespace];
  throw inputError(
    'namespace_missing',
    `Unable to install into namespace ${namespace}: there is none.`,
    'Set create_namespace, or correct the name.',
  );
}

const headOf = (
  { namespace, name, values }: Input,
  chart: string,
  helm: string,
  home: readonly string[],
  crds: readonly Touch[],
): readonly string[] => [
  `HelmRelease ${namespace}/${name}: new, ${chart}, by helm ${helm}`,
  ...home.map((one) => `Namespace ${one}: new`),
  ...crds.map(({ target }) => `CustomResourceDefinition ${target.name}: new, stays when the release goes`),
  ...(Object.keys(values).length === 0 ? [] : [`values\n${diffValues({}, values)}`]),
];
