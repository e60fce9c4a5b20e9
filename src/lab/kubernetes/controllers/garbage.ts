import type { LabApi } from '../controller.ts';
import type { KubeJson, OwnerReference } from '../json.ts';
import type { LoopController } from './loop.ts';
import { isDeleting, MANAGER, tolerate } from './support.ts';

const NAME = 'garbage-collector-controller';
const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

interface Item {
  readonly resource: string;
  readonly object: KubeJson;
}

interface Graph {
  readonly items: readonly Item[];
  readonly uids: ReadonlySet<string>;
  readonly dependents: ReadonlyMap<string, readonly Item[]>;
}

const graphOf = (api: LabApi, resources: readonly string[]): Graph => {
  const items = resources.flatMap((resource) => api.list(resource).map((object) => ({ resource, object })));
  const dependents = new Map<string, Item[]>();
  for (const item of items)
    for (const { uid } of item.object.metadata.ownerReferences ?? [])
      dependents.set(uid, [...(dependents.get(uid) ?? []), item]);
  return { items, dependents, uids: new Set(items.map(({ object }) => object.metadata.uid)) };
};

const has = (object: KubeJson, finalizer: string): boolean => object.metadata.finalizers?.includes(finalizer) === true;

const remove = (api: LabApi, { resource, object }: Item, propagation: 'Background' | 'Foreground'): void => {
  const { namespace, name, uid } = object.metadata;
  if (!isDeleting(object)) tolerate(() => api.delete(resource, namespace, name, { propagation, uid }));
};

const keepOwners = (api: LabApi, { resource, object }: Item, keep: (owner: OwnerReference) => boolean): void => {
  const ownerReferences = (object.metadata.ownerReferences ?? []).filter(keep);
  const { ownerReferences: _all, ...rest } = object.metadata;
  const metadata = ownerReferences.length > 0 ? { ...rest, ownerReferences } : rest;
  tolerate(() => api.update(resource, { ...object, metadata }, MANAGER));
};

const dropFinalizer = (api: LabApi, { resource, object }: Item, finalizer: string): void => {
  const now = api.get(resource, object.metadata.namespace, object.metadata.name);
  if (now?.metadata.uid !== object.metadata.uid) return;
  const finalizers = (now.metadata.finalizers ?? []).filter((each) => each !== finalizer);
  tolerate(() => api.update(resource, { ...now, metadata: { ...now.metadata, finalizers } }, MANAGER));
};

/** The owner stays until every dependent that blocks it is gone. */
const deleteForeground = (api: LabApi, owner: Item, graph: Graph): void => {
  const { uid } = owner.object.metadata;
  const dependents = graph.dependents.get(uid) ?? [];
  for (const item of dependents) remove(api, item, 'Foreground');
  const blocks = ({ resource, object }: Item): boolean =>
    object.metadata.ownerReferences?.some((each) => each.uid === uid && each.blockOwnerDeletion === true) === true &&
    api.get(resource, object.metadata.namespace, object.metadata.name)?.metadata.uid === object.metadata.uid;
  if (!dependents.some(blocks)) dropFinalizer(api, owner, FOREGROUND);
};

const orphanDependents = (api: LabApi, owner: Item, graph: Graph): void => {
  const { uid } = owner.object.metadata;
  for (const item of graph.dependents.get(uid) ?? []) keepOwners(api, item, (each) => each.uid !== uid);
  dropFinalizer(api, owner, ORPHAN);
};

/** An object whose owners are all gone goes too; one that still has an owner only loses the references to the others. */
const collectDangling = (api: LabApi, item: Item, uids: ReadonlySet<string>): void => {
  const owners = item.object.metadata.ownerReferences ?? [];
  const alive = owners.filter(({ uid }) => uids.has(uid));
  if (owners.length === alive.length) return;
  if (alive.length === 0) remove(api, item, 'Background');
  else keepOwners(api, item, ({ uid }) => uids.has(uid));
};

/** What a controller creates has its owner: there is nothing to collect before that one goes. */
const isByController = ({ metadata }: KubeJson): boolean => metadata.managedFields?.[0]?.['manager'] === MANAGER;

/**
 * Deletes what has lost its owners, and carries out foreground deletion and orphaning.
 * `resources` names every resource that has ever had an object.
 */
export const createGarbageCollector = (resources: () => readonly string[]): LoopController => ({
  name: NAME,
  watches: ['*'],
  wants: ({ resource, type, object }) =>
    resource !== 'events' &&
    (type === 'DELETED' ||
      (type === 'ADDED' && object.metadata.ownerReferences !== undefined && !isByController(object)) ||
      (isDeleting(object) && (has(object, FOREGROUND) || has(object, ORPHAN)))),
  reconcile(api) {
    const graph = graphOf(
      api,
      resources().filter((resource) => resource !== 'events'),
    );
    for (const item of graph.items) {
      if (isDeleting(item.object) && has(item.object, ORPHAN)) orphanDependents(api, item, graph);
      else if (isDeleting(item.object) && has(item.object, FOREGROUND)) deleteForeground(api, item, graph);
      else if (item.object.metadata.ownerReferences) collectDangling(api, item, graph.uids);
    }
    return undefined;
  },
});
