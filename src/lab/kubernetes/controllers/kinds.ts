import type { LabApi } from '../controller.ts';
import type { KubeJson } from '../json.ts';
import type { Condition, LabelSelector, NodeSelectorTerm, Pod, PodTemplate, Resources, Taint } from './pod-kinds.ts';

export type * from './pod-kinds.ts';

export interface Workload<Status, Spec = object> extends KubeJson {
  spec: Spec & { selector: LabelSelector; template: PodTemplate; replicas?: number; minReadySeconds?: number };
  status?: Status & { observedGeneration?: number; conditions?: readonly Condition[] };
}

export interface ReplicaCounts {
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  updatedReplicas?: number;
  terminatingReplicas?: number;
  [field: string]: unknown;
}

export type ReplicaSet = Workload<ReplicaCounts>;

export type Deployment = Workload<
  ReplicaCounts & { collisionCount?: number },
  {
    strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
    paused?: boolean;
    revisionHistoryLimit?: number;
    progressDeadlineSeconds?: number;
  }
>;

export type StatefulSet = Workload<
  ReplicaCounts & { currentRevision?: string; updateRevision?: string; collisionCount?: number },
  {
    serviceName?: string;
    podManagementPolicy?: string;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
    revisionHistoryLimit?: number;
    volumeClaimTemplates?: readonly {
      metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
      spec: object;
    }[];
  }
>;

export type DaemonSet = Workload<
  object,
  {
    updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: number | string } };
    revisionHistoryLimit?: number;
  }
>;

export interface JobSpec {
  parallelism?: number;
  completions?: number;
  backoffLimit?: number;
  activeDeadlineSeconds?: number;
  ttlSecondsAfterFinished?: number;
  suspend?: boolean;
  template: PodTemplate;
}

export interface Job extends KubeJson {
  spec: JobSpec;
  status?: {
    active?: number;
    succeeded?: number;
    failed?: number;
    startTime?: string;
    completionTime?: string;
    conditions?: readonly Condition[];
    [field: string]: unknown;
  };
}

export interface CronJob extends KubeJson {
  spec: {
    schedule: string;
    timeZone?: string;
    suspend?: boolean;
    concurrencyPolicy?: string;
    startingDeadlineSeconds?: number;
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
    jobTemplate: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
      spec: JobSpec;
    };
  };
  status?: { lastScheduleTime?: string; lastSuccessfulTime?: string; active?: readonly { uid?: string }[] };
}

export interface Node extends KubeJson {
  spec?: { unschedulable?: boolean; taints?: readonly Taint[]; podCIDR?: string; [field: string]: unknown };
  status?: {
    allocatable?: Record<string, string>;
    capacity?: Record<string, string>;
    addresses?: readonly { type: string; address: string }[];
    conditions?: readonly Condition[];
    nodeInfo?: { architecture?: string; [field: string]: unknown };
    [field: string]: unknown;
  };
}

export interface ServicePort {
  name?: string;
  port: number;
  targetPort?: number | string;
  protocol?: string;
  appProtocol?: string;
}

export interface Service extends KubeJson {
  spec: {
    type?: string;
    clusterIP?: string;
    selector?: Record<string, string>;
    ports?: readonly ServicePort[];
    publishNotReadyAddresses?: boolean;
    loadBalancerIP?: string;
    [field: string]: unknown;
  };
  status?: { loadBalancer?: { ingress?: readonly { ip?: string }[] } };
}

export interface PersistentVolumeClaim extends KubeJson {
  spec: {
    storageClassName?: string;
    volumeName?: string;
    accessModes?: readonly string[];
    volumeMode?: string;
    selector?: LabelSelector;
    resources?: Resources;
    [field: string]: unknown;
  };
  status?: { phase?: string; [field: string]: unknown };
}

export interface PersistentVolume extends KubeJson {
  spec: {
    capacity?: Record<string, string>;
    accessModes?: readonly string[];
    storageClassName?: string;
    claimRef?: { namespace?: string; name?: string; uid?: string };
    persistentVolumeReclaimPolicy?: string;
    nodeAffinity?: { required?: { nodeSelectorTerms: readonly NodeSelectorTerm[] } };
    [field: string]: unknown;
  };
  status?: { phase?: string };
}

export interface StorageClass extends KubeJson {
  provisioner: string;
  volumeBindingMode?: string;
  reclaimPolicy?: string;
  allowedTopologies?: readonly { matchLabelExpressions?: readonly { key: string; values: readonly string[] }[] }[];
}

export interface DisruptionBudget extends KubeJson {
  spec: { selector?: LabelSelector; minAvailable?: number | string; maxUnavailable?: number | string };
  status?: {
    disruptionsAllowed?: number;
    disruptedPods?: Record<string, string>;
    observedGeneration?: number;
    conditions?: readonly Condition[];
    [field: string]: unknown;
  };
}

export interface Namespace extends KubeJson {
  spec?: { finalizers?: readonly string[] };
  status?: { phase?: string; conditions?: readonly Condition[] };
}

/** Resource key -> the view of its objects that the controllers use. */
export interface Kinds {
  pods: Pod;
  nodes: Node;
  namespaces: Namespace;
  services: Service;
  endpoints: KubeJson;
  serviceaccounts: KubeJson;
  configmaps: KubeJson;
  secrets: KubeJson;
  events: KubeJson;
  persistentvolumeclaims: PersistentVolumeClaim;
  persistentvolumes: PersistentVolume;
  'replicasets.apps': ReplicaSet;
  'deployments.apps': Deployment;
  'statefulsets.apps': StatefulSet;
  'daemonsets.apps': DaemonSet;
  'controllerrevisions.apps': KubeJson;
  'jobs.batch': Job;
  'cronjobs.batch': CronJob;
  'endpointslices.discovery.k8s.io': KubeJson;
  'poddisruptionbudgets.policy': DisruptionBudget;
  'storageclasses.storage.k8s.io': StorageClass;
  'volumeattachments.storage.k8s.io': KubeJson;
}

/** All objects of a resource, ordered by namespace and name. */
export const all = <R extends keyof Kinds>(api: LabApi, resource: R, namespace?: string): readonly Kinds[R][] =>
  // The API has checked every stored object against the schema of its kind, of which `Kinds` names a part.
  api.list(resource, namespace) as readonly unknown[] as readonly Kinds[R][];

export const one = <R extends keyof Kinds>(
  api: LabApi,
  resource: R,
  namespace: string | undefined,
  name: string,
): Kinds[R] | undefined =>
  // As above.
  api.get(resource, namespace, name) as unknown as Kinds[R] | undefined;
