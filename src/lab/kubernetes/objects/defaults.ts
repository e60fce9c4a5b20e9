import type { JsonObject, KubeJson } from '../json.ts';
import { child, each, fill, within } from './defaults/fill.ts';
import { podDefaults, podSpecDefaults } from './defaults/pod.ts';
import * as workloads from './defaults/workloads.ts';
import { listAt, textAt } from './json.ts';
import type { GroupVersionKind } from './schema.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** What the real API fills in for each kind (the defaulting of its scheme); admission and allocation come after. */
const DEFAULTS: Readonly<Record<string, (object: JsonObject) => void>> = {
  Pod: podDefaults,
  PodTemplate: (object) => within(object, ['template', 'spec'], podSpecDefaults),
  Service: serviceDefaults,
  Secret: (object) => fill(object, { type: 'Opaque' }),
  Namespace: namespaceDefaults,
  Node: nodeDefaults,
  PersistentVolumeClaim: (object) => fill(child(object, 'spec'), { volumeMode: 'Filesystem' }),
  PersistentVolume: volumeDefaults,
  Endpoints: (object) => each(object, ['subsets'], (subset) => each(subset, ['ports'], tcp)),
  LimitRange: (object) => each(object, ['spec', 'limits'], limitDefaults),
  ReplicationController: workloads.replicationControllerDefaults,
  'Deployment.apps': workloads.deploymentDefaults,
  'ReplicaSet.apps': workloads.replicaSetDefaults,
  'DaemonSet.apps': workloads.daemonSetDefaults,
  'StatefulSet.apps': workloads.statefulSetDefaults,
  'Job.batch': workloads.jobDefaults,
  'CronJob.batch': workloads.cronJobDefaults,
  'HorizontalPodAutoscaler.autoscaling': workloads.autoscalerDefaults,
  'CustomResourceDefinition.apiextensions.k8s.io': workloads.definitionDefaults,
  'EndpointSlice.discovery.k8s.io': (object) =>
    each(object, ['ports'], (port) => fill(port, { name: '', protocol: 'TCP' })),
  'IngressClass.networking.k8s.io': (object) =>
    within(object, ['spec', 'parameters'], (parameters) => fill(parameters, { scope: 'Cluster' })),
  'NetworkPolicy.networking.k8s.io': networkPolicyDefaults,
  [`RoleBinding.${RBAC}`]: bindingDefaults,
  [`ClusterRoleBinding.${RBAC}`]: bindingDefaults,
  'StorageClass.storage.k8s.io': (object) => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'CSIDriver.storage.k8s.io': csiDriverDefaults,
  'PriorityClass.scheduling.k8s.io': (object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
};

/**
 * A decoded object of a built-in kind with its defaults; the object itself is not changed.
 * The defaults of a custom kind stand in its schema (`customDefaults`).
 */
export function applyDefaults({ group, kind }: GroupVersionKind, object: KubeJson): KubeJson {
  const defaults = DEFAULTS[group === '' ? kind : `${kind}.${group}`];
  if (!defaults) return object;
  const copy = structuredClone(object);
  defaults(copy as unknown as JsonObject); // an object of the API is JSON; KubeJson only names its members
  return copy;
}

const tcp = (port: JsonObject): void => fill(port, { protocol: 'TCP' });

function serviceDefaults(service: JsonObject): void {
  const spec = child(service, 'spec');
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (spec['sessionAffinity'] === 'ClientIP')
    fill(child(child(spec, 'sessionAffinityConfig'), 'clientIP'), { timeoutSeconds: 10_800 });
  const type = spec['type'];
  if (type !== 'ExternalName') fill(spec, { internalTrafficPolicy: 'Cluster' });
  if (type === 'NodePort' || type === 'LoadBalancer') fill(spec, { externalTrafficPolicy: 'Cluster' });
  if (type === 'LoadBalancer') fill(spec, { allocateLoadBalancerNodePorts: true });
  each(spec, ['ports'], (port) => {
    tcp(port);
    if (!port['targetPort']) port['targetPort'] = port['port'] ?? 0;
  });
}

function namespaceDefaults(namespace: JsonObject): void {
  const name = textAt(namespace, 'metadata', 'name');
  if (name) fill(child(child(namespace, 'metadata'), 'labels'), { 'kubernetes.io/metadata.name': name });
}

function nodeDefaults(node: JsonObject): void {
  within(node, ['status', 'capacity'], (capacity) => fill(child(child(node, 'status'), 'allocatable'), capacity));
}

function volumeDefaults(volume: JsonObject): void {
  const spec = child(volume, 'spec');
  fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
  within(spec, ['hostPath'], (source) => fill(source, { type: '' }));
}

/** A container's default limit is its maximum, its default request the default limit, else the minimum. */
function limitDefaults(item: JsonObject): void {
  if (item['type'] !== 'Container') return;
  within(item, ['max'], (max) => fill(child(item, 'default'), max));
  within(item, ['default'], (limits) => fill(child(item, 'defaultRequest'), limits));
  within(item, ['min'], (min) => fill(child(item, 'defaultRequest'), min));
}

function networkPolicyDefaults(policy: JsonObject): void {
  const spec = child(policy, 'spec');
  for (const direction of ['ingress', 'egress']) each(spec, [direction], (rule) => each(rule, ['ports'], tcp));
  if (listAt(spec, 'policyTypes').length > 0) return;
  spec['policyTypes'] = listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function bindingDefaults(binding: JsonObject): void {
  const role = child(binding, 'roleRef');
  if (!role['apiGroup']) role['apiGroup'] = RBAC;
  each(binding, ['subjects'], (subject) => {
    if (subject['kind'] === 'User' || subject['kind'] === 'Group') fill(subject, { apiGroup: RBAC });
  });
}

function csiDriverDefaults(driver: JsonObject): void {
  fill(child(driver, 'spec'), {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    volumeLifecycleModes: ['Persistent'],
    requiresRepublish: false,
    seLinuxMount: false,
  });
}
