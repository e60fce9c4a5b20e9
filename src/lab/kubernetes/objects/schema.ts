import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Json, JsonObject } from '../json.ts';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What a custom resource's schema may demand of a value. */
export interface Limits {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** A schema as OpenAPI v3 writes it; only what the lab reads is named. */
interface RawSchema extends Limits {
  readonly $ref?: string;
  readonly allOf?: readonly RawSchema[];
  readonly oneOf?: readonly RawSchema[];
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly enum?: readonly Json[];
  readonly required?: readonly string[];
  readonly default?: Json;
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly additionalProperties?: RawSchema | boolean;
  readonly items?: RawSchema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

type Components = Readonly<Record<string, RawSchema>>;

export type ShapeType =
  | 'object'
  | 'array'
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'quantity'
  | 'intOrString'
  | 'any';

/** One place of an object, with references resolved: what may stand there, and how it is merged. */
export interface Shape {
  /** The component it comes from: `io.k8s.api.core.v1.Container`. */
  readonly name?: string;
  readonly type: ShapeType;
  readonly format?: string;
  readonly enum?: readonly Json[];
  readonly required: readonly string[];
  readonly default?: Json;
  /** Names of the known members of a struct; empty for a map and for `any`. */
  readonly fieldNames: readonly string[];
  /** True when members that no schema names are kept. */
  readonly open: boolean;
  /** The shape of a member: of a struct's field, or of any value of a map. */
  field(name: string): Shape | undefined;
  /** True when `name` is a field of a struct rather than a key of a map. */
  isField(name: string): boolean;
  readonly items: Shape | undefined;
  /** How server-side apply merges a list. */
  readonly list: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  /** A map or struct that server-side apply replaces as a whole. */
  readonly atomic: boolean;
  /** `merge`, `replace`, `retainKeys`: how a strategic merge patch treats it. */
  readonly patchStrategies: readonly string[];
  readonly patchKey: string | undefined;
  readonly limits: Limits;
  /** True for the root of a custom resource: its objects are pruned, not decoded into a type. */
  readonly isCustom: boolean;
}

const UNTYPED: RawSchema = {};
const documents = new Map<string, Components>(); // recorded data, read once per process and never changed
const shapes = new WeakMap<RawSchema, Shape>();

/** The recorded components of a group version; empty when the lab does not serve it. */
function componentsOf(group: string, version: string): Components {
  const slug = `${group === '' ? 'core' : group}.${version}`;
  const known = documents.get(slug);
  if (known) return known;
  const components = readComponents(slug);
  documents.set(slug, components);
  return components;
}

function readComponents(slug: string): Components {
  try {
    const text = gunzipSync(readFileSync(new URL(`../openapi/${slug}.json.gz`, import.meta.url))).toString('utf8');
    // The file is our own recording of a real API server, so its shape is known.
    const document = JSON.parse(text) as { components?: { schemas?: Components } };
    return document.components?.schemas ?? {};
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

/** The shape of a built-in kind; undefined when no schema is recorded for it. */
export function shapeOf({ group, version, kind }: GroupVersionKind): Shape | undefined {
  const components = componentsOf(group, version);
  const schema = Object.values(components).find((candidate) =>
    candidate['x-kubernetes-group-version-kind']?.some(
      (gvk) => gvk.group === group && gvk.version === version && gvk.kind === kind,
    ),
  );
  return schema && shape(schema, components, nameIn(components, schema));
}

const nameIn = (components: Components, schema: RawSchema): string | undefined =>
  Object.entries(components).find(([, candidate]) => candidate === schema)?.[0];

/** The shape of a custom resource, from its CRD's `openAPIV3Schema`; metadata is that of every object. */
export function customShape(openApiV3Schema: JsonObject): Shape {
  const meta = { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };
  // A CRD's schema went through the API's own checks; unknown members are ignored here.
  const schema = openApiV3Schema as RawSchema;
  const text: RawSchema = { type: 'string' };
  const properties = { ...schema.properties, apiVersion: text, kind: text, metadata: meta };
  return { ...shape({ ...schema, type: 'object', properties }, componentsOf('', 'v1')), isCustom: true };
}

/** The shape where nothing is known: maps merge by key, lists are replaced. */
export const untypedShape = (): Shape => shape(UNTYPED, {});

function shape(raw: RawSchema, components: Components, name?: string): Shape {
  const known = shapes.get(raw);
  if (known) return known;
  const resolved = resolve(raw, components, name);
  shapes.set(raw, resolved);
  return resolved;
}

const refName = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1);

/** Follows `$ref` and `allOf`, the outer statement winning, and remembers the component's name. */
function flatten(raw: RawSchema, components: Components, name?: string): { schema: RawSchema; name?: string } {
  const target = raw.$ref ?? raw.allOf?.[0]?.$ref;
  if (target === undefined) return { schema: raw, ...(name !== undefined && { name }) };
  const inner = flatten(components[refName(target)] ?? UNTYPED, components, refName(target));
  const { $ref: _ref, allOf: _allOf, ...own } = raw;
  return { ...inner, schema: { ...inner.schema, ...own } };
}

const PLAIN: ReadonlySet<ShapeType> = new Set(['array', 'string', 'integer', 'number', 'boolean']);

function typeOf(schema: RawSchema, name: string | undefined): ShapeType {
  if (name?.endsWith('.resource.Quantity')) return 'quantity';
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string']) return 'intOrString';
  if (schema.type === undefined) return 'any';
  if (PLAIN.has(schema.type)) return schema.type;
  const described = schema.properties ?? schema.additionalProperties ?? schema['x-kubernetes-preserve-unknown-fields'];
  return described || emptyStruct(name) ? 'object' : 'any';
}

/** Types whose JSON is free although their schema says `object`; a struct without fields is a struct all the same. */
const FREE = /\.(FieldsV1|RawExtension|JSON|Unknown)$/;
const emptyStruct = (name: string | undefined): boolean => name !== undefined && !FREE.test(name);

function resolve(raw: RawSchema, components: Components, ownName?: string): Shape {
  const { schema, name } = flatten(raw, components, ownName);
  const type = typeOf(schema, name);
  const properties = schema.properties ?? {};
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  const open =
    type === 'any' || schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
  const isField = (key: string): boolean => Object.hasOwn(properties, key);
  return {
    ...(name !== undefined && { name }),
    type,
    ...(schema.format !== undefined && { format: schema.format }),
    ...(schema.enum && { enum: schema.enum }),
    required: schema.required ?? [],
    ...(schema.default !== undefined && { default: schema.default }),
    fieldNames: Object.keys(properties),
    open,
    isField,
    field(key) {
      const member = isField(key) ? properties[key] : values;
      return member ? shape(member, components) : open ? untypedShape() : undefined;
    },
    get items() {
      return schema.items ? shape(schema.items, components) : type === 'any' ? untypedShape() : undefined;
    },
    ...mergeRules(schema),
    limits: schema,
    isCustom: false,
  };
}

function mergeRules(schema: RawSchema): Pick<Shape, 'list' | 'keys' | 'atomic' | 'patchStrategies' | 'patchKey'> {
  return {
    list: schema['x-kubernetes-list-type'] ?? 'atomic',
    keys: schema['x-kubernetes-list-map-keys'] ?? [],
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    patchStrategies: schema['x-kubernetes-patch-strategy']?.split(',') ?? [],
    patchKey: schema['x-kubernetes-patch-merge-key'],
  };
}
