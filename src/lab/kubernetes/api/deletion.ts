import type { KubeJson } from '../json.ts';
import { numberAt, textAt } from '../objects/json.ts';
import { resourceKey } from '../resource.ts';
import { CRDS, type ServedResource } from './catalogue.ts';
import { type ApiContext, timestamp } from './context.ts';
import { withCleanup } from './definitions.ts';
import { fromStored, toStored } from './events.ts';
import { preconditionFailed } from './fault.ts';
import { requireMortal } from './namespaces.ts';
import { nodeOf, orphansByDefault } from './strategy.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  readonly propagation?: Propagation | undefined;
  readonly graceSeconds?: number | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly dryRun?: boolean;
}

/** `object` = how it stands now, or how it was when it went. */
export interface Deletion {
  readonly gone: boolean;
  readonly object: KubeJson;
}

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

function checkPreconditions({ kind }: ServedResource, object: KubeJson, options: DeleteOptions): void {
  const { uid, resourceVersion, name } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid)
    throw preconditionFailed(
      kind,
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion)
    throw preconditionFailed(
      kind,
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
}

/** Finalizers after the wish for its dependents is written down (deletionFinalizersForGarbageCollection). */
function finalizersFor(resource: ServedResource, object: KubeJson, propagation: Propagation | undefined): string[] {
  const before = object.metadata.finalizers ?? [];
  const wish = propagation ?? (orphansByDefault(resource) && !before.includes(FOREGROUND) ? 'Orphan' : undefined);
  if (wish === undefined) return before;
  const others = before.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (wish === 'Orphan') return [...others, ORPHAN];
  return wish === 'Foreground' ? [...others, FOREGROUND] : others;
}

/** Seconds a pod may take to end; 0 for one that runs nowhere or runs no more. */
function graceOf(resource: ServedResource, object: KubeJson, asked: number | undefined): number {
  if (resourceKey(resource) !== 'pods') return 0;
  const phase = textAt(object.status, 'phase');
  if (nodeOf(object) === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const own = numberAt(object.spec, 'terminationGracePeriodSeconds') ?? 30;
  return Math.max(asked ?? own, 0);
}

function marked(context: ApiContext, object: KubeJson, graceSeconds: number, finalizers: readonly string[]): KubeJson {
  const { deletionTimestamp, deletionGracePeriodSeconds, generation, finalizers: _, ...metadata } = object.metadata;
  const first = deletionTimestamp === undefined;
  const began = first
    ? context.store.now()
    : new Date(+new Date(deletionTimestamp) - (deletionGracePeriodSeconds ?? 0) * 1000);
  const shorter = first || graceSeconds < (deletionGracePeriodSeconds ?? 0);
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(finalizers.length > 0 && { finalizers: [...finalizers] }),
      ...(generation !== undefined && { generation: generation + (first ? 1 : 0) }),
      deletionTimestamp: shorter ? timestamp(new Date(+began + graceSeconds * 1000)) : deletionTimestamp,
      deletionGracePeriodSeconds: shorter ? graceSeconds : (deletionGracePeriodSeconds ?? 0),
    },
  };
}

function markNamespace(context: ApiContext, object: KubeJson): KubeJson {
  const deletionTimestamp = object.metadata.deletionTimestamp ?? timestamp(context.store.now());
  return {
    ...object,
    metadata: { ...object.metadata, deletionTimestamp },
    status: { ...(object.status as object | undefined), phase: 'Terminating' },
  };
}

const namespaceFinalizers = (object: KubeJson): readonly unknown[] => {
  const spec = object.spec as { finalizers?: unknown[] } | undefined; // the namespace's own schema
  return spec?.finalizers ?? [];
};

/**
 * Deletes as the real API server does: preconditions, the grace of pods, finalizers; what nothing holds goes at once.
 * `object` is the object as `resource` shows it. Throws 403, 409.
 */
export function deleteObject(
  context: ApiContext,
  resource: ServedResource,
  object: KubeJson,
  options: DeleteOptions,
): Deletion {
  const { name } = object.metadata;
  checkPreconditions(resource, object, options);
  requireMortal(resource, name);
  const wished = finalizersFor(resource, object, options.propagation);
  const finalizers = resourceKey(resource) === CRDS ? withCleanup(wished) : wished;
  const isNamespace = resourceKey(resource) === 'namespaces';
  const graceSeconds = graceOf(resource, object, options.graceSeconds);
  const next = isNamespace ? markNamespace(context, object) : marked(context, object, graceSeconds, finalizers);
  const held = isNamespace ? namespaceFinalizers(object).length > 0 : finalizers.length > 0 || graceSeconds > 0;
  if (!held) return { gone: true, object: options.dryRun ? next : remove(context, resource, next) };
  return { gone: false, object: options.dryRun ? next : keep(context, resource, next) };
}

/** The last state of an object that goes says when it went. */
function remove(context: ApiContext, resource: ServedResource, last: KubeJson): KubeJson {
  const { namespace, name } = last.metadata;
  const { store } = context;
  const wasMarked = store.get(resource.storageKey, namespace, name)?.metadata.deletionTimestamp !== undefined;
  const shown = resourceKey(resource) === 'pods' || wasMarked ? last : undefined;
  return fromStored(resource, store.remove(resource.storageKey, namespace, name, shown));
}

const keep = (context: ApiContext, resource: ServedResource, next: KubeJson): KubeJson =>
  fromStored(resource, context.store.update(resource.storageKey, toStored(resource, next)));

/**
 * An object on its way out that nothing holds any more goes instead of being written; undefined when it stays.
 * A pod with grace left stays until its kubelet deletes it with grace 0.
 */
export function settleDeletion(context: ApiContext, resource: ServedResource, next: KubeJson): KubeJson | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = next.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return undefined;
  if (resourceKey(resource) === 'namespaces' && namespaceFinalizers(next).length > 0) return undefined;
  if ((deletionGracePeriodSeconds ?? 0) > 0) return undefined;
  return remove(context, resource, next);
}
