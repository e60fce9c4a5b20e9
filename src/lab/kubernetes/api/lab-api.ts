import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { LabApi, LooseObject } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import { resourceKey } from '../resource.ts';
import type { ObjectStore } from '../store.ts';
import { createCatalogue, type ServedResource } from './catalogue.ts';
import { type ApiContext, quiet, type Randomness } from './context.ts';
import { deleteObject } from './deletion.ts';
import { fromStored } from './events.ts';
import { noSuchResource } from './fault.ts';
import type { LogSource } from './logs.ts';
import { createRecorder } from './recorder.ts';
import { createObject, readObject, updateObject } from './write.ts';

/** The API of one lab: what the HTTP server serves and the controllers use. */
export interface KubernetesApi extends LabApi {
  readonly context: ApiContext;
  /** Set by whoever plays the kubelets; without one, pods have empty logs. */
  logSource: LogSource | undefined;
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Real randomness; tests hand in their own. */
export const realRandomness: Randomness = {
  uid: () => randomUUID(),
  suffix: () => Array.from(randomBytes(5), (byte) => LETTERS[byte % LETTERS.length]).join(''),
  number: (below) => randomInt(below),
};

export interface LabApiOptions {
  readonly random?: Randomness;
}

/**
 * The API over a store. The namespaces that no cluster is without (`default`, `kube-system`, `kube-public`,
 * `kube-node-lease`) are there from the start.
 */
export function createLabApi(store: ObjectStore, { random = realRandomness }: LabApiOptions = {}): KubernetesApi {
  const context: ApiContext = { store, catalogue: createCatalogue(store), random };
  const served = (key: string): ServedResource => {
    const resource = context.catalogue.byKey(key);
    if (!resource) throw noSuchResource();
    return resource;
  };
  const read = (resource: ServedResource, namespace: string | undefined, name: string): KubeJson | undefined => {
    const found = store.get(resource.storageKey, resource.namespaced ? namespace : undefined, name);
    return found && fromStored(resource, found);
  };
  const create = (key: string, object: LooseObject, manager: string): KubeJson =>
    createObject(context, served(key), object.metadata.namespace, object, quiet(manager));
  const update = (key: string, object: KubeJson, manager: string, subresource?: 'status' | 'finalize'): KubeJson =>
    updateObject(context, served(key), object, { ...quiet(manager), subresource });

  const api: KubernetesApi = {
    context,
    logSource: undefined,
    get: (key, namespace, name) => read(served(key), namespace, name),
    list(key, namespace) {
      const resource = served(key);
      const objects = store.list(resource.storageKey, namespace);
      return resource.definition || resource.storageKey !== resourceKey(resource)
        ? objects.map((object) => fromStored(resource, object))
        : objects;
    },
    create,
    // The last finalizer of a namespace goes through `finalize` over HTTP; its controller simply takes it away.
    update(key, object, manager) {
      const current = key === 'namespaces' ? read(served(key), undefined, object.metadata.name) : undefined;
      const finalizes = current !== undefined && JSON.stringify(current.spec) !== JSON.stringify(object.spec);
      return update(key, object, manager, finalizes ? 'finalize' : undefined);
    },
    updateStatus: (key, object, manager) => update(key, object, manager, 'status'),
    delete(key, namespace, name, options) {
      const resource = served(key);
      deleteObject(context, resource, readObject(context, resource, namespace, name), options);
    },
    event: (about, type, reason, message, component) => recorder(about, type, reason, message, component),
    listen: (listener) => store.listen(listener),
    now: () => store.now(),
  };
  const recorder = createRecorder(api);
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system'])
    if (!api.get('namespaces', undefined, name)) create('namespaces', namespace(name), 'kube-apiserver');
  return api;
}

const namespace = (name: string): LooseObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
