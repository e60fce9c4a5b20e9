import type { Refusal } from '../../core/change.ts';
import type { Permit } from '../../core/permit.ts';

/** Any object of the Kubernetes API, as JSON. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMeta;
  readonly [field: string]: unknown;
}

export interface KubeMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** One served kind, from discovery. */
export interface KubeKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural in the URL: `deployments`. */
  readonly resource: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface KubeRef {
  readonly kind: KubeKind;
  readonly namespace?: string;
  readonly name: string;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Rows per page; 500 unless told. */
  readonly limit?: number;
  readonly continue?: string;
}

export interface KubeList {
  readonly items: readonly KubeObject[];
  readonly continue?: string;
  readonly remaining?: number;
  readonly resourceVersion: string;
}

export interface LogOptions {
  readonly container?: string;
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly limitBytes?: number;
  readonly timestamps?: boolean;
}

/** Every write the product can make, as data: the same value is dry-run by `plan` and sent by `run`. */
export type KubeWrite =
  | { readonly verb: 'create'; readonly kind: KubeKind; readonly object: KubeObject }
  /** Server-side apply as field manager `steward`; `manager` = in a dry run, what another program's apply would do. */
  | {
      readonly verb: 'apply';
      readonly kind: KubeKind;
      readonly object: KubeObject;
      readonly force: boolean;
      readonly manager?: string;
    }
  | {
      readonly verb: 'patch';
      readonly ref: KubeRef;
      readonly type: 'strategic' | 'merge' | 'json';
      readonly body: unknown;
      readonly subresource?: 'scale' | 'status';
    }
  | {
      readonly verb: 'delete';
      readonly ref: KubeRef;
      readonly uid: string;
      readonly propagation: 'Background' | 'Foreground' | 'Orphan';
    }
  | { readonly verb: 'evict'; readonly ref: KubeRef; readonly uid: string };

/** What a server-side dry run (`dryRun=All`, `fieldValidation=Strict`) said. `refusal` = the server would say no. */
export interface DryRun {
  readonly object?: KubeObject;
  readonly warnings: readonly string[];
  readonly refusal?: Refusal;
}

/**
 * Reads. Errors: `target` `kubernetes_unreachable` (retryable) | `kubernetes_unauthorized` | `kubernetes_forbidden` |
 * `kubernetes_error`; `not_found` `object_not_found`; `input` `unknown_kind` (hint names near kinds); `timeout` `kubernetes_timeout`.
 */
export interface KubernetesReader {
  /** Hash of server address and CA: a plan made for one cluster never runs on another. */
  identity(): Promise<string>;
  version(signal: AbortSignal): Promise<string>;
  kinds(signal: AbortSignal): Promise<readonly KubeKind[]>;
  /** Accepts what people type: `Deployment`, `deploy`, `deployments`, `deployments.apps`, `apps/v1/Deployment`. */
  kind(name: string, signal: AbortSignal): Promise<KubeKind>;
  get(ref: KubeRef, signal: AbortSignal): Promise<KubeObject>;
  /** One page. */
  list(kind: KubeKind, options: ListOptions, signal: AbortSignal): Promise<KubeList>;
  /** All pages. */
  listAll(kind: KubeKind, options: ListOptions, signal: AbortSignal): Promise<readonly KubeObject[]>;
  logs(namespace: string, pod: string, options: LogOptions, signal: AbortSignal): Promise<string>;
  dryRun(write: KubeWrite, signal: AbortSignal): Promise<DryRun>;
}

export interface KubernetesWriter extends KubernetesReader {
  /** Sends exactly this write. `send()` checks the permit against the object it is about to touch. Never retried. */
  write(write: KubeWrite, permit: Permit, signal: AbortSignal): Promise<KubeObject | undefined>;
}
