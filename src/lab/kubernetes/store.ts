import type { Clock } from '../../core/clock.ts';
import type { KubeJson } from './json.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `resourceKey` of its resource: `pods`, `deployments.apps`. */
  readonly resource: string;
  readonly object: KubeJson;
  /** The object before, on MODIFIED and DELETED. */
  readonly previous?: KubeJson;
  readonly revision: number;
}

export type StoreFault = 'exists' | 'missing' | 'conflict' | 'gone';

/** A no of the store; the API turns it into a Status (409 AlreadyExists, 404, 409 Conflict, 410 Expired). */
export class StoreError extends Error {
  readonly fault: StoreFault;
  constructor(fault: StoreFault, message: string) {
    super(message);
    this.name = 'StoreError';
    this.fault = fault;
  }
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;
const HISTORY = 10_000;

/**
 * The lab's etcd: every object by resource, namespace and name, one revision counter, a bounded history for watches.
 * Objects go in and out as values: the store keeps what it is given and callers never change what they got.
 * It knows nothing of kinds, admission or controllers.
 */
export class ObjectStore {
  readonly #clock: Clock;
  readonly #objects = new Map<string, Map<string, KubeJson>>();
  readonly #history: WatchEvent[] = [];
  readonly #listeners = new Set<(event: WatchEvent) => void>();
  #revision = 1000;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): Date {
    return this.#clock.now();
  }

  revision(): number {
    return this.#revision;
  }

  get(resource: string, namespace: string | undefined, name: string): KubeJson | undefined {
    return this.#objects.get(resource)?.get(keyOf(namespace, name));
  }

  /** Ordered by namespace, then name, as etcd does. `namespace` undefined = all of them. */
  list(resource: string, namespace?: string): KubeJson[] {
    const all = [...(this.#objects.get(resource) ?? [])];
    return all
      .filter(([key]) => namespace === undefined || key.startsWith(`${namespace}/`))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Sets `resourceVersion`; uid and timestamps are the caller's. */
  create(resource: string, object: KubeJson): KubeJson {
    const { namespace, name } = object.metadata;
    if (this.get(resource, namespace, name)) throw new StoreError('exists', `${resource} "${name}" already exists`);
    return this.#put('ADDED', resource, object);
  }

  /** Replaces; `expected` is the resourceVersion the caller read, when it insists on it. An equal object is not written again. */
  update(resource: string, object: KubeJson, expected?: string): KubeJson {
    const { namespace, name } = object.metadata;
    const current = this.get(resource, namespace, name);
    if (!current) throw new StoreError('missing', `${resource} "${name}" not found`);
    if (expected !== undefined && expected !== current.metadata.resourceVersion)
      throw new StoreError(
        'conflict',
        `the object has been modified; please apply your changes to the latest version and try again`,
      );
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: current.metadata.resourceVersion } };
    if (JSON.stringify(next) === JSON.stringify(current)) return current;
    return this.#put('MODIFIED', resource, object, current);
  }

  /** Takes it out at once; finalizers and grace are the API's business. */
  remove(resource: string, namespace: string | undefined, name: string): KubeJson {
    const current = this.get(resource, namespace, name);
    if (!current) throw new StoreError('missing', `${resource} "${name}" not found`);
    this.#objects.get(resource)?.delete(keyOf(namespace, name));
    const revision = ++this.#revision;
    const object = { ...current, metadata: { ...current.metadata, resourceVersion: String(revision) } };
    this.#emit({ type: 'DELETED', resource, object, previous: current, revision });
    return object;
  }

  /** Events after `revision`, oldest first; throws `gone` when they are no longer kept. */
  since(revision: number, resource?: string): WatchEvent[] {
    const first = this.#history[0];
    if (first && this.#history.length >= HISTORY && revision < first.revision - 1)
      throw new StoreError('gone', `too old resource version: ${revision} (${first.revision})`);
    return this.#history.filter((event) => event.revision > revision && (!resource || event.resource === resource));
  }

  /** Calls `listener` synchronously after every write; returns the way to stop. */
  listen(listener: (event: WatchEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #put(type: 'ADDED' | 'MODIFIED', resource: string, object: KubeJson, previous?: KubeJson): KubeJson {
    const revision = ++this.#revision;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const objects = this.#objects.get(resource) ?? new Map<string, KubeJson>();
    this.#objects.set(resource, objects.set(keyOf(object.metadata.namespace, object.metadata.name), stored));
    this.#emit({ type, resource, object: stored, ...(previous && { previous }), revision });
    return stored;
  }

  #emit(event: WatchEvent): void {
    this.#history.push(event);
    if (this.#history.length > HISTORY * 1.2) this.#history.splice(0, this.#history.length - HISTORY);
    for (const listener of this.#listeners) listener(event);
  }
}
