import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../clients/kubernetes/contract.ts';
import { inputError, type StewardError } from '../../../core/errors.ts';
import type { Target } from '../../../core/target.ts';
import { isJson, type Json, textAt } from './json.ts';

const MAX_OBJECTS = 50;

/**
 * The objects of a manifest, in an order that works: namespaces and definitions before what needs them.
 * Errors: `manifest_not_yaml`, `manifest_empty`, `manifest_not_object`, `manifest_incomplete`, `manifest_twice`, `manifest_too_long`.
 */
export function parseManifest(text: string): readonly KubeObject[] {
  const documents = parseAllDocuments(text, { uniqueKeys: true });
  const values: unknown[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) throw unreadable('manifest_not_yaml', error.message.split('\n')[0] ?? 'it is not YAML');
    values.push(toValue(() => document.toJS({ maxAliasCount: 100 })));
  }
  const objects = values
    .filter((value) => value !== null && value !== undefined)
    .flatMap(expandList)
    .map(checkObject);
  if (objects.length === 0) throw unreadable('manifest_empty', 'it holds no object');
  if (objects.length > MAX_OBJECTS)
    throw unreadable('manifest_too_long', `it holds ${objects.length} objects, more than ${MAX_OBJECTS}`);
  refuseTwins(objects);
  return objects.toSorted((a, b) => rank(a) - rank(b));
}

export function targetOfManifest(object: KubeObject): Target {
  const [group] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : [''];
  const { namespace, name } = object.metadata;
  return {
    system: 'kubernetes',
    kind: object.kind,
    ...(group === '' || group === undefined ? {} : { group }),
    ...(namespace === undefined ? {} : { namespace }),
    name,
  };
}

function toValue(read: () => unknown): unknown {
  try {
    return read();
  } catch (cause) {
    throw unreadable('manifest_not_yaml', cause instanceof Error ? cause.message : 'it is not YAML');
  }
}

const expandList = (value: unknown): readonly unknown[] => {
  const items = isJson(value) && value['kind'] === 'List' ? value['items'] : undefined;
  return Array.isArray(items) ? items : [value];
};

function checkObject(value: unknown, index: number): KubeObject {
  const where = `document ${index + 1}`;
  if (!isJson(value)) throw unreadable('manifest_not_object', `${where} is not an object`);
  const missing = [
    ['apiVersion', textAt(value, 'apiVersion')],
    ['kind', textAt(value, 'kind')],
    ['metadata.name', textAt(value, 'metadata', 'name')],
  ].flatMap(([field, found]) => (found === undefined || found === '' ? [field] : []));
  if (missing.length > 0) throw unreadable('manifest_incomplete', `${where} has no ${missing.join(', ')} (as text)`);
  return withoutServerFields(value);
}

/** What a person who copied a live object left in: server-side apply refuses it. */
function withoutServerFields(value: Json): KubeObject {
  const { status: _status, ...rest } = value;
  const meta = isJson(value['metadata']) ? value['metadata'] : {};
  const {
    managedFields: _managed,
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _created,
    generation: _generation,
    ...kept
  } = meta;
  return { ...rest, metadata: kept } as unknown as KubeObject; // sound: checkObject has just found apiVersion, kind and name
}

function refuseTwins(objects: readonly KubeObject[]): void {
  const seen = new Set<string>();
  for (const object of objects) {
    const { namespace, name } = object.metadata;
    const key = `${object.apiVersion}/${object.kind}/${namespace ?? ''}/${name}`;
    if (seen.has(key)) throw unreadable('manifest_twice', `${object.kind} ${name} is in it twice`);
    seen.add(key);
  }
}

const FIRST = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ServiceAccount',
  'ClusterRole',
  'Role',
  'ClusterRoleBinding',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Service',
];
const LAST = ['Ingress', 'HorizontalPodAutoscaler', 'MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

function rank({ kind }: KubeObject): number {
  const first = FIRST.indexOf(kind);
  if (first !== -1) return first;
  const last = LAST.indexOf(kind);
  return FIRST.length + (last === -1 ? 0 : last + 1);
}

const unreadable = (code: string, reason: string): StewardError =>
  inputError(
    code,
    `Unable to read the manifest: ${reason}.`,
    'Send whole objects as YAML, each with apiVersion, kind and metadata.name.',
  );
