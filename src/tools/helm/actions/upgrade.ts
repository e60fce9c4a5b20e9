import * as z from 'zod';
import type { Release, RenderRequest } from '../../../clients/helm/contract.ts';
import { chartTouch, releaseTarget } from '../../../clients/helm/touches.ts';
import { defineAction } from '../../define.ts';
import { baseOf, type Clients, chartText, manifestOf, valuesOf } from '../support/change.ts';
import { draftOf, planHooks } from '../support/draft.ts';
import { ChartRef, ChartVersion, ReleasePlace, Values, WaitSeconds } from '../support/inputs.ts';
import { planObjects } from '../support/objects.ts';
import { changeableRelease, releaseEffect, releasePreconditions } from '../support/release.ts';
import { diffValues } from '../support/values.ts';
import { verifyRelease } from '../support/verify.ts';

const Input = z.strictObject({
  ...ReleasePlace,
  chart: ChartRef,
  version: ChartVersion,
  values: Values,
  keep_values: z.boolean().default(true).describe('Lay values over those that are set; false = only these'),
  wait_seconds: WaitSeconds,
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'helm_upgrade',
  title: 'Upgrade a Helm release',
  description: 'Move a release to a chart version and values; the plan shows the difference to what is live.',
  signature: '{namespace, name, chart, version, values?, keep_values? (default true), wait_seconds?}',
  reversibility: 'reversible',
  needs: ['helm', 'kubernetes'],
  input: Input,
  targets: ({ namespace, name }) => [releaseTarget(namespace, name)],
  async plan(input, ctx) {
    const { clients, signal } = ctx;
    const { namespace, name } = input;
    const newest = await changeableRelease(clients.helm, namespace, name, signal);
    const base = await baseOf(clients.helm, newest, signal);
    ctx.progress(`fetching ${input.chart} ${input.version}`);
    const request = await requestOf(input, newest, clients, signal);
    const { chart, values } = request;
    const [rendered, version] = [await clients.helm.render(request, signal), await clients.helm.version(signal)];
    ctx.progress(`asking the cluster about ${rendered.objects.length} objects`);
    const place = { namespace, isNewHome: false };
    const serverSide = version.major === 4 && newest.serverSide;
    const manifests = { ...place, release: name, from: base.objects, to: rendered.objects, crds: [], serverSide };
    const [objects, hooks, preconditions] = await Promise.all([
      planObjects(clients.kubernetes, manifests, signal),
      planHooks(clients.kubernetes, rendered.hooks, ['pre-upgrade', 'post-upgrade'], place, signal),
      releasePreconditions(clients.kubernetes, newest, signal),
    ]);
    const revision = newest.revision + 1;
    const changed = diffValues(newest.values, values);
    return draftOf(
      {
        release: { namespace, name, verb: 'patch' },
        head: [
          `HelmRelease ${namespace}/${name}: revision ${newest.revision} (${newest.status}) -> ${revision}, ${newest.chart} ${newest.chartVersion} -> ${chartText(chart)}, by helm ${version.text}`,
          changed === '' ? 'values: no change' : `values\n${changed}`,
        ],
        objects,
        hooks,
        effects: [releaseEffect({ namespace, name, revision, status: 'deployed' }, chart, manifestOf(rendered))],
        preconditions,
        touches: [chartTouch(namespace, chart)],
        warnings: missingCrds(chart.crds.length),
        undo: `helm_rollback of ${namespace}/${name} to revision ${base.revision}.`,
      },
      clients.kubernetes,
      signal,
    );
  },
  async run(input, ctx) {
    const { clients, permit, signal } = ctx;
    const { namespace, name, wait_seconds } = input;
    const newest = await changeableRelease(clients.helm, namespace, name, signal);
    const {
      namespace: _namespace,
      operation: _operation,
      createNamespace: _create,
      replace: _replace,
      ...request
    } = await requestOf(input, newest, clients, signal);
    ctx.progress(`upgrading ${namespace}/${name}`);
    await clients.helm.write({ verb: 'upgrade', namespace, ...request, waitSeconds: wait_seconds }, permit, signal);
    return { revision: newest.revision + 1 };
  },
  verify: ({ namespace, name, version, values }, result, ctx) =>
    verifyRelease(
      namespace,
      name,
      (release) => {
        if (result !== undefined && release.revision !== result.revision)
          return `revision ${result.revision} was expected`;
        if (release.chartVersion !== version.replace(/^v/, '')) return `it holds chart version ${release.chartVersion}`;
        return holds(release.values, values) ? undefined : 'it does not hold the values';
      },
      ctx,
    ),
});

async function requestOf(
  { namespace, name, keep_values, chart, version, values }: Input,
  newest: Release,
  { helm }: Clients,
  signal: AbortSignal,
): Promise<RenderRequest> {
  return {
    operation: 'upgrade',
    namespace,
    name,
    chart: await helm.chart({ chart, version }, signal),
    values: valuesOf({ values }, keep_values, newest),
    createNamespace: false,
    replace: false,
  };
}

const missingCrds = (amount: number): readonly string[] =>
  amount === 0 ? [] : [`The chart brings ${amount} custom resource definitions, and helm never upgrades those.`];

/** Everything that was asked for is in what the release keeps. */
function holds(kept: unknown, asked: unknown): boolean {
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked))
    return asked === null ? kept === undefined || kept === null : JSON.stringify(kept) === JSON.stringify(asked);
  return (
    typeof kept === 'object' &&
    kept !== null &&
    Object.entries(asked).every(([key, value]) => holds((kept as Record<string, unknown>)[key], value)) // an object, as just seen
  );
}
