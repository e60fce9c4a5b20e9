import type { KubeKind } from '../../../clients/kubernetes/contract.ts';
import { isJson, type Json } from '../../cluster/support/json.ts';

/** Groups whose kinds the API server itself defines: they take strategic merge patches, custom resources do not. */
const BUILT_IN: ReadonlySet<string> = new Set([
  '',
  'apps',
  'batch',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'node.k8s.io',
  'events.k8s.io',
  'certificates.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'admissionregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
]);

export interface Patch {
  readonly type: 'strategic' | 'merge';
  readonly body: Json;
}

/**
 * What helm does to a live object: everything that the new manifest says, and away with what the old one said and the new
 * one no longer does. Fields that neither names stay as they are (pkg/kube, three-way merge).
 */
export function threeWayPatch({ group }: Pick<KubeKind, 'group'>, before: Json | undefined, after: Json): Patch {
  const type = BUILT_IN.has(group) ? 'strategic' : 'merge';
  const { apiVersion: _version, kind: _kind, status: _status, ...wanted } = after;
  const { apiVersion: _oldVersion, kind: _oldKind, status: _oldStatus, ...old } = before ?? {};
  return { type, body: mergeMaps(withoutPlace(old), withoutPlace(wanted), type) };
}

/** Name and namespace stand in the address of the request. */
function withoutPlace(object: Json): Json {
  const { metadata } = object;
  if (!isJson(metadata)) return object;
  const { name: _name, namespace: _namespace, creationTimestamp: _created, ...kept } = metadata;
  return { ...object, metadata: kept };
}

function mergeMaps(old: Json, wanted: Json, type: Patch['type']): Json {
  const gone = Object.keys(old).filter((key) => !Object.hasOwn(wanted, key));
  const kept = Object.entries(wanted).map(([key, value]) => [key, mergeValues(old[key], value, type)] as const);
  return Object.fromEntries([...kept, ...gone.map((key) => [key, null] as const)]);
}

function mergeValues(old: unknown, wanted: unknown, type: Patch['type']): unknown {
  if (isJson(wanted)) return isJson(old) ? mergeMaps(old, wanted, type) : wanted;
  if (type === 'strategic' && Array.isArray(wanted) && Array.isArray(old)) return mergeLists(old, wanted);
  return wanted;
}

/** Merge keys of the API's keyed lists; whichever all items have tells them apart. */
const KEYS = ['name', 'mountPath', 'devicePath', 'containerPort', 'port', 'ip', 'topologyKey', 'uid', 'key'] as const;

function mergeLists(old: readonly unknown[], wanted: readonly unknown[]): readonly unknown[] {
  const key = keyOf([...old, ...wanted]);
  if (key === undefined) return wanted;
  const left = new Map(wanted.filter(isJson).map((item) => [item[key], item]));
  const before = new Map(old.filter(isJson).map((item) => [item[key], item]));
  const merged = wanted.map((item) => {
    const twin = isJson(item) ? before.get(item[key]) : undefined;
    return isJson(item) && twin !== undefined ? mergeMaps(twin, item, 'strategic') : item;
  });
  const gone = [...before.keys()].filter((id) => !left.has(id)).map((id) => ({ $patch: 'delete', [key]: id }));
  return [...merged, ...gone];
}

/** `env` has `name`, `ports` of a container `containerPort` first although they may have a name too. */
function keyOf(items: readonly unknown[]): (typeof KEYS)[number] | undefined {
  if (items.length === 0 || !items.every(isJson)) return undefined;
  const has = (key: string): boolean => items.every((item) => isJson(item) && Object.hasOwn(item, key));
  const unique = (['mountPath', 'containerPort', 'port', 'devicePath'] as const).find(has);
  return unique ?? KEYS.find(has);
}
