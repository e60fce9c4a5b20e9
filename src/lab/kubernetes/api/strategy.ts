import type { Json, JsonObject, KubeJson } from '../json.ts';
import { isObject, objectAt, objectsAt, textAt } from '../objects/json.ts';
import { type Resource, resourceKey } from '../resource.ts';

/** Kinds that count the changes of their spec; custom resources do as well. */
const COUNTED = new Set([
  'pods',
  'replicationcontrollers',
  'replicasets.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'deployments.apps',
  'jobs.batch',
  'cronjobs.batch',
  'ingresses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'ingressclasses.networking.k8s.io',
  'poddisruptionbudgets.policy',
  'endpointslices.discovery.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
]);

export const countsGenerations = (resource: Resource & { definition?: KubeJson }): boolean =>
  resource.definition !== undefined || COUNTED.has(resourceKey(resource));

/** Kinds whose delete answers with the object rather than with a Status. */
const RETURNED = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumes',
  'persistentvolumeclaims',
  'podtemplates',
  'resourcequotas',
  'storageclasses.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'csidrivers.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
]);

export const answersWithObject = (resource: Resource): boolean => RETURNED.has(resourceKey(resource));

/** Dependents of these stay when nobody says what shall become of them. */
export const orphansByDefault = (resource: Resource): boolean =>
  ['jobs.batch', 'replicationcontrollers'].includes(resourceKey(resource));

/** Status at birth, as the real API server writes it; none for kinds that have no status. */
const FIRST_STATUS: Readonly<Record<string, JsonObject>> = {
  services: { loadBalancer: {} },
  persistentvolumes: { phase: 'Pending' },
  persistentvolumeclaims: { phase: 'Pending' },
  resourcequotas: {},
  namespaces: { phase: 'Active' },
  replicationcontrollers: { replicas: 0 },
  'replicasets.apps': { replicas: 0 },
  'statefulsets.apps': { replicas: 0, availableReplicas: 0 },
  'daemonsets.apps': { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  'deployments.apps': {},
  'jobs.batch': {},
  'cronjobs.batch': {},
  'ingresses.networking.k8s.io': { loadBalancer: {} },
  'poddisruptionbudgets.policy': { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  'volumeattachments.storage.k8s.io': { attached: false },
  'horizontalpodautoscalers.autoscaling': { desiredReplicas: 0, currentMetrics: null },
};

const hasStatus = (resource: Resource): boolean => resource.subresources.includes('status');

const without = <T extends object>(object: T, key: string): T =>
  // One member less; every caller drops an optional one.
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) as T;

/** Requests and limits of a pod decide who goes first when memory runs out. */
export function qosClass(spec: JsonObject | undefined): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')];
  const resources = containers.map((container) => ({
    requests: objectAt(container, 'resources', 'requests') ?? {},
    limits: objectAt(container, 'resources', 'limits') ?? {},
  }));
  const named = (list: JsonObject): string[] => Object.keys(list).filter((name) => name === 'cpu' || name === 'memory');
  if (resources.every(({ requests, limits }) => named(requests).length === 0 && named(limits).length === 0))
    return 'BestEffort';
  const guaranteed = resources.every(
    ({ requests, limits }) =>
      named(limits).length === 2 && named(limits).every((name) => (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

const NODE_INFO = [
  'machineID',
  'systemUUID',
  'bootID',
  'kernelVersion',
  'osImage',
  'containerRuntimeVersion',
  'kubeletVersion',
  'kubeProxyVersion',
  'operatingSystem',
  'architecture',
];

function nodeStatus(given: unknown): JsonObject {
  const status = isObject(given) ? given : {};
  const blank = Object.fromEntries(NODE_INFO.map((name): [string, Json] => [name, '']));
  return {
    daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
    ...status,
    nodeInfo: { ...blank, ...objectAt(status, 'nodeInfo') },
  };
}

function firstStatus(resource: Resource, object: KubeJson, now: string): JsonObject | undefined {
  const key = resourceKey(resource);
  if (key === 'pods') {
    const spec = isObject(object.spec) ? object.spec : undefined;
    return { phase: 'Pending', qosClass: qosClass(spec) };
  }
  // A kubelet registers its node with what it knows of the machine.
  if (key === 'nodes') return nodeStatus(object.status);
  if (key === 'persistentvolumes') return { phase: 'Pending', lastPhaseTransitionTime: now };
  return FIRST_STATUS[key];
}

/** The object as it begins: status of its kind instead of the one that was sent, generation 1 where it is counted. */
export function atBirth(resource: Resource & { definition?: KubeJson }, object: KubeJson, now: string): KubeJson {
  const status = firstStatus(resource, object, now);
  const bare = hasStatus(resource) && resourceKey(resource) !== CRDS ? without(object, 'status') : object;
  const generation = countsGenerations(resource) ? { generation: 1 } : {};
  return { ...bare, metadata: { ...object.metadata, ...generation }, ...(status && { status }) };
}

const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/** Everything that a change of counts as a new generation. */
const counted = (resource: Resource, object: KubeJson): string => {
  const { metadata: _, status, ...rest } = object;
  return JSON.stringify(hasStatus(resource) ? rest : { ...rest, status });
};

/** Metadata that belongs to the server, whatever a client sends. */
function keptMetadata(current: KubeJson, next: KubeJson): KubeJson['metadata'] {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion } =
    current.metadata;
  const { name, namespace } = current.metadata;
  const sent = { ...next.metadata };
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'selfLink'] as const)
    Reflect.deleteProperty(sent, field);
  return {
    ...sent,
    name,
    ...(namespace !== undefined && { namespace }),
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation !== undefined && { generation }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
  };
}

/** A new spec over the stored object: its status stays, and its generation counts up when something else changed. */
export function overSpec(resource: Resource & { definition?: KubeJson }, current: KubeJson, next: KubeJson): KubeJson {
  const metadata = keptMetadata(current, next);
  const bare = hasStatus(resource) ? without(next, 'status') : next;
  const merged: KubeJson = {
    ...bare,
    metadata,
    ...(hasStatus(resource) && current.status !== undefined && { status: current.status }),
  };
  if (!countsGenerations(resource) || counted(resource, merged) === counted(resource, current)) return merged;
  return { ...merged, metadata: { ...metadata, generation: (current.metadata.generation ?? 0) + 1 } };
}

/** A new status over the stored object: spec, labels, owners and finalizers stay. */
export function overStatus(current: KubeJson, next: KubeJson): KubeJson {
  const metadata = keptMetadata(current, next);
  for (const field of ['labels', 'ownerReferences', 'finalizers'] as const) Reflect.deleteProperty(metadata, field);
  const { labels, ownerReferences, finalizers } = current.metadata;
  return {
    ...current,
    metadata: {
      ...metadata,
      ...(labels && { labels }),
      ...(ownerReferences && { ownerReferences }),
      ...(finalizers && { finalizers }),
    },
    ...(next.status !== undefined && { status: next.status }),
  };
}

/** Stored as given: what a pod's `spec.nodeName` says, '' when it has none. */
export const nodeOf = (pod: KubeJson): string => textAt(pod.spec, 'nodeName') ?? '';
