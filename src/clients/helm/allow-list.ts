import { denied, inputError } from '../../core/errors.ts';
import type { ChartRequest } from './contract.ts';

/** Where charts may come from; nothing else is ever fetched. */
export interface ChartSources {
  readonly repositories: readonly { readonly name: string; readonly url: string }[];
  /** Prefixes: `oci://ghcr.io/bjw-s-labs/helm`. */
  readonly oci: readonly string[];
  /** Folders that hold charts as folders or archives. */
  readonly localCharts: readonly string[];
}

export type AllowedChart =
  | { readonly kind: 'repository'; readonly name: string; readonly url: string }
  | { readonly kind: 'oci'; readonly reference: string }
  | { readonly kind: 'local'; readonly name: string };

const EXACT = /^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const OCI_PATH = /^(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/;

/** Errors: `input` `chart_version` (a range would let the content move), `denied` `chart_not_allowed`. */
export function allowedChart({ chart, version }: ChartRequest, sources: ChartSources): AllowedChart {
  if (!EXACT.test(version))
    throw inputError(
      'chart_version',
      `Unable to use version "${version.slice(0, 60)}" of a chart: it is not one exact version.`,
      'Name it in full, such as 1.2.3.',
    );
  const found = ociOf(chart, sources) ?? localOf(chart, sources) ?? repositoryOf(chart, sources);
  if (found !== undefined) return found;
  throw denied(
    'chart_not_allowed',
    `Unable to use the chart "${chart.slice(0, 200)}": it is not from a source that the configuration allows.`,
    `Allowed: ${listSources(sources) || 'none; the owner names some under "helm" in the configuration'}.`,
  );
}

function ociOf(chart: string, { oci }: ChartSources): AllowedChart | undefined {
  const prefix = oci.find((one) => chart.startsWith(`${one}/`) && OCI_PATH.test(chart.slice(one.length)));
  return prefix === undefined ? undefined : { kind: 'oci', reference: chart };
}

function localOf(chart: string, { localCharts }: ChartSources): AllowedChart | undefined {
  const name = chart.startsWith('./') ? chart.slice(2) : '';
  return localCharts.length > 0 && SEGMENT.test(name) ? { kind: 'local', name } : undefined;
}

function repositoryOf(chart: string, { repositories }: ChartSources): AllowedChart | undefined {
  const [repository = '', name = '', ...rest] = chart.split('/');
  const found = repositories.find((one) => one.name === repository);
  return found !== undefined && rest.length === 0 && SEGMENT.test(name)
    ? { kind: 'repository', name, url: found.url }
    : undefined;
}

const listSources = ({ repositories, oci, localCharts }: ChartSources): string =>
  [
    ...repositories.map(({ name }) => `${name}/<chart>`),
    ...oci.map((prefix) => `${prefix}/<chart>`),
    ...(localCharts.length > 0 ? ['./<chart>'] : []),
  ].join(', ');
