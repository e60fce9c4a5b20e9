import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { configError, messageOf } from '../core/errors.ts';
import type { Environment } from './environment.ts';
import { envLayer, fileLayer, flagLayer, type Layer, type Setting } from './layers.ts';
import { ConfigFile, type Mode } from './sections.ts';

/** The whole configuration, complete and frozen; nothing else reads the environment or a file of settings. */
export interface Config extends Omit<ConfigFile, 'mode' | 'dataDir' | 'server' | 'memory'> {
  /** Where the cluster is described; `undefined` = nowhere. */
  readonly cluster: { readonly paths: readonly string[] } | { readonly inCluster: true } | undefined;
  /** Set by hand; otherwise it follows from what we are connected to (`modeFor`). */
  readonly mode: Mode | undefined;
  readonly dataDir: string;
  readonly server: ConfigFile['server'] & { readonly tokensFile: string };
  readonly memory: Omit<ConfigFile['memory'], 'lessonsDir'> & { readonly lessonsDir: string };
  readonly user: string;
  readonly home: string;
  readonly noColor: boolean;
  /** `PATH`: where the programs are that we start. */
  readonly programPath: string;
}

export interface LoadOptions {
  readonly environment: Environment;
  /** `--config`; must exist when given. */
  readonly file?: string | undefined;
  /** By path: `{ 'server.port': 0 }`; `undefined` = not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
}

/** What agents may do when nobody said: on a real cluster a person says yes, on the lab the policy does. */
export const modeFor = (config: Pick<Config, 'mode'>, onLab: boolean): Mode =>
  config.mode ?? (onLab ? 'operate' : 'assist');

/**
 * Defaults < file < environment < flags.
 * Errors (`config`): `config_not_found`, `invalid_config`, `unknown_config_key`, `invalid_config_value`.
 */
export async function loadConfig({ environment, file, flags = {} }: LoadOptions): Promise<Config> {
  const { home, folder, variables } = environment;
  const settings = new Map<string, Setting>();
  const layers = [
    await readLayer(environment, file),
    envLayer(variables, folder, home),
    flagLayer(flags, folder, home),
  ];
  for (const layer of layers) for (const [path, setting] of layer) settings.set(path, setting);
  return complete(parse(settings), environment);
}

async function readLayer({ variables, home, folder }: Environment, file: string | undefined): Promise<Layer> {
  const named = file ?? variables['STEWARD_CONFIG'];
  const configHome = variables['XDG_CONFIG_HOME'] || join(home, '.config');
  const path = named === undefined ? join(configHome, 'steward', 'config.yaml') : resolve(folder, named);
  if (!existsSync(path)) {
    if (named === undefined) return new Map();
    throw configError(
      'config_not_found',
      `Unable to read the configuration: there is no file ${path}.`,
      'Name another file with --config, or leave it out.',
    );
  }
  const { parse: parseYaml } = await import('yaml');
  try {
    return fileLayer(parseYaml(await readFile(path, 'utf8')), path, dirname(path), home);
  } catch (error) {
    if (error instanceof Error && error.name === 'StewardError') throw error;
    throw configError(
      'invalid_config',
      `Unable to read the configuration from ${path}: ${messageOf(error).split('\n')[0]}.`,
      'Correct the YAML.',
      error,
    );
  }
}

function parse(settings: ReadonlyMap<string, Setting>): ConfigFile {
  const nested: Record<string, unknown> = {};
  for (const [path, { value }] of settings) setAt(nested, path.split('.'), value);
  const parsed = ConfigFile.safeParse(nested);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.filter((part) => typeof part === 'string').join('.') ?? '';
  throw configError(
    'invalid_config_value',
    `Unable to use ${path} from ${settings.get(path)?.source ?? 'the configuration'}: ${issue?.message ?? 'it is not valid'}.`,
    `Correct or remove ${path}.`,
  );
}

function setAt(target: Record<string, unknown>, [name, ...rest]: readonly string[], value: unknown): void {
  if (name === undefined) return;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const inner = (target[name] ??= {});
  setAt(inner as Record<string, unknown>, rest, value); // sound: only this function writes into `target`
}

function complete(file: ConfigFile, { variables, home, user, packageDir }: Environment): Config {
  const dataDir = file.dataDir ?? join(variables['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'steward');
  return deepFreeze({
    ...file,
    mode: file.mode,
    dataDir,
    cluster: clusterOf(file.kubernetes.kubeconfig, variables['KUBECONFIG'], home),
    server: { ...file.server, tokensFile: file.server.tokensFile ?? join(dataDir, 'tokens.json') },
    memory: { ...file.memory, lessonsDir: file.memory.lessonsDir ?? join(packageDir, 'lessons') },
    user,
    home,
    noColor: (variables['NO_COLOR'] ?? '') !== '',
    programPath: variables['PATH'] ?? '',
  });
}

/** Every pod has this file; nobody else does. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/token';

function clusterOf(named: string | undefined, variable: string | undefined, home: string): Config['cluster'] {
  if (named !== undefined) return { paths: [named] };
  const paths = (variable ?? '').split(delimiter).filter((path) => path !== '');
  if (paths.length > 0) return { paths };
  const usual = join(home, '.kube', 'config');
  if (existsSync(usual)) return { paths: [usual] };
  return existsSync(SERVICE_ACCOUNT) ? { inCluster: true } : undefined;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}
