import { resourceKey } from '../resource.ts';
import { CRDS, type ServedResource } from './catalogue.ts';
import type { ApiContext } from './context.ts';
import { CLEANUP } from './definitions.ts';
import { deleteObject } from './deletion.ts';
import { fromStored } from './events.ts';

/** Deletes what is left of a custom resource; true when nothing is. */
function emptied(context: ApiContext, resource: ServedResource): boolean {
  for (const object of context.store.list(resource.storageKey))
    if (object.metadata.deletionTimestamp === undefined)
      deleteObject(context, resource, fromStored(resource, object), { propagation: 'Background' });
  return context.store.list(resource.storageKey).length === 0;
}

function finish({ store }: ApiContext, name: string): void {
  const definition = store.get(CRDS, undefined, name);
  if (!definition) return;
  const finalizers = (definition.metadata.finalizers ?? []).filter((finalizer) => finalizer !== CLEANUP);
  const next = { ...definition, metadata: { ...definition.metadata, finalizers } };
  if (finalizers.length > 0) store.update(CRDS, next);
  else store.remove(CRDS, undefined, name);
}

/** Takes a definition that is being deleted away as soon as the last of its objects has gone; the objects go first. */
export function sweepDefinitions(context: ApiContext): void {
  let sweeping = false;
  context.store.listen(({ resource, type }) => {
    if (sweeping || (resource !== CRDS && type !== 'DELETED')) return;
    sweeping = true;
    try {
      for (const { metadata } of context.store.list(CRDS)) {
        const served = metadata.deletionTimestamp === undefined ? undefined : context.catalogue.byKey(metadata.name);
        if (served && resourceKey(served) === metadata.name && emptied(context, served)) finish(context, metadata.name);
      }
    } finally {
      sweeping = false;
    }
  });
}
