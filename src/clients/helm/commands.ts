import type { Argument, CommandSpec } from '../command/spec.ts';
import type { HelmWrite, RenderRequest } from './contract.ts';

/** Names of files and of the context inside of the client's own work folder; helm is started there. */
export const KUBECONFIG = 'kubeconfig';
export const CONTEXT = 'steward';

const NAME: Argument = { slot: 'name', pattern: /[a-z0-9](?:[a-z0-9.-]{0,51}[a-z0-9])?/ };
const NAMESPACE: Argument = { slot: 'namespace', pattern: /[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/ };
const VERSION: Argument = { slot: 'version', pattern: /v?\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.+-]+)?/ };
const CHART_NAME: Argument = { slot: 'chart', pattern: /[A-Za-z0-9][A-Za-z0-9._-]*/ };
const CHART_FILE: Argument = { slot: 'file', pattern: /charts\/[A-Za-z0-9][A-Za-z0-9._+-]*/ };
const VALUES_FILE: Argument = { slot: 'values', pattern: /values-\d+\.json/ };
const FOLDER: Argument = { slot: 'folder', pattern: /pulled-\d+/ };
const SECONDS: Argument = { slot: 'timeout', pattern: /\d{1,4}s/ };
const REVISION: Argument = { slot: 'revision', pattern: /[1-9]\d{0,5}/ };
const DESCRIPTION: Argument = { slot: 'description', pattern: /steward:[A-Za-z0-9._-]{1,80}/ };

const cluster = (namespace: Argument): readonly Argument[] => [
  '--kubeconfig',
  KUBECONFIG,
  '--kube-context',
  CONTEXT,
  '--namespace',
  namespace,
];

const JSON_OUTPUT = ['--output', 'json'] as const;

export interface Sources {
  readonly repositories: readonly { readonly name: string; readonly url: string }[];
  readonly oci: readonly string[];
}

/**
 * Every way in which helm can be started: all that varies is in slots, and no slot can hold a flag.
 * Repositories and registries are the configured ones, as fixed text.
 */
export function helmSpecs(binary: string, { repositories, oci }: Sources): readonly CommandSpec[] {
  const read = (name: string, ...argv: readonly Argument[]): CommandSpec => ({
    name,
    argv: [binary, ...argv],
    writes: false,
  });
  return [
    read('version', 'version', '--short'),
    ...repositories.map(({ url }) =>
      read('pull', 'pull', CHART_NAME, '--repo', url, '--version', VERSION, '--destination', FOLDER),
    ),
    ...oci.map((prefix) => read('pull_oci', 'pull', ociSlot(prefix), '--version', VERSION, '--destination', FOLDER)),
    read('show_chart', 'show', 'chart', CHART_FILE),
    read('show_crds', 'show', 'crds', CHART_FILE),
    ...variants(['--create-namespace', '--replace']).map((flags) =>
      read('render_install', ...renderArgv('install', NAME, CHART_FILE, NAMESPACE, VALUES_FILE, flags)),
    ),
    read('render_offline', 'template', NAME, CHART_FILE, ...cluster(NAMESPACE), '--values', VALUES_FILE),
    read('render_upgrade', ...renderArgv('upgrade', NAME, CHART_FILE, NAMESPACE, VALUES_FILE, ['--reset-values'])),
    ...writeSpecs(binary),
  ];
}

function writeSpecs(binary: string): readonly CommandSpec[] {
  const write = (name: string, argv: readonly Argument[]): CommandSpec => ({
    name,
    argv: [binary, ...argv],
    writes: true,
  });
  const files = [NAME, CHART_FILE, ...cluster(NAMESPACE), '--values', VALUES_FILE];
  const described = ['--description', DESCRIPTION];
  return [
    ...variants(['--create-namespace', '--replace', '--wait']).map((flags) =>
      write('install', ['install', ...files, ...described, ...JSON_OUTPUT, '--timeout', SECONDS, ...flags]),
    ),
    ...variants(['--wait']).map((flags) =>
      write('upgrade', [
        'upgrade',
        ...files,
        ...described,
        ...JSON_OUTPUT,
        '--timeout',
        SECONDS,
        '--reset-values',
        ...flags,
      ]),
    ),
    ...variants(['--wait']).map((flags) =>
      write('rollback', ['rollback', NAME, REVISION, ...cluster(NAMESPACE), '--timeout', SECONDS, ...flags]),
    ),
    ...variants(['--keep-history', '--wait']).map((flags) =>
      write('uninstall', ['uninstall', NAME, ...cluster(NAMESPACE), ...described, '--timeout', SECONDS, ...flags]),
    ),
  ];
}

/** Every choice of these flags, in their order. */
const variants = (flags: readonly string[]): readonly (readonly string[])[] =>
  flags.reduce<readonly (readonly string[])[]>((sets, flag) => sets.flatMap((set) => [set, [...set, flag]]), [[]]);

/** A chart below a configured prefix; upper case, `@` and a second `:` do not occur, so that no tag or digest slips in. */
const ociSlot = (prefix: string): Argument => ({
  slot: 'oci',
  pattern: new RegExp(`${prefix.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)}(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+`),
});

const renderArgv = (
  operation: RenderRequest['operation'],
  name: Argument,
  file: Argument,
  namespace: Argument,
  values: Argument,
  flags: readonly string[],
): readonly Argument[] => [
  operation,
  name,
  file,
  ...cluster(namespace),
  '--values',
  values,
  '--dry-run=server',
  ...JSON_OUTPUT,
  ...flags,
];

const text = (argv: readonly Argument[]): string[] =>
  argv.map((argument) => {
    if (typeof argument === 'string') return argument;
    throw new Error(`the slot ${argument.slot} is not filled`);
  });

export const argvOfRender = (
  { operation, namespace, name, chart, createNamespace, replace, offline }: RenderRequest,
  values: string,
): string[] => {
  if (offline) return ['template', name, chart.file, ...text(cluster(namespace)), '--values', values];
  const flags =
    operation === 'upgrade'
      ? ['--reset-values']
      : [...(createNamespace ? ['--create-namespace'] : []), ...(replace ? ['--replace'] : [])];
  return text(renderArgv(operation, name, chart.file, namespace, values, flags));
};

/** The one command of a write, without the program. `values` = the file that holds them. */
export function argvOfWrite(write: HelmWrite, planId: string, values: string): string[] {
  const { namespace, name, waitSeconds } = write;
  const where = text(cluster(namespace));
  const described = ['--description', `steward:${planId}`];
  const timeout = ['--timeout', `${waitSeconds || HOOK_SECONDS}s`];
  const wait = waitSeconds > 0 ? ['--wait'] : [];
  switch (write.verb) {
    case 'install': {
      const flags = [...(write.createNamespace ? ['--create-namespace'] : []), ...(write.replace ? ['--replace'] : [])];
      const files = [name, write.chart.file, ...where, '--values', values];
      return ['install', ...files, ...described, ...JSON_OUTPUT, ...timeout, ...flags, ...wait];
    }
    case 'upgrade': {
      const files = [name, write.chart.file, ...where, '--values', values];
      return ['upgrade', ...files, ...described, ...JSON_OUTPUT, ...timeout, '--reset-values', ...wait];
    }
    case 'rollback':
      return ['rollback', name, String(write.revision), ...where, ...timeout, ...wait];
    case 'uninstall': {
      const keep = write.keepHistory ? ['--keep-history'] : [];
      return ['uninstall', name, ...where, ...described, ...timeout, ...keep, ...wait];
    }
  }
}

/** Hooks are waited for even when nothing else is: a migration then gets this long. */
const HOOK_SECONDS = 120;

/** The longest that a write may take by its own flags, in milliseconds: hooks before, the wait, hooks after. */
export const writeTimeoutMs = ({ waitSeconds }: Pick<HelmWrite, 'waitSeconds'>): number =>
  2 * (waitSeconds || HOOK_SECONDS) * 1000 + 60_000;
