import type { LooseObject } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import { trackUpdate } from '../objects/apply.ts';
import { apiVersionOf, resourceKey } from '../resource.ts';
import { StoreError } from '../store.ts';
import { admitChange, admitNew } from './admit.ts';
import { CRDS, type ServedResource } from './catalogue.ts';
import { type ApiContext, timestamp, type WriteOptions } from './context.ts';
import { establishedStatus } from './definitions.ts';
import { settleDeletion } from './deletion.ts';
import { fromStored, toStored } from './events.ts';
import { ApiFault, alreadyExists, conflict, invalid, modified, notFound } from './fault.ts';
import { requireLiveNamespace } from './namespaces.ts';
import { reviewPodSecurity } from './pod-security/review.ts';
import { check, defaulted, writing } from './rules.ts';
import { atBirth, overSpec, overStatus } from './strategy.ts';

/** Turns a no of the store into the Status of the API. */
function stored<T>(resource: ServedResource, name: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.fault === 'exists') throw alreadyExists(resource, name);
    if (error.fault === 'missing') throw notFound(resource, name);
    throw modified(resource, name);
  }
}

function nameOf({ random }: ApiContext, resource: ServedResource, object: LooseObject | KubeJson): string {
  const { name, generateName } = object.metadata;
  if (name) return name;
  // Names are cut so that the random end still fits (names.go of the API server).
  if (generateName) return `${generateName.slice(0, 58)}${random.suffix()}`;
  throw invalid(resource, '', [
    {
      field: 'metadata.name',
      reason: 'FieldValueRequired',
      message: 'Required value: name or generateName is required',
    },
  ]);
}

function newborn(
  context: ApiContext,
  resource: ServedResource,
  namespace: string | undefined,
  object: LooseObject | KubeJson,
): KubeJson {
  const { resourceVersion, ...sent }: { [field: string]: unknown } = { ...object.metadata };
  if (resourceVersion) throw new ApiFault(500, undefined, 'resourceVersion should not be set on objects to be created');
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'])
    Reflect.deleteProperty(sent, field);
  const now = timestamp(context.store.now());
  return {
    ...object,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    // Metadata passed the schema of ObjectMeta; what the server owns is set over it.
    metadata: {
      ...sent,
      name: nameOf(context, resource, object),
      ...(resource.namespaced && namespace !== undefined && { namespace }),
      uid: context.random.uid(),
      creationTimestamp: now,
      resourceVersion: '',
    } as KubeJson['metadata'],
  };
}

const withoutVersion = (object: KubeJson): KubeJson => {
  const { resourceVersion: _, ...metadata } = object.metadata;
  // Only an answer that is not stored lacks it.
  return { ...object, metadata: metadata as KubeJson['metadata'] };
};

/**
 * Creates an object the way the real API server does: admission, defaults, first status, validation, ownership.
 * `object` is already decoded and of the kind. Throws `ApiFault`: 400, 403, 404 (namespace), 409, 422.
 */
export function createObject(
  context: ApiContext,
  resource: ServedResource,
  namespace: string | undefined,
  object: LooseObject | KubeJson,
  options: WriteOptions,
): KubeJson {
  const fresh = newborn(context, resource, namespace, object);
  const { name } = fresh.metadata;
  if (resource.namespaced) requireLiveNamespace(context, resource, namespace ?? '', name);
  const whole = defaulted(resource, fresh);
  const tracked = options.managed
    ? whole
    : trackUpdate(undefined, whole, writing(resource, options.manager, context.store.now()));
  const complete = admitNew(context, resource, tracked);
  const born = atBirth(resource, complete, fresh.metadata.creationTimestamp);
  const ready =
    resourceKey(resource) === CRDS
      ? { ...born, status: establishedStatus(born, timestamp(context.store.now())) }
      : born;
  check(resource, ready);
  reviewPodSecurity(context, resource, ready, undefined, options);
  if (options.dryRun) {
    if (context.store.get(resource.storageKey, ready.metadata.namespace, name)) throw alreadyExists(resource, name);
    return withoutVersion(ready);
  }
  return fromStored(
    resource,
    stored(resource, name, () => context.store.create(resource.storageKey, toStored(resource, ready))),
  );
}

/** The object as `resource` shows it; throws 404. */
export function readObject(
  { store }: ApiContext,
  resource: ServedResource,
  namespace: string | undefined,
  name: string,
): KubeJson {
  const found = store.get(resource.storageKey, resource.namespaced ? namespace : undefined, name);
  if (!found) throw notFound(resource, name);
  return fromStored(resource, found);
}

function checkIdentity(resource: ServedResource, current: KubeJson, next: KubeJson): void {
  const { uid, resourceVersion } = next.metadata;
  const { name } = current.metadata;
  if (uid && uid !== current.metadata.uid)
    throw conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/${resource.plural}/${current.metadata.namespace ? `${current.metadata.namespace}/` : ''}${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw modified(resource, name);
}

function checkFinalizers(resource: ServedResource, current: KubeJson, next: KubeJson): void {
  if (current.metadata.deletionTimestamp === undefined) return;
  const before = current.metadata.finalizers ?? [];
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const error = {
    field: 'metadata.finalizers',
    reason: 'FieldValueForbidden',
    message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
  };
  throw invalid(resource, current.metadata.name, [error, error]);
}

export type Subresource = 'status' | 'scale' | 'finalize' | 'ephemeralcontainers' | 'binding';

/** What part of an object a write is about; `apply` brings its own managed fields along. */
export interface ChangeOptions extends WriteOptions {
  readonly subresource?: Subresource | undefined;
}

function merged(
  context: ApiContext,
  resource: ServedResource,
  current: KubeJson,
  next: KubeJson,
  options: ChangeOptions,
): KubeJson {
  if (options.subresource === 'status') return overStatus(current, defaulted(resource, next));
  if (options.subresource === 'finalize') return { ...current, spec: next.spec };
  // An assignment is no new generation of the pod.
  if (options.subresource === 'binding')
    return { ...current, spec: next.spec, ...(next.status !== undefined && { status: next.status }) };
  const kept = resourceKey(resource) === 'namespaces' ? { ...next, spec: current.spec } : next;
  return overSpec(resource, current, admitChange(context, resource, current, defaulted(resource, kept)));
}

/** Writes of the server's own: what they may change is not judged by the rules for clients. */
const UNCHECKED: ReadonlySet<Subresource | undefined> = new Set([
  'status',
  'finalize',
  'binding',
  'ephemeralcontainers',
]);

/** Roads that nobody owns a field through. */
const UNTRACKED: ReadonlySet<Subresource | undefined> = new Set(['finalize', 'binding']);

const tracked = (
  { store }: ApiContext,
  resource: ServedResource,
  current: KubeJson,
  next: KubeJson,
  { manager, subresource }: ChangeOptions,
): KubeJson => trackUpdate(current, next, writing(resource, manager, store.now(), subresource));

/**
 * Replaces an object, or the part of it that `options.subresource` names.
 * Throws `ApiFault`: 403, 404, 409 (resourceVersion, uid), 422. An object that loses its last finalizer while it is being
 * deleted goes.
 */
export function updateObject(
  context: ApiContext,
  resource: ServedResource,
  next: KubeJson,
  options: ChangeOptions,
): KubeJson {
  const { namespace, name } = next.metadata;
  const current = readObject(context, resource, namespace, name);
  checkIdentity(resource, current, next);
  checkFinalizers(resource, current, next);
  const whole = merged(context, resource, current, next, options);
  if (!UNCHECKED.has(options.subresource)) check(resource, whole, current);
  // Neither the status nor the scale of a workload says anything about its pods.
  if (options.subresource === undefined || options.subresource === 'ephemeralcontainers')
    reviewPodSecurity(context, resource, whole, current, options);
  const mine =
    UNTRACKED.has(options.subresource) || options.managed ? whole : tracked(context, resource, current, whole, options);
  if (options.dryRun) return mine;
  const settled = settleDeletion(context, resource, mine);
  if (settled) return settled;
  return fromStored(
    resource,
    stored(resource, name, () => context.store.update(resource.storageKey, toStored(resource, mine))),
  );
}
