import { access, constants, mkdir } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import * as yaml from 'yaml';
import * as z from 'zod';
import { configError, StewardError } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import { localRunner } from '../command/local.ts';
import type { CommandResult, CommandRunner } from '../command/spec.ts';
import { exportKubeconfig, type KubeconfigSource } from '../kubernetes/connection.ts';
import type { KubernetesReader } from '../kubernetes/contract.ts';
import { allowedChart, type ChartSources } from './allow-list.ts';
import { type KeptChart, keepLocal, keepPulled } from './charts.ts';
import { argvOfRender, argvOfWrite, CONTEXT, helmSpecs, writeTimeoutMs } from './commands.ts';
import type {
  Chart,
  ChartRequest,
  HelmReader,
  HelmVersion,
  HelmWrite,
  HelmWriter,
  Rendered,
  RenderRequest,
} from './contract.ts';
import { faultOf } from './fault.ts';
import { createHelmReader } from './reader.ts';
import { objectsOf, parseRelease, parseTemplate } from './storage.ts';
import { touchesOfWrite } from './touches.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

export interface HelmOptions {
  /** For the reads, which need no helm. */
  readonly kubernetes: KubernetesReader;
  readonly kubeconfig: KubeconfigSource | undefined;
  readonly context?: string | undefined;
  readonly checkPermit: CheckPermit;
  /** A path, or a name that is looked for in `path`. */
  readonly binary: string;
  /** `PATH` of the process; programs that log in to a cluster are found here too. */
  readonly path: string;
  readonly sources: ChartSources;
  /** Work folders are made in here. */
  readonly folder: string;
  readonly readTimeoutMs?: number;
}

/** A helm 3 or 4, ready to be started. */
interface Helm {
  readonly binary: string;
  readonly runner: CommandRunner;
  readonly work: Workspace;
  readonly version: HelmVersion;
}

const ChartFile = z.looseObject({
  name: z.string(),
  version: z.string(),
  appVersion: z.coerce.string().default(''),
});

/** Reads through the cluster; the binary is looked for when the first chart or change needs it. */
export class HelmClient implements HelmWriter {
  readonly releases: HelmReader['releases'];
  readonly history: HelmReader['history'];
  readonly release: HelmReader['release'];
  readonly #options: HelmOptions;
  readonly #readMs: number;
  #helm: Promise<Helm> | undefined;

  constructor(options: HelmOptions) {
    const reader = createHelmReader(options.kubernetes);
    this.releases = (filter, signal) => reader.releases(filter, signal);
    this.history = (namespace, name, signal) => reader.history(namespace, name, signal);
    this.release = (namespace, name, revision, signal) => reader.release(namespace, name, revision, signal);
    this.#options = options;
    this.#readMs = options.readTimeoutMs ?? 45_000;
  }

  async version(signal: AbortSignal): Promise<HelmVersion> {
    return (await this.#open(signal)).version;
  }

  async chart(request: ChartRequest, signal: AbortSignal): Promise<Chart> {
    const allowed = allowedChart(request, this.#options.sources);
    const helm = await this.#open(signal);
    const kept =
      allowed.kind === 'local'
        ? await keepLocal(helm.work, this.#options.sources.localCharts, allowed.name)
        : await this.#pull(
            helm,
            request,
            allowed.kind === 'oci' ? [allowed.reference] : [allowed.name, '--repo', allowed.url],
            signal,
          );
    return this.#describe(helm, request, kept, signal);
  }

  async render(request: RenderRequest, signal: AbortSignal): Promise<Rendered> {
    const helm = await this.#open(signal);
    const doing = `render ${request.chart.name} for HelmRelease ${request.namespace}/${request.name}`;
    return helm.work.withValues(request.values, async (file) => {
      const { stdout } = await this.#read(helm, argvOfRender(request, file), doing, signal);
      return request.offline ? parseTemplate(stdout) : parseRelease(stdout);
    });
  }

  async write(write: HelmWrite, permit: Permit, signal: AbortSignal): Promise<void> {
    const helm = await this.#open(signal);
    const values = 'values' in write ? write.values : {};
    await helm.work.withValues(values, async (file) => this.#send(helm, write, permit, file, signal));
  }

  async close(): Promise<void> {
    const helm = await this.#helm?.catch(() => undefined);
    await helm?.work.remove();
  }

  /** The only way to a change: the permit must cover the release and the content of the chart, right before helm starts. */
  async #send(helm: Helm, write: HelmWrite, permit: Permit, values: string, signal: AbortSignal): Promise<void> {
    const [first, ...more] = touchesOfWrite(write);
    for (const touch of more) this.#options.checkPermit(permit, touch);
    const request = {
      argv: [helm.binary, ...argvOfWrite(write, permit.planId, values)],
      timeoutMs: writeTimeoutMs(write),
      right: { touch: first, permit },
    };
    const result = await helm.runner.run(request, signal);
    if (result.exitCode !== 0) throw faultOf(`${write.verb} HelmRelease ${write.namespace}/${write.name}`, result);
  }

  async #read(helm: Helm, argv: readonly string[], doing: string, signal: AbortSignal): Promise<CommandResult> {
    const result = await helm.runner.run({ argv: [helm.binary, ...argv], timeoutMs: this.#readMs }, signal);
    if (result.exitCode !== 0) throw faultOf(doing, result);
    return result;
  }

  async #pull(
    helm: Helm,
    { chart, version }: ChartRequest,
    from: readonly string[],
    signal: AbortSignal,
  ): Promise<KeptChart> {
    const folder = helm.work.fresh('pulled');
    await mkdir(helm.work.path(folder), { mode: 0o700 });
    const argv = ['pull', ...from, '--version', version, '--destination', folder];
    await this.#read(helm, argv, `fetch the chart ${chart} ${version}`, signal);
    return keepPulled(helm.work, folder);
  }

  async #describe(helm: Helm, request: ChartRequest, kept: KeptChart, signal: AbortSignal): Promise<Chart> {
    const doing = `read the chart ${request.chart}`;
    const [about, crds] = [
      await this.#read(helm, ['show', 'chart', kept.file], doing, signal),
      await this.#read(helm, ['show', 'crds', kept.file], doing, signal),
    ];
    const { name, version, appVersion } = ChartFile.parse(yaml.parse(about.stdout));
    const isAsked = request.chart.split('/').at(-1) === name || request.chart.startsWith('./');
    if (!isAsked || plain(version) !== plain(request.version))
      throw new StewardError(
        `Unable to use ${request.chart} ${request.version}: what came calls itself ${name} ${version}.`,
        { kind: 'target', code: 'chart_mismatch', hint: 'Name the version that the chart has.' },
      );
    return { name, version, appVersion, ...kept, crds: objectsOf(crds.stdout) };
  }

  async #open(signal: AbortSignal): Promise<Helm> {
    this.#helm ??= this.#start(signal);
    const opening = this.#helm;
    // It may be installed or put right by the next call.
    opening.catch(() => (this.#helm = undefined));
    return opening;
  }

  async #start(signal: AbortSignal): Promise<Helm> {
    const { kubeconfig, context, folder, path, checkPermit, sources } = this.#options;
    const binary = await findBinary(this.#options.binary, path);
    if (kubeconfig === undefined)
      throw configError('no_cluster', 'Unable to use helm: no cluster is configured.', 'Name a kubeconfig.');
    const work = await openWorkspace(folder, await exportKubeconfig(kubeconfig, context, CONTEXT));
    const specs = helmSpecs(binary, sources);
    const runner = localRunner({ specs, checkPermit, path, folder: work.folder, variables: work.variables });
    try {
      const { stdout } = await runner.run({ argv: [binary, 'version', '--short'], timeoutMs: this.#readMs }, signal);
      return { binary, runner, work, version: versionOf(stdout.trim()) };
    } catch (error) {
      await work.remove();
      throw error;
    }
  }
}

/** `v1.2.3` and `1.2.3+build` name the same version. */
const plain = (version: string): string => version.replace(/^v/, '').replace(/\+.*$/, '');

/** `--dry-run=server` came with 3.13. */
function versionOf(text: string): HelmVersion {
  const [, major, minor] = /v(\d+)\.(\d+)\.\d+/.exec(text) ?? [];
  const short = text.split('+')[0] ?? text;
  if (Number(major) === 4) return { text: short, major: 4 };
  if (Number(major) === 3 && Number(minor) >= 13) return { text: short, major: 3 };
  throw configError(
    'helm_too_old',
    `Unable to use helm "${text.slice(0, 60)}": only 3.13 or later and 4 are known.`,
    'Install a newer helm, or name one with helm.binary.',
  );
}

async function findBinary(binary: string, path: string): Promise<string> {
  const candidates = isAbsolute(binary)
    ? [binary]
    : path
        .split(delimiter)
        .filter((folder) => isAbsolute(folder))
        .map((folder) => join(folder, binary));
  for (const candidate of candidates)
    if (
      await access(candidate, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  throw configError(
    'helm_missing',
    `Unable to find helm: there is no program ${isAbsolute(binary) ? binary : `"${binary}" in the path`}.`,
    'Install helm 3 or 4, or name it with helm.binary. Reading releases works without it.',
  );
}
