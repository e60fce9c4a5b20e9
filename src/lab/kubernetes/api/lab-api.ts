import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { LabApi, LooseObject } from '../controller.ts';
import type { JsonObject, KubeJson } from '../json.ts';
import { resourceKey } from '../resource.ts';
import type { ObjectStore } from '../store.ts';
import { createCatalogue, type ServedResource } from './catalogue.ts';
import { type ApiContext, quiet, type Randomness } from './context.ts';
import { decodeAs } from './decode.ts';
import { sweepDefinitions } from './definition-sweep.ts';
import { deleteObject } from './deletion.ts';
import { fromStored } from './events.ts';
import { noSuchResource } from './fault.ts';
import type { LogSource } from './logs.ts';
import { createRecorder } from './recorder.ts';
import { nodeOf } from './strategy.ts';
import { createObject, readObject, type Subresource, updateObject } from './write.ts';

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
  // Controllers and scenarios write what they mean; it is read as if it had come over HTTP. A field that nobody knows is a
  // mistake of theirs and is refused.
  const decoded = (resource: ServedResource, object: LooseObject | KubeJson): KubeJson =>
    decodeAs(resource, { object: asJson(object), duplicates: [] }, 'Strict', () => undefined);
  const create = (key: string, object: LooseObject, manager: string): KubeJson => {
    const resource = served(key);
    const whole = decoded(resource, object);
    return createObject(context, resource, whole.metadata.namespace, whole, quiet(manager));
  };
  const update = (key: string, object: KubeJson, manager: string, subresource?: Subresource): KubeJson => {
    const resource = served(key);
    return updateObject(context, resource, decoded(resource, object), { ...quiet(manager), subresource });
  };

  const api: KubernetesApi = {
    context,
    logSource: undefined,
    get(key, namespace, name) {
      const resource = context.catalogue.byKey(key);
      return resource && read(resource, namespace, name);
    },
    list(key, namespace) {
      const resource = context.catalogue.byKey(key);
      // A custom resource whose definition has gone.
      if (!resource) return [];
      const objects = store.list(resource.storageKey, namespace);
      return resource.definition || resource.storageKey !== resourceKey(resource)
        ? objects.map((object) => fromStored(resource, object))
        : objects;
    },
    create,
    update(key, object, manager) {
      const { namespace, name } = object.metadata;
      return update(key, object, manager, impliedSubresource(key, read(served(key), namespace, name), object));
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
  sweepDefinitions(context);
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system'])
    if (!api.get('namespaces', undefined, name)) create('namespaces', namespace(name), 'kube-apiserver');
  return api;
}

/** Members that are undefined are not there. */
const asJson = (object: LooseObject | KubeJson): JsonObject => JSON.parse(JSON.stringify(object)) as JsonObject; // the copy is JSON

/** What clients do through a subresource, controllers do by an update: assigning a pod, letting go of a namespace. */
function impliedSubresource(key: string, current: KubeJson | undefined, next: KubeJson): Subresource | undefined {
  if (!current) return undefined;
  if (key === 'pods' && nodeOf(current) === '' && nodeOf(next) !== '') return 'binding';
  const finalizes = key === 'namespaces' && JSON.stringify(current.spec) !== JSON.stringify(next.spec);
  return finalizes ? 'finalize' : undefined;
}

const namespace = (name: string): LooseObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
