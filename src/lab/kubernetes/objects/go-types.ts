import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Json } from '../json.ts';
import type { Shape } from './schema.ts';

/**
 * What the schemas do not say of the server's own Go types, generated from k8s.io/api v0.36.3 by reflection: which plain
 * fields are left out when they are zero, which are written although nothing was given, and how named types are called.
 */
interface GoType {
  readonly drop?: readonly string[];
  readonly emit?: Readonly<Record<string, Json>>;
  readonly names?: Readonly<Record<string, string>>;
}

let types: Readonly<Record<string, GoType>> | undefined; // recorded data, read once per process and never changed

function goTypeOf(shape: Shape): GoType {
  if (shape.name === undefined) return {};
  types ??= JSON.parse(
    gunzipSync(readFileSync(new URL('go-types.json.gz', import.meta.url))).toString('utf8'),
  ) as Record<string, GoType>; // generated in this form
  return types[shape.name] ?? {};
}

/** True when a zero (`''`, 0, false) in this field of a struct is not kept. */
export const dropsZero = (struct: Shape, field: string): boolean => goTypeOf(struct).drop?.includes(field) ?? false;

/** What stands in the fields of a struct that were not given at all. */
export const emitted = (struct: Shape): Readonly<Record<string, Json>> => goTypeOf(struct).emit ?? {};

/** `Container`: the struct as error messages name it. */
export const structName = (struct: Shape): string => struct.name?.split('.').at(-1) ?? '';

/** The Go type of a field, as error messages name it: `int32`, `[]v1.Container`, `v1.RestartPolicy`. */
export const fieldType = (struct: Shape | undefined, field: string, shape: Shape): string =>
  (struct && goTypeOf(struct).names?.[field]) ?? typeText(shape);

function typeText(shape: Shape): string {
  if (shape.type === 'array') return `[]${shape.items ? typeText(shape.items) : 'interface {}'}`;
  if (shape.type === 'object') return objectText(shape);
  if (shape.type === 'integer') return shape.format ?? 'int64';
  return PLAIN_TYPES[shape.type] ?? 'string';
}

const PLAIN_TYPES: Readonly<Record<string, string>> = { boolean: 'bool', number: 'float64' };

function objectText(shape: Shape): string {
  if (shape.name !== undefined) return shape.name.split('.').slice(-2).join('.');
  const values = shape.field('any');
  return `map[string]${values ? typeText(values) : 'interface {}'}`;
}
