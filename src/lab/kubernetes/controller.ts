import type { KubeJson } from './json.ts';
import type { WatchEvent } from './store.ts';

/**
 * The API as the lab's own controllers use it: the same admission, defaulting, validation and deletion rules as over HTTP.
 * Implemented by the API (`api/`), used by `controllers/`.
 * Names of resources are `resourceKey`s. Faults come as `ApiFault` with the HTTP status.
 */
export interface LabApi {
  get(resource: string, namespace: string | undefined, name: string): KubeJson | undefined;
  list(resource: string, namespace?: string): readonly KubeJson[];
  create(resource: string, object: LooseObject, manager: string): KubeJson;
  /** Replaces spec and metadata; keeps `status`. */
  update(resource: string, object: KubeJson, manager: string): KubeJson;
  /** Replaces `status` alone. */
  updateStatus(resource: string, object: KubeJson, manager: string): KubeJson;
  /** Grace 0 removes a pod at once; finalizers are honoured. */
  delete(
    resource: string,
    namespace: string | undefined,
    name: string,
    options: { propagation?: 'Background' | 'Foreground' | 'Orphan'; graceSeconds?: number; uid?: string },
  ): void;
  /** Writes or counts up an event about an object, as client-go's recorder does. */
  event(about: KubeJson, type: 'Normal' | 'Warning', reason: string, message: string, component: string): void;
  listen(listener: (event: WatchEvent) => void): () => void;
  now(): Date;
}

/** An object on its way in: the API fills uid, timestamps and defaults. */
export interface LooseObject {
  apiVersion: string;
  kind: string;
  metadata: { name?: string; generateName?: string; namespace?: string; [field: string]: unknown };
  [field: string]: unknown;
}

/**
 * One control loop. `reconcile` looks at the whole state and makes it so, in as few writes as it takes; it is called again
 * after every change to a resource in `watches` (many changes, one call) and when `wakeAt` it returned has come.
 */
export interface Controller {
  readonly name: string;
  readonly watches: readonly string[];
  reconcile(api: LabApi): Date | undefined;
}
