import type { JsonObject, KubeJson } from '../json.ts';
import { invalidObject } from './fault.ts';
import { equalJson, listAt, objectAt, objectsAt } from './json.ts';
import { dns1035LabelFaults, dnsLabelFaults, dnsSubdomainFaults, pathSegmentFaults } from './names.ts';
import type { Cause } from './rules/causes.ts';
import { forbiddenField } from './rules/causes.ts';
import * as cluster from './rules/cluster.ts';
import * as jobs from './rules/jobs.ts';
import { metadataCauses, metadataChangeCauses } from './rules/meta.ts';
import * as network from './rules/network.ts';
import { podSpecCauses, taintsCauses } from './rules/pod.ts';
import * as scaling from './rules/scaling.ts';
import * as storage from './rules/storage.ts';
import * as workloads from './rules/workloads.ts';
import type { GroupVersionKind } from './schema.ts';

type Rules = (object: KubeJson, old?: KubeJson) => readonly Cause[];

const RULES: Readonly<Record<string, Rules>> = {
  Pod: podCauses,
  Node: (object) => taintsCauses(objectAt(object, 'spec')),
  ConfigMap: cluster.configMapCauses,
  Secret: cluster.secretCauses,
  Service: network.serviceCauses,
  Event: cluster.eventCauses,
  PersistentVolumeClaim: storage.claimCauses,
  PersistentVolume: storage.volumeCauses,
  'Deployment.apps': workloads.deploymentCauses,
  'ReplicaSet.apps': workloads.replicaSetCauses,
  'DaemonSet.apps': workloads.daemonSetCauses,
  'StatefulSet.apps': workloads.statefulSetCauses,
  'Job.batch': jobs.jobCauses,
  'CronJob.batch': jobs.cronJobCauses,
  'Ingress.networking.k8s.io': network.ingressCauses,
  'NetworkPolicy.networking.k8s.io': network.networkPolicyCauses,
  'PodDisruptionBudget.policy': scaling.disruptionBudgetCauses,
  'HorizontalPodAutoscaler.autoscaling': scaling.autoscalerCauses,
  'Role.rbac.authorization.k8s.io': cluster.roleCauses,
  'ClusterRole.rbac.authorization.k8s.io': cluster.roleCauses,
  'RoleBinding.rbac.authorization.k8s.io': cluster.bindingCauses,
  'ClusterRoleBinding.rbac.authorization.k8s.io': cluster.bindingCauses,
  'StorageClass.storage.k8s.io': storage.storageClassCauses,
  'PriorityClass.scheduling.k8s.io': cluster.priorityClassCauses,
};

/** Kinds whose names are stricter, or freer, than a DNS subdomain. */
const NAME_RULES: Readonly<Record<string, (name: string) => readonly string[]>> = {
  Namespace: labelOnly(dnsLabelFaults),
  Service: labelOnly(dns1035LabelFaults),
  'StatefulSet.apps': labelOnly(dnsLabelFaults),
  'Role.rbac.authorization.k8s.io': pathSegmentFaults,
  'ClusterRole.rbac.authorization.k8s.io': pathSegmentFaults,
  'RoleBinding.rbac.authorization.k8s.io': pathSegmentFaults,
  'ClusterRoleBinding.rbac.authorization.k8s.io': pathSegmentFaults,
};

/** A name with a dot gets the shorter sentence. */
function labelOnly(faults: (name: string) => readonly string[]): (name: string) => readonly string[] {
  return (name) => (name.includes('.') ? ['must not contain dots'] : faults(name));
}

const keyOf = ({ group, kind }: GroupVersionKind): string => (group === '' ? kind : `${kind}.${group}`);

/**
 * Judges an object of a built-in kind as the real API does, after decoding and defaulting: names, labels, and what each
 * kind demands; with `old`, also what may not change. Custom kinds are judged by their metadata alone.
 * Throws `ApiFault` 422 with every cause.
 * @param old the stored object, on an update of the main resource (not of `status`)
 */
export function validateObject(gvk: GroupVersionKind, object: KubeJson, old?: KubeJson): void {
  const key = keyOf(gvk);
  const metadata = object.metadata as unknown as JsonObject; // metadata is JSON; ObjectMeta only names its members
  const causes = [
    ...metadataCauses(metadata, 'metadata', NAME_RULES[key] ?? dnsSubdomainFaults),
    ...(old ? metadataChangeCauses(metadata, old.metadata as unknown as JsonObject) : []),
    ...(RULES[key]?.(object, old) ?? []),
  ];
  if (causes.length > 0) throw invalidObject({ ...gvk, name: object.metadata.name }, causes);
}

const POD_UPDATE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n';

/** The part of a pod's spec that no update may touch. */
function fixedPart(pod: KubeJson, isGated: boolean): JsonObject {
  const withoutImages = (member: string): JsonObject[] =>
    objectsAt(pod, 'spec', member).map((container) => ({ ...container, image: '' }));
  return {
    ...objectAt(pod, 'spec'),
    containers: withoutImages('containers'),
    initContainers: withoutImages('initContainers'),
    activeDeadlineSeconds: null,
    tolerations: null,
    ...(isGated && { schedulingGates: null, nodeSelector: null, affinity: null }),
  };
}

function podCauses(object: KubeJson, old?: KubeJson): readonly Cause[] {
  const causes = podSpecCauses(objectAt(object, 'spec') ?? {}, 'spec');
  if (!old) return causes;
  const isGated = listAt(old, 'spec', 'schedulingGates').length > 0;
  const kept = listAt(old, 'spec', 'tolerations').every((before) =>
    listAt(object, 'spec', 'tolerations').some((now) => equalJson(now, before)),
  );
  return [
    ...causes,
    ...(kept
      ? []
      : [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]),
    ...(equalJson(fixedPart(object, isGated), fixedPart(old, isGated)) ? [] : [forbiddenField('spec', POD_UPDATE)]),
  ];
}
