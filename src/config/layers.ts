import { isAbsolute, join, resolve } from 'node:path';
import { configError } from '../core/errors.ts';
import { CONFIG_KEYS, type ConfigKey } from './keys.ts';
import { LISTED_FILES, PATH_KEYS } from './sections.ts';

/** Where a value came from, for messages: `the environment (STEWARD_MODE)`. */
export interface Setting {
  readonly value: unknown;
  readonly source: string;
}

/** One layer of settings by path; a later layer wins. */
export type Layer = ReadonlyMap<string, Setting>;

const KNOWN_PATHS = CONFIG_KEYS.map((key) => key.path);

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Flattens a parsed file. Errors: `unknown_config_key`, `invalid_config`. */
export function fileLayer(content: unknown, source: string, folder: string, home: string): Layer {
  if (content === undefined || content === null) return new Map();
  if (!isPlainObject(content))
    throw configError(
      'invalid_config',
      `Unable to read the configuration from ${source}: it is not a map.`,
      `Known keys: ${KNOWN_PATHS.join(', ')}.`,
    );
  const found = new Map<string, Setting>();
  collect(content, '', source, found);
  return new Map(
    [...found].map(([path, setting]) => [path, { ...setting, value: absolutePath(path, setting.value, folder, home) }]),
  );
}

function collect(content: Record<string, unknown>, prefix: string, source: string, found: Map<string, Setting>): void {
  for (const [name, value] of Object.entries(content)) {
    const path = `${prefix}${name}`;
    const isSection = KNOWN_PATHS.some((known) => known.startsWith(`${path}.`));
    if (isSection && isPlainObject(value)) collect(value, `${path}.`, source, found);
    else if (isSection && value === null) continue;
    else if (KNOWN_PATHS.includes(path)) found.set(path, { value, source });
    else throw unknownKey(path, source, KNOWN_PATHS);
  }
}

const unknownKey = (name: string, source: string, known: readonly string[]) =>
  configError(
    'unknown_config_key',
    `Unable to read the configuration from ${source}: there is no key "${name}".`,
    `Known keys: ${known.join(', ')}.`,
  );

/** What Kubernetes gives every pod beside a Service that is named `steward`. */
const SERVICE_LINK = /^STEWARD_(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_|$)/;

/** Reads `STEWARD_*`. Errors: `unknown_config_key` for a name that is none of ours. */
export function envLayer(env: Readonly<Record<string, string | undefined>>, folder: string, home: string): Layer {
  const layer = new Map<string, Setting>();
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('STEWARD_') || name === 'STEWARD_CONFIG' || text === undefined || text === '') continue;
    if (SERVICE_LINK.test(name)) continue;
    const key = CONFIG_KEYS.find((candidate) => candidate.env === name);
    if (key === undefined)
      throw unknownKey(name, 'the environment', ['STEWARD_CONFIG', ...CONFIG_KEYS.map((candidate) => candidate.env)]);
    const value = absolutePath(key.path, fromText(key, text), folder, home);
    layer.set(key.path, { value, source: `the environment (${name})` });
  }
  return layer;
}

/** Flags are already typed by the command line; absent ones are `undefined` and left out. */
export function flagLayer(flags: Readonly<Record<string, unknown>>, folder: string, home: string): Layer {
  return new Map(
    Object.entries(flags)
      .filter(([, value]) => value !== undefined)
      .map(([path, value]) => [path, { value: absolutePath(path, value, folder, home), source: 'the command line' }]),
  );
}

/** A text that does not fit its kind is handed on as it is: the schema's message is better than ours. */
function fromText(key: ConfigKey, text: string): unknown {
  if (key.kind === 'number') return /^-?\d+$/.test(text) ? Number(text) : text;
  if (key.kind === 'boolean') return BOOLEANS.get(text.toLowerCase()) ?? text;
  return key.kind === 'list'
    ? text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    : text;
}

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
]);

function withFiles(item: unknown, keys: readonly string[], folder: string, home: string): unknown {
  if (!isPlainObject(item)) return item;
  const files = Object.entries(item).flatMap(([key, value]) =>
    keys.includes(key) && typeof value === 'string' ? [[key, resolvePath(value, folder, home)] as const] : [],
  );
  return { ...item, ...Object.fromEntries(files) };
}

function absolutePath(path: string, value: unknown, folder: string, home: string): unknown {
  // In a list of maps, files belong to the file that names them as well.
  const files = Object.hasOwn(LISTED_FILES, path) ? LISTED_FILES[path] : undefined;
  if (files !== undefined && Array.isArray(value))
    return value.map((item: unknown) => withFiles(item, files, folder, home));
  if (!PATH_KEYS.some((key) => key === path)) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => absolutePath(path, one, folder, home));
  if (typeof value !== 'string') return value;
  return resolvePath(value, folder, home);
}

function resolvePath(value: string, folder: string, home: string): string {
  if (value === '~' || value.startsWith('~/')) return join(home, value.slice(1));
  return isAbsolute(value) ? value : resolve(folder, value);
}
