/**
 * Records how typed clients number the fields of the kinds that the lab serves, from the published Go modules:
 *   go mod download -json k8s.io/api@v0.36.3 k8s.io/apimachinery@v0.36.3
 *   node scripts/record-protobuf.ts API_DIR APIMACHINERY_DIR
 * Writes src/lab/kubernetes/openapi/protobuf.json.gz: message -> field number -> [name, type]; a struct that stands inline in
 * Go has the name ''. Run `record-openapi.ts` first: the schemas tell which fields are inline.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openApiSlug, SERVED } from '../src/lab/kubernetes/api/served.ts';

type Field = [name: string, type: string];
type Messages = Record<string, Record<string, Field>>;
const folder = join(import.meta.dirname, '../src/lab/kubernetes/openapi');
const SCALARS = new Set(['string', 'bytes', 'bool', 'int32', 'int64', 'uint32', 'uint64', 'double', 'float']);

const LINE = /^(?:(optional|repeated|required) +)?(map<string, *([^>]+)>|[.\w]+) +(\w+) *= *(\d+)/;

/** `Volume` -> `k8s.io.api.core.v1.Volume`, `.k8s.io.x.Y` -> `k8s.io.x.Y`. */
function fullType(pkg: string, type: string): string {
  if (SCALARS.has(type)) return type;
  if (type.startsWith('.')) return type.slice(1);
  return type.includes('.') ? type : `${pkg}.${type}`;
}

/** Number, name and type of the field that a line declares; undefined for any other line. */
function parseField(pkg: string, line: string): [number: string, field: Field] | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, label, type = '', value, name = '', number = ''] = match;
  const target = value === undefined ? fullType(pkg, type) : `map:${fullType(pkg, value)}`;
  return [number, [name, label === 'repeated' ? `list:${target}` : target]];
}

function parseProto(text: string): Messages {
  const [, pkg = ''] = /^package ([\w.]+);/m.exec(text) ?? [];
  const messages: Messages = {};
  let open: Record<string, Field> | undefined;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    const [, message] = /^message (\w+) \{/.exec(line) ?? [];
    if (message !== undefined) messages[`${pkg}.${message}`] = open = {};
    const field = parseField(pkg, line);
    if (open && field) open[field[0]] = field[1];
  }
  return messages;
}

interface Schema {
  readonly properties?: Record<string, unknown>;
  readonly 'x-kubernetes-group-version-kind'?: readonly object[];
}
type Schemas = Record<string, Schema>;

/** `k8s.io.api.core.v1.Pod` is `io.k8s.api.core.v1.Pod` in OpenAPI. */
const schemaName = (message: string): string => message.replace(/^k8s\.io\./, 'io.k8s.');

function markInline(messages: Messages, schemas: Schemas): void {
  for (const [message, fields] of Object.entries(messages)) {
    const properties = schemas[schemaName(message)]?.properties;
    for (const field of Object.values(fields)) {
      if (!properties || field[0] in properties) continue;
      const inJson = Object.keys(properties).find((name) => name.toLowerCase() === field[0].toLowerCase());
      if (inJson !== undefined) field[0] = inJson;
      else if (messages[field[1]]) field[0] = '';
      else console.error(`${message}.${field[0]} is in no schema`);
    }
  }
}

const messageOf = (type: string): string => type.replace(/^(list|map):/, '').replace(/^map:/, '');

function reachable(messages: Messages, roots: readonly string[]): Messages {
  const kept: Messages = {};
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const fields = messages[name];
    if (!fields || kept[name]) continue;
    kept[name] = fields;
    queue.push(...Object.values(fields).map(([, type]) => messageOf(type)));
  }
  return kept;
}

const schemas: Schemas = {};
for (const groupVersion of Object.keys(SERVED)) {
  const packed = readFileSync(join(folder, `${openApiSlug(groupVersion)}.json.gz`));
  // Written by record-openapi.ts in this form.
  const document = JSON.parse(gunzipSync(packed).toString('utf8')) as { components: { schemas: Schemas } };
  Object.assign(schemas, document.components.schemas);
}
const messages: Messages = {};
for (const module of process.argv.slice(2))
  for (const file of globSync('**/generated.proto', { cwd: module }))
    Object.assign(messages, parseProto(readFileSync(join(module, file), 'utf8')));
markInline(messages, schemas);
const roots = Object.entries(schemas)
  .filter(([, schema]) => schema['x-kubernetes-group-version-kind'])
  .map(([name]) => name.replace(/^io\.k8s\./, 'k8s.io.'));
const kept = reachable(messages, [...roots, 'k8s.io.apimachinery.pkg.runtime.Unknown']);
const packed = gzipSync(JSON.stringify(kept), { level: 9 });
writeFileSync(join(folder, 'protobuf.json.gz'), packed);
console.log(`${Object.keys(kept).length} messages\t${packed.length} bytes`);
