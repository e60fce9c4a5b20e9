import type { KubeJson } from '../json.ts';

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  [field: string]: unknown;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: readonly Requirement[];
}

export interface Requirement {
  key: string;
  operator: string;
  values?: readonly string[];
}

export interface Resources {
  requests?: Record<string, string | number>;
  limits?: Record<string, string | number>;
}

export interface Reference {
  name?: string;
  key?: string;
  optional?: boolean;
}

export interface Container {
  name: string;
  image: string;
  ports?: readonly { name?: string; containerPort: number; hostPort?: number; hostIP?: string; protocol?: string }[];
  resources?: Resources;
  env?: readonly { name: string; valueFrom?: { configMapKeyRef?: Reference; secretKeyRef?: Reference } }[];
  envFrom?: readonly { configMapRef?: Reference; secretRef?: Reference }[];
  imagePullPolicy?: string;
  restartPolicy?: string;
  readinessProbe?: unknown;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export interface Taint {
  key: string;
  value?: string;
  effect: string;
  timeAdded?: string;
}

export interface NodeSelectorTerm {
  matchExpressions?: readonly Requirement[];
  matchFields?: readonly Requirement[];
}

export interface PodAffinityTerm {
  labelSelector?: LabelSelector;
  topologyKey: string;
  namespaces?: readonly string[];
}

export interface Affinity {
  nodeAffinity?: {
    requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: readonly NodeSelectorTerm[] };
  };
  podAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
  podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[] };
}

export interface Volume {
  name: string;
  persistentVolumeClaim?: { claimName: string };
  configMap?: Reference;
  secret?: { secretName: string; optional?: boolean };
}

export interface PodSpec {
  nodeName?: string;
  nodeSelector?: Record<string, string>;
  affinity?: Affinity;
  tolerations?: readonly Toleration[];
  containers: readonly Container[];
  initContainers?: readonly Container[];
  volumes?: readonly Volume[];
  restartPolicy?: string;
  hostNetwork?: boolean;
  priority?: number;
  terminationGracePeriodSeconds?: number;
  overhead?: Record<string, string>;
  schedulerName?: string;
  [field: string]: unknown;
}

export interface ContainerState {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: {
    exitCode: number;
    reason: string;
    startedAt: string;
    finishedAt: string;
    containerID?: string;
  };
}

export interface ContainerStatus {
  name: string;
  image: string;
  imageID: string;
  ready: boolean;
  started?: boolean;
  restartCount: number;
  state: ContainerState;
  lastState: ContainerState;
  containerID?: string;
}

export interface PodStatus {
  phase?: string;
  startTime?: string;
  hostIP?: string;
  podIP?: string;
  conditions?: readonly Condition[];
  containerStatuses?: readonly ContainerStatus[];
  initContainerStatuses?: readonly ContainerStatus[];
  [field: string]: unknown;
}

export interface Pod extends KubeJson {
  spec: PodSpec;
  status?: PodStatus;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; [field: string]: unknown };
  spec: PodSpec;
}
