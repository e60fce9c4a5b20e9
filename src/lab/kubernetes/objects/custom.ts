import type { Json, JsonObject, KubeJson } from '../json.ts';
import { invalidObject } from './fault.ts';
import { isObject } from './json.ts';
import { type Cause, required, unsupported, wrong } from './rules/causes.ts';
import type { GroupVersionKind, Shape } from './schema.ts';

/** The object without what its schema does not know; `unknown` receives the path of each such field. */
export function pruneCustom(object: JsonObject, shape: Shape, unknown: (path: string) => void): JsonObject {
  return prune(object, shape, '', unknown) as JsonObject; // an object stays one
}

function prune(value: Json, shape: Shape, path: string, unknown: (path: string) => void): Json {
  const { items } = shape;
  if (Array.isArray(value)) return items ? value.map((item, i) => prune(item, items, `${path}[${i}]`, unknown)) : value;
  if (!isObject(value) || shape.type !== 'object') return value;
  const kept = Object.entries(value).flatMap(([key, member]): [string, Json][] => {
    const below = shape.field(key);
    const here = path === '' ? key : `${path}.${key}`;
    if (!below) unknown(here);
    return below && member !== null ? [[key, prune(member, below, here, unknown)]] : [];
  });
  return Object.fromEntries(kept);
}

/** A custom resource with the defaults of its schema, wherever their parent is there. */
export const customDefaults = (object: KubeJson, shape: Shape): KubeJson =>
  fillIn(object as unknown as JsonObject, shape) as unknown as KubeJson; // KubeJson only names members of a JSON object

function fillIn(value: Json, shape: Shape): Json {
  const { items } = shape;
  if (Array.isArray(value)) return items ? value.map((item) => fillIn(item, items)) : value;
  if (!isObject(value)) return value;
  const filled: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const below = shape.field(key);
    filled[key] = below && key !== 'metadata' ? fillIn(member, below) : member;
  }
  for (const key of shape.fieldNames) {
    const below = shape.field(key);
    if (below?.default !== undefined && !(key in filled) && key !== 'metadata')
      filled[key] = fillIn(below.default, below);
  }
  return filled;
}

/** Judges a custom resource by its schema; throws 422 with every cause. CEL rules and formats are not judged. */
export function validateCustom(gvk: GroupVersionKind, object: KubeJson, shape: Shape): void {
  const { metadata: _metadata, ...rest } = object as unknown as JsonObject; // judged with every object's metadata
  const causes = valueCauses(rest, shape, '');
  if (causes.length > 0) throw invalidObject({ ...gvk, name: object.metadata.name }, causes);
}

const TYPES: Readonly<Record<string, readonly string[]>> = {
  object: ['object'],
  array: ['array'],
  string: ['string'],
  boolean: ['boolean'],
  integer: ['integer'],
  number: ['integer', 'number'],
  intOrString: ['integer', 'string'],
};

function typeOf(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function valueCauses(value: Json, shape: Shape, path: string): Cause[] {
  const known = TYPES[shape.type];
  if (known && !known.includes(typeOf(value))) return [typeCause(value, shape, path)];
  return [...limitCauses(value, shape, path), ...belowCauses(value, shape, path)];
}

function typeCause(value: Json, shape: Shape, path: string): Cause {
  const wanted = shape.type === 'intOrString' ? 'integer,string' : shape.type;
  const found = JSON.stringify(typeOf(value));
  const cause = wrong(path, typeOf(value), `${path} in body must be of type ${wanted}: ${found}`);
  return { ...cause, reason: 'FieldValueTypeInvalid' };
}

function belowCauses(value: Json, shape: Shape, path: string): Cause[] {
  const { items } = shape;
  if (Array.isArray(value)) return items ? value.flatMap((item, i) => valueCauses(item, items, `${path}[${i}]`)) : [];
  if (!isObject(value)) return [];
  const join = (key: string): string => (path === '' ? key : `${path}.${key}`);
  return [
    ...shape.required.filter((key) => !(key in value) && key !== 'metadata').map((key) => required(join(key))),
    ...Object.entries(value).flatMap(([key, member]) => {
      const below = shape.field(key);
      return below ? valueCauses(member, below, join(key)) : [];
    }),
  ];
}

const tooLong = (field: string, max: number): Cause => ({
  reason: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${max} bytes`,
});

const tooMany = (field: string, count: number, max: number): Cause => ({
  reason: 'FieldValueTooMany',
  field,
  message: `Too many: ${count}: must have at most ${max} items`,
});

function limitCauses(value: Json, shape: Shape, path: string): Cause[] {
  const known = shape.enum?.map((item) => String(item as string | number)) ?? []; // values of an enum are plain
  const isKnown = shape.enum === undefined || shape.enum.some((item) => item === value);
  const { maxItems } = shape.limits;
  return [
    ...(isKnown ? [] : [unsupported(path, value, known)]),
    ...(typeof value === 'number' ? numberCauses(value, shape, path) : []),
    ...(typeof value === 'string' ? textCauses(value, shape, path) : []),
    ...(Array.isArray(value) && maxItems !== undefined && value.length > maxItems
      ? [tooMany(path, value.length, maxItems)]
      : []),
  ];
}

function numberCauses(value: number, { limits: { minimum, maximum } }: Shape, path: string): Cause[] {
  const should = (what: string): Cause => wrong(path, value, `${path} in body should be ${what}`);
  return [
    ...(minimum !== undefined && value < minimum ? [should(`greater than or equal to ${minimum}`)] : []),
    ...(maximum !== undefined && value > maximum ? [should(`less than or equal to ${maximum}`)] : []),
  ];
}

function textCauses(value: string, { limits: { minLength, maxLength, pattern } }: Shape, path: string): Cause[] {
  return [
    ...(maxLength !== undefined && value.length > maxLength ? [tooLong(path, maxLength)] : []),
    ...(minLength !== undefined && value.length < minLength
      ? [wrong(path, value, `${path} in body should be at least ${minLength} chars long`)]
      : []),
    ...(pattern !== undefined && !new RegExp(pattern).test(value)
      ? [wrong(path, value, `${path} in body should match '${pattern}'`)]
      : []),
  ];
}
