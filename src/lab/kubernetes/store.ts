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

/** The objects of one resource; `order` is kept until an object comes or goes. */
interface Shelf {
  readonly objects: Map<string, KubeJson>;
  order: readonly string[] | undefined;
}

/** Index of the first key that is not before `wanted`. */
function lowerBound(keys: readonly string[], wanted: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The lab's etcd: every object by resource, namespace and name, one revision counter, a bounded history for watches.
 * Objects go in and out as values: the store keeps what it is given and callers never change what they got.
 * It knows nothing of kinds, admission or controllers.
 */
export class ObjectStore {
  readonly #clock: Clock;
  readonly #shelves = new Map<string, Shelf>();
  readonly #history: WatchEvent[] = [];
  readonly #listeners = new Set<(event: WatchEvent) => void>();
  #revision = 1000;
  /** The newest revision whose event is no longer kept. */
  #forgotten = 1000;

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
    return this.#shelves.get(resource)?.objects.get(keyOf(namespace, name));
  }

  /** Ordered by namespace, then name, as etcd does. `namespace` undefined = all of them. */
  list(resource: string, namespace?: string): KubeJson[] {
    const shelf = this.#shelves.get(resource);
    if (!shelf) return [];
    shelf.order ??= [...shelf.objects.keys()].sort();
    // '0' is the character after '/': every key of the namespace lies between the two.
    const range =
      namespace === undefined
        ? shelf.order
        : shelf.order.slice(lowerBound(shelf.order, `${namespace}/`), lowerBound(shelf.order, `${namespace}0`));
    return range.flatMap((key) => shelf.objects.get(key) ?? []);
  }

  /** The list as it was at `revision`, which must still be in the history (`gone` otherwise). */
  listAt(revision: number, resource: string, namespace?: string): KubeJson[] {
    const later = this.since(revision, resource);
    const now = this.list(resource, namespace);
    if (later.length === 0) return now;
    const then = new Map(now.map((object) => [keyOf(object.metadata.namespace, object.metadata.name), object]));
    for (const { type, object, previous } of later.reverse()) {
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      if (type === 'ADDED') then.delete(key);
      else if (previous) then.set(key, previous);
    }
    return [...then].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
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

  /** Takes it out at once; finalizers and grace are the API's business. `last` = how it looked when it went. */
  remove(resource: string, namespace: string | undefined, name: string, last?: KubeJson): KubeJson {
    const current = this.get(resource, namespace, name);
    const shelf = this.#shelves.get(resource);
    if (!current || !shelf) throw new StoreError('missing', `${resource} "${name}" not found`);
    shelf.objects.delete(keyOf(namespace, name));
    shelf.order = undefined;
    const revision = ++this.#revision;
    const gone = last ?? current;
    const object = { ...gone, metadata: { ...gone.metadata, resourceVersion: String(revision) } };
    this.#emit({ type: 'DELETED', resource, object, previous: current, revision });
    return object;
  }

  /** Events after `revision`, oldest first; throws `gone` when they are no longer kept. */
  since(revision: number, resource?: string): WatchEvent[] {
    if (revision < this.#forgotten)
      throw new StoreError('gone', `too old resource version: ${revision} (${this.#forgotten})`);
    const after = this.#history.findLastIndex((event) => event.revision <= revision) + 1;
    return this.#history.slice(after).filter((event) => !resource || event.resource === resource);
  }

  /** Calls `listener` synchronously after every write; returns the way to stop. */
  listen(listener: (event: WatchEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #put(type: 'ADDED' | 'MODIFIED', resource: string, object: KubeJson, previous?: KubeJson): KubeJson {
    const revision = ++this.#revision;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const shelf = this.#shelves.get(resource) ?? { objects: new Map<string, KubeJson>(), order: undefined };
    this.#shelves.set(resource, shelf);
    shelf.objects.set(keyOf(object.metadata.namespace, object.metadata.name), stored);
    if (type === 'ADDED') shelf.order = undefined;
    this.#emit({ type, resource, object: stored, ...(previous && { previous }), revision });
    return stored;
  }

  #emit(event: WatchEvent): void {
    this.#history.push(event);
    if (this.#history.length > HISTORY * 1.2) {
      const dropped = this.#history.splice(0, this.#history.length - HISTORY);
      this.#forgotten = dropped.at(-1)?.revision ?? this.#forgotten;
    }
    for (const listener of this.#listeners) listener(event);
  }
}
