import type { KubeKind, KubernetesReader } from '../../../clients/kubernetes/contract.ts';
import { inputError } from '../../../core/errors.ts';
import type { Target } from '../../../core/target.ts';

/** Kinds whose group everybody leaves out. What is not here is written `Kind.group`, e.g. `Certificate.cert-manager.io`. */
const GROUP_OF: Readonly<Record<string, string>> = {
  Pod: '',
  Node: '',
  Namespace: '',
  Service: '',
  ConfigMap: '',
  Secret: '',
  ServiceAccount: '',
  PersistentVolumeClaim: '',
  PersistentVolume: '',
  ResourceQuota: '',
  LimitRange: '',
  Endpoints: '',
  Event: '',
  ReplicationController: '',
  Deployment: 'apps',
  ReplicaSet: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  ControllerRevision: 'apps',
  Job: 'batch',
  CronJob: 'batch',
  HorizontalPodAutoscaler: 'autoscaling',
  Ingress: 'networking.k8s.io',
  IngressClass: 'networking.k8s.io',
  NetworkPolicy: 'networking.k8s.io',
  EndpointSlice: 'discovery.k8s.io',
  PodDisruptionBudget: 'policy',
  StorageClass: 'storage.k8s.io',
  VolumeAttachment: 'storage.k8s.io',
  CSIDriver: 'storage.k8s.io',
  CSINode: 'storage.k8s.io',
  PriorityClass: 'scheduling.k8s.io',
  Lease: 'coordination.k8s.io',
  Role: 'rbac.authorization.k8s.io',
  RoleBinding: 'rbac.authorization.k8s.io',
  ClusterRole: 'rbac.authorization.k8s.io',
  ClusterRoleBinding: 'rbac.authorization.k8s.io',
  CustomResourceDefinition: 'apiextensions.k8s.io',
  ValidatingWebhookConfiguration: 'admissionregistration.k8s.io',
  MutatingWebhookConfiguration: 'admissionregistration.k8s.io',
};

const SHORT: Readonly<Record<string, string>> = {
  po: 'Pod',
  no: 'Node',
  ns: 'Namespace',
  svc: 'Service',
  cm: 'ConfigMap',
  sa: 'ServiceAccount',
  pvc: 'PersistentVolumeClaim',
  pv: 'PersistentVolume',
  deploy: 'Deployment',
  rs: 'ReplicaSet',
  sts: 'StatefulSet',
  ds: 'DaemonSet',
  cj: 'CronJob',
  hpa: 'HorizontalPodAutoscaler',
  ing: 'Ingress',
  netpol: 'NetworkPolicy',
  pdb: 'PodDisruptionBudget',
  sc: 'StorageClass',
  crd: 'CustomResourceDefinition',
};

const BY_NAME = new Map(
  Object.keys(GROUP_OF).flatMap((kind) => [kind.toLowerCase(), plural(kind)].map((name) => [name, kind])),
);

function plural(kind: string): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith('s')) return `${lower}es`;
  return lower.endsWith('y') && !lower.endsWith('ay') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

export interface NamedObject {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/**
 * The target that an input names, worked out from the text alone, before anything is asked.
 * `resolveTarget` proves it right against the cluster before a plan is made from it.
 */
export function targetOf({ kind, namespace, name }: NamedObject): Target {
  const [bare = '', ...rest] = kind.split('.');
  const known = SHORT[bare.toLowerCase()] ?? BY_NAME.get(bare.toLowerCase()) ?? bare;
  const group = rest.length > 0 ? rest.join('.') : (GROUP_OF[known] ?? '');
  return {
    system: 'kubernetes',
    kind: known,
    ...(group === '' ? {} : { group }),
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
    name,
  };
}

/** The served kind of a target. Errors: `unknown_kind`, `kind_spelling` (the text names something else), `namespace_missing`, `namespace_not_allowed`. */
export async function resolveTarget(
  kubernetes: KubernetesReader,
  target: Target,
  signal: AbortSignal,
): Promise<KubeKind> {
  const kind = await kubernetes.kind(
    target.group === undefined ? target.kind : `${target.kind}.${target.group}`,
    signal,
  );
  if (kind.kind !== target.kind || kind.group !== (target.group ?? ''))
    throw inputError(
      'kind_spelling',
      `Unable to plan for kind "${target.kind}": the cluster knows it as ${kind.kind}${kind.group === '' ? '' : ` of ${kind.group}`}.`,
      `Write kind as "${kind.kind}${kind.group === '' ? '' : `.${kind.group}`}".`,
    );
  checkNamespace(kind, target);
  return kind;
}

export function checkNamespace(kind: KubeKind, { namespace, name }: Target): void {
  if (kind.namespaced && namespace === undefined)
    throw inputError(
      'namespace_missing',
      `Unable to plan for ${kind.kind} ${name}: it lives in a namespace and none is named.`,
      'Name the namespace.',
    );
  if (!kind.namespaced && namespace !== undefined)
    throw inputError(
      'namespace_not_allowed',
      `Unable to plan for ${kind.kind} ${name}: this kind has no namespace, and "${namespace}" is named.`,
      'Leave the namespace out.',
    );
}
