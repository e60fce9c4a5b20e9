import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { configError, inputError, messageOf } from '../../core/errors.ts';
import { ScenarioFile } from './schema.ts';

const FOLDER = import.meta.dirname;
const ENDING = '.yaml';

export interface Scenario extends ScenarioFile {
  readonly name: string;
}

/** Names of the scenarios that come with the lab. */
export const scenarioNames = (folder = FOLDER): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort();

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists of a scenario that are added to those of the one it extends; maps are merged by key, all else is replaced. */
const ADDED = new Set(['objects', 'changes', 'drains']);
/** Facts about one scenario alone. */
const OWN = new Set(['expect', 'expectNot', 'healthy']);

const merge = (base: unknown, over: unknown): unknown => {
  if (!isPlain(base) || !isPlain(over)) return over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete merged[key];
    else merged[key] = key in base ? merge(base[key], value) : value;
  }
  return merged;
};

const mergeScenario = (base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> => {
  const kept = Object.fromEntries(Object.entries(base).filter(([key]) => !OWN.has(key)));
  const lists = [...ADDED].flatMap((key) => {
    const [before, after] = [base[key], over[key]];
    return Array.isArray(before) && Array.isArray(after) ? [[key, [...before, ...after]] as const] : [];
  });
  return { ...(merge(kept, over) as Record<string, unknown>), ...Object.fromEntries(lists) };
};

const unreadable = (file: string, reason: string, cause?: unknown): Error =>
  configError('scenario_invalid', `Unable to read scenario ${file}: ${reason}.`, 'Correct the file.', cause);

const readRaw = (folder: string, name: string): Record<string, unknown> => {
  if (!scenarioNames(folder).includes(name))
    throw inputError(
      'unknown_scenario',
      `Unable to find scenario ${JSON.stringify(name)}: there is no such file.`,
      `Choose one of: ${scenarioNames(folder).join(', ')}.`,
    );
  const file = `${name}${ENDING}`;
  let content: unknown;
  try {
    content = parse(readFileSync(join(folder, file), 'utf8'), { merge: true });
  } catch (error) {
    throw unreadable(file, messageOf(error).split('\n')[0] ?? '', error);
  }
  if (!isPlain(content)) throw unreadable(file, 'it is not a map');
  return content;
};

const combined = (folder: string, name: string, seen: readonly string[]): Record<string, unknown> => {
  if (seen.includes(name)) throw unreadable(`${name}${ENDING}`, `it extends itself through ${seen.join(', ')}`);
  const raw = readRaw(folder, name);
  const base = raw['extends'];
  return typeof base === 'string' ? mergeScenario(combined(folder, base, [...seen, name]), raw) : raw;
};

/**
 * Reads a scenario with everything it extends.
 * Throws `unknown_scenario`, or `scenario_invalid` that names file and field.
 */
export const loadScenario = (name: string, folder = FOLDER): Scenario => {
  const result = ScenarioFile.safeParse(combined(folder, name, []));
  if (result.success) return { ...result.data, name };
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') || '(top level)';
  throw unreadable(`${name}${ENDING}`, `${field}: ${issue?.message ?? 'it does not fit the schema'}`, result.error);
};
