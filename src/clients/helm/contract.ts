import type { Permit } from '../../core/permit.ts';
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

/** An object that a manifest names; `namespace` only where the manifest writes it. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** `helm.sh/resource-policy: keep`: it stays when the release lets it go. */
  readonly keep: boolean;
}

export interface ListedRelease extends ReleaseRevision {
  /** What its newest revision holds. */
  readonly refs: readonly ObjectRef[];
  /** Why the Secret of the newest revision could not be read; the status is then `unknown`. */
  readonly unreadable?: string;
}

/** A job or pod that helm runs at a point of a release's life; `events` as helm writes them (`pre-upgrade`). */
export interface Hook {
  readonly name: string;
  readonly kind: string;
  readonly events: readonly string[];
  readonly object?: KubeObject;
}

export interface Release extends ReleaseRevision {
  /** What the user set; may hold secrets. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly manifest: string;
  /** Whether helm 4 wrote it by server-side apply; later changes go the same way, and meet conflicts. */
  readonly serverSide: boolean;
  readonly notes: string;
  readonly hooks: readonly Hook[];
  /** Objects of the manifest, namespaces filled in as far as the manifest says. */
  readonly objects: readonly KubeObject[];
}

/**
 * Reads releases from their Secrets, without a helm binary. Errors: those of the Kubernetes client;
 * `not_found` `release_not_found`; `target` `release_unreadable` for a Secret that does not hold a release.
 */
export interface HelmReader {
  /** The newest revision of every release, by namespace and name. */
  releases(options: { readonly namespace?: string }, signal: AbortSignal): Promise<readonly ListedRelease[]>;
  /** Newest first. */
  history(namespace: string, name: string, signal: AbortSignal): Promise<readonly ReleaseRevision[]>;
  release(namespace: string, name: string, revision: number | 'latest', signal: AbortSignal): Promise<Release>;
}

/** `repository/chart`, `oci://host/path/chart`, or `./chart` of a configured local folder; always with an exact version. */
export interface ChartRequest {
  readonly chart: string;
  readonly version: string;
}

/** A chart at hand, bound to its content: whoever is allowed to install it is allowed exactly these bytes. */
export interface Chart {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  /** sha256 of the archive, or of all files of a local chart. */
  readonly digest: string;
  /** Definitions that helm creates at the first install and never again. */
  readonly crds: readonly KubeObject[];
  /** Where it lies, for the client alone. */
  readonly file: string;
}

export interface RenderRequest {
  readonly operation: 'install' | 'upgrade';
  readonly namespace: string;
  readonly name: string;
  readonly chart: Chart;
  /** All values that the user sets; may hold secrets. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly createNamespace: boolean;
  /** The name belongs to an uninstalled release whose history was kept. */
  readonly replace: boolean;
  /** Rendered without the cluster: where the chart's own definitions are not there yet, helm can build no object of theirs. */
  readonly offline?: boolean;
}

/** What a release would hold, rendered against the live cluster (`--dry-run=server`). */
export interface Rendered {
  readonly objects: readonly KubeObject[];
  readonly hooks: readonly Hook[];
  readonly notes: string;
}

export interface HelmVersion {
  /** `v4.2.3` */
  readonly text: string;
  readonly major: 3 | 4;
}

/**
 * What plans need besides the reads; changes nothing outside. Errors: `config` `helm_missing | helm_too_old`;
 * `denied` `chart_not_allowed`; `input` `chart_version`; `target` `chart_unavailable | chart_mismatch | chart_refuses |
 * release_exists | release_busy | helm_failed`; `timeout` `command_timeout`.
 */
export interface HelmPlanner extends HelmReader {
  version(signal: AbortSignal): Promise<HelmVersion>;
  /** Fetches the chart anew at every call. */
  chart(request: ChartRequest, signal: AbortSignal): Promise<Chart>;
  render(request: RenderRequest, signal: AbortSignal): Promise<Rendered>;
}

interface Written {
  readonly namespace: string;
  readonly name: string;
  /** How long helm waits until everything runs; 0 = not at all. */
  readonly waitSeconds: number;
}

/** Every write that helm can be asked for, as data. */
export type HelmWrite =
  | (Omit<RenderRequest, 'operation'> & Written & { readonly verb: 'install' })
  | (Omit<RenderRequest, 'operation' | 'createNamespace' | 'replace'> & Written & { readonly verb: 'upgrade' })
  | (Written & { readonly verb: 'rollback'; readonly revision: number })
  | (Written & { readonly verb: 'uninstall'; readonly keepHistory: boolean });

export interface HelmWriter extends HelmPlanner {
  /**
   * Runs helm once, never again by itself. The permit must cover the release and, where a chart is used, exactly its content.
   * Errors besides those of `HelmPlanner`: those of `CheckPermit`; `target` `release_not_ready` (it was written, and did not
   * come up in time), `ownership_conflict`. After `command_timeout` the release may be left pending.
   */
  write(write: HelmWrite, permit: Permit, signal: AbortSignal): Promise<void>;
}
