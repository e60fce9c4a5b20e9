import type { Json, JsonObject, KubeJson } from '../json.ts';
import { pruneCustom } from './custom.ts';
import { badRequest, goText, invalidPatch } from './fault.ts';
import { dropsZero, emitted, fieldType, structName } from './go-types.ts';
import { isObject } from './json.ts';
import { canonicalQuantity, QUANTITY_MESSAGE } from './quantity.ts';
import type { GroupVersionKind, Shape } from './schema.ts';

/** `?fieldValidation=`: what happens to fields that nobody knows. The API's own default is Warn. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export interface Decoded {
  readonly object: KubeJson;
  /** `unknown field "spec.foo"`, for the Warning header. */
  readonly warnings: readonly string[];
}

/** A value that cannot be read as its type, in the words of Go's decoder. */
class DecodeError extends Error {}

/**
 * Reads an object that came in by POST or PUT as its kind does: unknown fields are dropped, quantities and times get
 * their canonical form, empty values that the kind does not keep go, those it always writes come.
 * Throws the real 400 for wrong types, and for unknown or duplicate fields under Strict.
 * @param duplicates what `duplicateFields` found in the text
 */
export function decodeRequest(
  raw: unknown,
  gvk: GroupVersionKind,
  shape: Shape,
  mode: FieldValidation,
  duplicates: readonly string[] = [],
): Decoded {
  try {
    return decode(raw, shape, mode, duplicates);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`${gvk.kind} in version "${gvk.version}" cannot be handled as a ${gvk.kind}: ${error.message}`);
  }
}

/**
 * The same for the result of a patch; throws the real 422, which prints what was read.
 * @param strategic the patch itself when it was a strategic merge: the server prints that instead of the result
 */
export function decodePatched(
  raw: JsonObject,
  shape: Shape,
  mode: FieldValidation,
  strategic?: JsonObject,
  duplicates: readonly string[] = [],
): Decoded {
  try {
    return decode(raw, shape, mode, duplicates);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw invalidPatch(strategic ? goText(strategic) : JSON.stringify(raw), error.message);
  }
}

function decode(raw: unknown, shape: Shape, mode: FieldValidation, duplicates: readonly string[]): Decoded {
  const walk: Walk = { strict: duplicates.map((path) => `duplicate field "${path}"`) };
  const object = shape.isCustom && isObject(raw) ? readCustom(raw, shape, walk) : readValue(raw, rootOf(shape), walk);
  if (mode === 'Strict' && walk.strict.length > 0)
    throw new DecodeError(`strict decoding error: ${walk.strict.join(', ')}`);
  // A decoded object has apiVersion, kind and metadata: they are in every kind's schema, and the caller checked them.
  return { object: object as unknown as KubeJson, warnings: mode === 'Warn' ? walk.strict : [] };
}

/** Of a custom resource only the metadata is a type of the server's own. */
function readCustom(raw: JsonObject, shape: Shape, walk: Walk): JsonObject {
  const { metadata = null, ...rest } = raw;
  const pruned = pruneCustom(rest, shape, (path) => walk.strict.push(`unknown field "${path}"`));
  const place = { ...rootOf(shape), path: 'metadata', goPath: 'metadata' };
  const meta = shape.field('metadata');
  return {
    ...pruned,
    metadata: metadata === null || !meta ? {} : readValue(metadata, { ...place, shape: meta }, walk),
  };
}

/** The zero of a kind: what is always written although nothing was given. */
export function decodeZero(apiVersion: string, kind: string, shape: Shape): JsonObject {
  const zero: JsonObject = { apiVersion, kind };
  return shape.name === undefined ? zero : readStruct(zero, rootOf(shape), { strict: [] });
}

const rootOf = (shape: Shape): Place => ({ shape, path: '', goPath: '', struct: undefined, field: '' });

interface Walk {
  readonly strict: string[];
}

interface Place {
  readonly shape: Shape;
  /** `spec.containers[0].image` */
  readonly path: string;
  /** `spec.containers.image`: Go's messages leave the indexes out. */
  readonly goPath: string;
  /** The struct this is a field of, and the field. */
  readonly struct: Shape | undefined;
  readonly field: string;
}

function wrongType(value: unknown, { shape, goPath, struct, field }: Place): DecodeError {
  const type = fieldType(struct, field, shape);
  const where = struct ? `struct field ${structName(struct)}.${goPath}` : 'value';
  const isNumber = typeof value === 'number';
  const literal = isNumber && shape.type === 'integer' ? ` ${value}` : '';
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return new DecodeError(`json: cannot unmarshal ${found}${literal} into Go ${where} of type ${type}`);
}

function readValue(value: unknown, place: Place, walk: Walk): Json {
  switch (place.shape.type) {
    case 'object':
      return readObject(value, place, walk);
    case 'array':
      return readList(value, place, walk);
    case 'string':
      return readText(value, place);
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw wrongType(value, place);
    case 'integer':
    case 'number':
      return readNumber(value, place);
    case 'quantity':
      return readQuantity(value);
    case 'intOrString':
      return readIntOrString(value);
    case 'any':
      return value as Json; // it came from JSON.parse, and nothing is asked of it
  }
}

function readObject(value: unknown, place: Place, walk: Walk): JsonObject {
  if (!isObject(value)) throw wrongType(value, place);
  return place.shape.fieldNames.length > 0 || place.shape.name !== undefined
    ? readStruct(value, place, walk)
    : readMap(value, place, walk);
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function readStruct(value: JsonObject, place: Place, walk: Walk): JsonObject {
  const { shape } = place;
  const result: JsonObject = {};
  for (const [field, member] of Object.entries(value)) {
    const memberShape = shape.field(field);
    const path = join(place.path, field);
    if (!memberShape) walk.strict.push(`unknown field "${path}"`);
    else if (member !== null) {
      const goPath = join(place.goPath, field);
      const read = readValue(member, { shape: memberShape, path, goPath, struct: shape, field }, walk);
      if (!isLeftOut(read, memberShape, shape, field)) result[field] = read;
    }
  }
  for (const [field, zero] of Object.entries(emitted(shape))) result[field] ??= zero;
  return result;
}

/** Whether it is dropped on the way through the store: empty lists and maps always, zeros where the field is no pointer. */
function isLeftOut(value: Json, shape: Shape, struct: Shape, field: string): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return shape.name === undefined && shape.type === 'object' && Object.keys(value).length === 0;
  return (value === '' || value === 0 || value === false) && dropsZero(struct, field);
}

function readMap(value: JsonObject, place: Place, walk: Walk): JsonObject {
  const result: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const shape = place.shape.field(key);
    if (!shape) walk.strict.push(`unknown field "${join(place.path, key)}"`);
    else if (member === null && shape.type === 'string') result[key] = '';
    else if (member !== null) result[key] = readValue(member, { ...place, shape, path: join(place.path, key) }, walk);
  }
  return result;
}

function readList(value: unknown, place: Place, walk: Walk): Json {
  if (!Array.isArray(value)) throw wrongType(value, place);
  const { items } = place.shape;
  if (!items) return value;
  return value
    .filter((item) => item !== null)
    .map((item, index) => readValue(item, { ...place, shape: items, path: `${place.path}[${index}]` }, walk));
}

function readText(value: unknown, place: Place): Json {
  if (typeof value !== 'string') throw wrongType(value, place);
  if (place.shape.format === 'date-time') return readTime(value, place.shape.name?.endsWith('.MicroTime') ?? false);
  if (place.shape.format === 'byte') return readBase64(value);
  return value;
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function readTime(value: string, micro: boolean): string {
  const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
  if (!RFC3339.test(value) || Number.isNaN(Date.parse(value)))
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(value)} as "2006"`,
    );
  const seconds = new Date(value).toISOString().slice(0, 19);
  if (!micro) return `${seconds}Z`;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? '';
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

function readBase64(value: string): string {
  const text = value.replaceAll(/[\r\n]/g, '');
  const body = text.replace(/={1,2}$/, '');
  const bad = body.search(/[^A-Za-z0-9+/]/);
  const index = bad >= 0 ? bad : text.length % 4 === 0 ? -1 : text.length - (text.length % 4);
  if (index >= 0) throw new DecodeError(`illegal base64 data at input byte ${index}`);
  return text;
}

const LIMITS: Readonly<Record<string, number>> = { int32: 2 ** 31, int64: 2 ** 63 };

function readNumber(value: unknown, place: Place): Json {
  if (typeof value !== 'number') throw wrongType(value, place);
  const limit = LIMITS[place.shape.format ?? 'int64'] ?? Number.POSITIVE_INFINITY;
  if (place.shape.type === 'integer' && (!Number.isInteger(value) || Math.abs(value) > limit))
    throw wrongType(value, place);
  return value;
}

function readQuantity(value: unknown): Json {
  const text = typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : undefined;
  if (text === undefined) throw new DecodeError(QUANTITY_MESSAGE);
  return text;
}

function readIntOrString(value: unknown): Json {
  if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) return value;
  const type = typeof value === 'number' ? 'int32' : 'string';
  const found = typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? 'array' : typeof value;
  throw new DecodeError(`json: cannot unmarshal ${found} into Go value of type ${type}`);
}
