/** The group versions that the lab serves, and of each the resources; the facts of every one are recorded (`../openapi/`). */
export const SERVED: Readonly<Record<string, readonly string[]>> = {
  v1: [
    'configmaps',
    'endpoints',
    'events',
    'limitranges',
    'namespaces',
    'nodes',
    'persistentvolumeclaims',
    'persistentvolumes',
    'pods',
    'podtemplates',
    'replicationcontrollers',
    'resourcequotas',
    'secrets',
    'serviceaccounts',
    'services',
  ],
  'apps/v1': ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  'events.k8s.io/v1': ['events'],
  'authorization.k8s.io/v1': ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
  'authentication.k8s.io/v1': ['selfsubjectreviews'],
  'autoscaling/v2': ['horizontalpodautoscalers'],
  'batch/v1': ['cronjobs', 'jobs'],
  'networking.k8s.io/v1': ['ingressclasses', 'ingresses', 'networkpolicies'],
  'policy/v1': ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io/v1': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'storage.k8s.io/v1': ['csidrivers', 'csinodes', 'storageclasses', 'volumeattachments'],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions'],
  'scheduling.k8s.io/v1': ['priorityclasses'],
  'coordination.k8s.io/v1': ['leases'],
  'discovery.k8s.io/v1': ['endpointslices'],
};

/** Subresources that need a running container or a token issuer, which the lab has not: left out of discovery. */
export const NOT_SERVED: ReadonlySet<string> = new Set([
  'pods/attach',
  'pods/exec',
  'pods/portforward',
  'pods/proxy',
  'pods/resize',
  'nodes/proxy',
  'services/proxy',
  'serviceaccounts/token',
]);

/** `v1` -> `core.v1`, `apps/v1` -> `apps.v1`: the name of a group version's recorded document. */
export const openApiSlug = (groupVersion: string): string =>
  groupVersion.includes('/') ? groupVersion.replace('/', '.') : `core.${groupVersion}`;

/** `v1` -> `api/v1`, `apps/v1` -> `apis/apps/v1`: its path below `/` and below `/openapi/v3/`. */
export const groupVersionPath = (groupVersion: string): string =>
  groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
