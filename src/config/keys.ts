import * as z from 'zod';
import { ConfigFile } from './sections.ts';

export type KeyKind = 'text' | 'number' | 'boolean' | 'list';

/** One setting: `server.port` in the file, `STEWARD_SERVER_PORT` in the environment. */
export interface ConfigKey {
  readonly path: string;
  readonly env: string;
  readonly kind: KeyKind;
}

const envName = (path: string): string =>
  `STEWARD_${path
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()}`;

function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return unwrap(schema.unwrap());
  return schema;
}

function kindOf(schema: unknown): KeyKind {
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  return schema instanceof z.ZodArray ? 'list' : 'text';
}

function keysOf(schema: z.ZodObject, prefix: string): ConfigKey[] {
  return Object.entries(schema.shape).flatMap(([name, member]): ConfigKey[] => {
    const inner = unwrap(member);
    const path = `${prefix}${name}`;
    if (inner instanceof z.ZodObject) return keysOf(inner, `${path}.`);
    return [{ path, env: envName(path), kind: kindOf(inner) }];
  });
}

/** Every setting there is, read off the schema, so that file, environment and flags cannot drift apart. */
export const CONFIG_KEYS: readonly ConfigKey[] = keysOf(ConfigFile, '');
