import type { Json, JsonObject } from '../json.ts';
import { isObject, textAt } from '../objects/json.ts';
import { badRequest, unsupportedMediaType } from './fault.ts';
import { recordedText } from './recorded.ts';
import { WireReader, type WireValue } from './wire.ts';

type Field = readonly [name: string, type: string];
type Messages = Readonly<Record<string, Readonly<Record<string, Field>>>>;

/** Four bytes before every protobuf body of Kubernetes. */
const MAGIC = Buffer.from('k8s\0');
const META = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const RUNTIME = 'k8s.io.apimachinery.pkg.runtime';

let messages: Messages | undefined; // recorded data, read once per process and never changed

// Written by `scripts/record-protobuf.ts` in this form.
const known = (): Messages => (messages ??= JSON.parse(recordedText('protobuf')) as Messages);

const toNumber = (value: WireValue): number => (typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0);
const toBytes = (value: WireValue): Buffer => (Buffer.isBuffer(value) ? value : Buffer.alloc(0));
const toText = (value: WireValue): string => toBytes(value).toString('utf8');

/** Fields of a message by name, before its own way to be JSON is applied. */
function fieldsOf(bytes: Buffer, message: string): JsonObject {
  const result: JsonObject = {};
  for (const [number, value] of new WireReader(bytes).fields()) {
    const field = known()[message]?.[number];
    if (field) put(result, field, value);
  }
  return result;
}

function put(result: JsonObject, [name, type]: Field, value: WireValue): void {
  if (type.startsWith('list:')) {
    const before = result[name];
    result[name] = [...(Array.isArray(before) ? before : []), toJson(value, type.slice(5))];
  } else if (type.startsWith('map:')) {
    const before = result[name];
    result[name] = { ...(isObject(before) ? before : {}), ...mapEntry(toBytes(value), type.slice(4)) };
  } else if (name === '') {
    // A struct that stands inline in Go: its members are members of the outer one.
    const inner = toJson(value, type);
    if (isObject(inner)) Object.assign(result, inner);
  } else result[name] = toJson(value, type);
}

function mapEntry(bytes: Buffer, type: string): JsonObject {
  let key = '';
  let entry: Json = type === 'string' || type === 'bytes' ? '' : {};
  for (const [number, value] of new WireReader(bytes).fields()) {
    if (number === 1) key = toText(value);
    else entry = toJson(value, type);
  }
  return { [key]: entry };
}

const SCALARS: Readonly<Record<string, (value: WireValue) => Json>> = {
  string: toText,
  bytes: (value) => toBytes(value).toString('base64'),
  bool: (value) => toNumber(value) !== 0,
  int32: toNumber,
  int64: toNumber,
  uint32: toNumber,
  uint64: toNumber,
  double: (value) => toBytes(value).readDoubleLE(),
};

const seconds = (fields: JsonObject): number => (typeof fields.seconds === 'number' ? fields.seconds : 0);
const nanos = (fields: JsonObject): number => (typeof fields.nanos === 'number' ? fields.nanos : 0);

/** No time at all is null, as in Go. */
function time(fields: JsonObject, digits: number): Json {
  if (Object.keys(fields).length === 0) return null;
  const whole = new Date(seconds(fields) * 1000).toISOString().slice(0, 19);
  const fraction = `${nanos(fields)}`.padStart(9, '0').slice(0, digits);
  return digits === 0 ? `${whole}Z` : `${whole}.${fraction}Z`;
}

const embedded = (fields: JsonObject, name: string): Json => {
  const text = Buffer.from(textAt(fields, name) ?? '', 'base64').toString('utf8');
  return text === '' ? null : (JSON.parse(text) as Json); // JSON that the client embedded
};

/** Types whose JSON is not their fields. */
const SPECIAL: Readonly<Record<string, (fields: JsonObject) => Json>> = {
  [`${META}.Time`]: (fields) => time(fields, 0),
  [`${META}.MicroTime`]: (fields) => time(fields, 6),
  [`${META}.FieldsV1`]: (fields) => embedded(fields, 'Raw'),
  [`${RUNTIME}.RawExtension`]: (fields) => embedded(fields, 'raw'),
  'k8s.io.apimachinery.pkg.api.resource.Quantity': (fields) => textAt(fields, 'string') ?? '0',
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': (fields) =>
    fields.type === 1 ? (textAt(fields, 'strVal') ?? '') : (fields.intVal ?? 0),
  'k8s.io.api.authorization.v1.ExtraValue': (fields) => fields.items ?? [],
  'k8s.io.api.authentication.v1.ExtraValue': (fields) => fields.items ?? [],
};

function toJson(value: WireValue, type: string): Json {
  const scalar = SCALARS[type];
  if (scalar) return scalar(value);
  const fields = fieldsOf(toBytes(value), type);
  return SPECIAL[type]?.(fields) ?? (type in SPECIAL ? null : fields);
}

/** `apps/v1` `Deployment` -> `k8s.io.api.apps.v1.Deployment`; options stand in every group. */
function messageFor(apiVersion: string, kind: string): string | undefined {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const own = `k8s.io.api.${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`;
  return [own, `${META}.${kind}`].find((name) => name in known());
}

/**
 * The object in a protobuf body (`k8s\0` and a runtime.Unknown), as JSON with apiVersion and kind.
 * Empty texts and zeros that Go always writes are in it. Throws 400 for what cannot be read, 415 for a kind without fields.
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(MAGIC))
    throw badRequest('the object provided is unrecognized: protobuf body lacks its prefix');
  try {
    return opened(fieldsOf(body.subarray(4), `${RUNTIME}.Unknown`));
  } catch (error) {
    // RangeError: the bytes end early, or a number is none of its type. SyntaxError: embedded JSON that is none.
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw badRequest(`the object provided is unrecognized: ${error.message}`);
  }
}

function opened(envelope: JsonObject): JsonObject {
  const apiVersion = textAt(envelope, 'typeMeta', 'apiVersion') ?? '';
  const kind = textAt(envelope, 'typeMeta', 'kind') ?? '';
  const message = messageFor(apiVersion, kind);
  if (message === undefined) throw unsupportedMediaType(`no protobuf schema for ${apiVersion} ${kind}`);
  const raw = Buffer.from(textAt(envelope, 'raw') ?? '', 'base64');
  return { apiVersion, kind, ...fieldsOf(raw, message) };
}
