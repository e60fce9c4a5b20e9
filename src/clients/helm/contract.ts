import type { KubeObject } from '../kubernetes/contract.ts';

/** Statuses as helm writes them. `pending-*` after a crash blocks every later upgrade until it is repaired. */
export type ReleaseStatus =
  | 'deployed'
  | 'superseded'
  | 'failed'
  | 'uninstalled'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'
  | 'unknown';

/** One revision of a release, without its manifest. */
export interface ReleaseRevision {
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly status: ReleaseStatus;
  readonly chart: string;
  readonly chartVersion: string;
  readonly appVersion: string;
  readonly updatedAt: string;
  readonly description: string;
  /** The Secret that holds it. */
  readonly secret: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

export interface Release extends ReleaseRevision {
  /** What the user set; may hold secrets. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly manifest: string;
  readonly notes: string;
  readonly hooks: readonly { readonly name: string; readonly kind: string; readonly events: readonly string[] }[];
  /** Objects of the manifest, namespaces filled in as far as the manifest says. */
  readonly objects: readonly KubeObject[];
}

/**
 * Reads releases from their Secrets, without a helm binary. Errors: those of the Kubernetes client;
 * `not_found` `release_not_found`; `target` `release_unreadable` for a Secret that does not hold a release.
 */
export interface HelmReader {
  /** The newest revision of every release, by namespace and name. */
  releases(options: { readonly namespace?: string }, signal: AbortSignal): Promise<readonly ReleaseRevision[]>;
  /** Newest first. */
  history(namespace: string, name: string, signal: AbortSignal): Promise<readonly ReleaseRevision[]>;
  release(namespace: string, name: string, revision: number | 'latest', signal: AbortSignal): Promise<Release>;
}
