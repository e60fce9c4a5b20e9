import type { Chart, HelmPlanner, Release, Rendered } from '../../../clients/helm/contract.ts';
import type { KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import type { Touch } from '../../../core/change.ts';
import { StewardError } from '../../../core/errors.ts';
import { findObject } from '../../cluster/support/find.ts';
import type { Json } from '../../cluster/support/json.ts';
import { targetOfManifest } from '../../cluster/support/manifest.ts';
import { mergeValues } from './values.ts';

export interface Clients {
  readonly helm: HelmPlanner;
  readonly kubernetes: KubernetesReader;
}

/** What a change of a chart asks for. */
export interface ChartInput {
  readonly namespace: string;
  readonly name: string;
  readonly chart: string;
  readonly version: string;
  readonly values: Json;
}

/** The values of an upgrade: those of the release with the new ones laid over, or the new ones alone. */
export const valuesOf = (
  { values }: Pick<ChartInput, 'values'>,
  keepValues: boolean,
  current: Pick<Release, 'values'>,
): Json => (keepValues ? mergeValues(current.values, values) : values);

/**
 * The revision whose manifest helm compares with: the newest one, or after a failure the one that is still deployed.
 * Errors: `input` `no_deployed_revision`.
 */
export async function baseOf(helm: HelmPlanner, newest: Release, signal: AbortSignal): Promise<Release> {
  const { namespace, name, status } = newest;
  if (status === 'deployed') return newest;
  const deployed = (await helm.history(namespace, name, signal)).find((one) => one.status === 'deployed');
  if (deployed !== undefined) return helm.release(namespace, name, deployed.revision, signal);
  throw new StewardError(
    `Unable to plan for HelmRelease ${namespace}/${name}: no revision of it was ever deployed, and helm upgrades no such release.`,
    { kind: 'input', code: 'no_deployed_revision', hint: 'helm_uninstall it, then helm_install it anew.' },
  );
}

/** Definitions of the chart that are not there yet: helm makes them before everything else. */
export async function crdTouches(
  chart: Chart,
  { kubernetes }: Clients,
  signal: AbortSignal,
): Promise<readonly Touch[]> {
  if (chart.crds.length === 0) return [];
  const kind = await kubernetes.kind('CustomResourceDefinition.apiextensions.k8s.io', signal);
  const touches: Touch[] = [];
  for (const crd of chart.crds) {
    const there = await findObject(kubernetes, { kind, name: crd.metadata.name }, signal);
    if (there === undefined) touches.push({ target: targetOfManifest(crd), verb: 'create' });
  }
  return touches;
}

export const chartText = ({ name, version, appVersion }: Pick<Chart, 'name' | 'version' | 'appVersion'>): string =>
  `${name} ${version}${appVersion === '' ? '' : ` (app ${appVersion})`}`;

export const manifestOf = ({ objects }: Rendered): string =>
  objects.map((object) => JSON.stringify(object)).join('\n---\n');
