import type { Parts } from '../parts.ts';

/** `Kind namespace/name`, or `Kind name` for what has no namespace. */
const keyOf = (kind: string, namespace: string | undefined, name: string): string =>
  `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;

/** Kinds of releases' objects that live outside of namespaces; a manifest does not say. */
const CLUSTER_WIDE: ReadonlySet<string> = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'StorageClass',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PriorityClass',
  'IngressClass',
  'CSIDriver',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'APIService',
]);

export interface ReleaseLinks {
  /** Keys of the objects that a release holds, as `Deployment media/web`. */
  objectsOf(release: string): readonly string[];
  /** The release (`namespace/name`) that holds this object. */
  releaseOf(kind: string, namespace: string | undefined, name: string): string | undefined;
}

/** Release -> objects and back, over the newest revisions; an uninstalled release holds nothing. */
export function linkReleases(releases: Parts['helmReleases']): ReleaseLinks {
  const holds = new Map<string, readonly string[]>();
  const heldBy = new Map<string, string>();
  for (const [id, { metadata, status, objects }] of releases) {
    if (status === 'uninstalled') continue;
    const keys = objects.map(({ kind, namespace, name }) =>
      keyOf(kind, CLUSTER_WIDE.has(kind) ? undefined : (namespace ?? metadata.namespace), name),
    );
    holds.set(id, keys);
    for (const key of keys) heldBy.set(key, id);
  }
  return {
    objectsOf: (release) => holds.get(release) ?? [],
    releaseOf: (kind, namespace, name) => heldBy.get(keyOf(kind, namespace, name)),
  };
}
