import { stringify } from 'yaml';
import type { Proposal } from '../core/consult.ts';
import type { Target } from '../core/target.ts';

/** Objects and proposals as the guard hands them over: what a server-side dry run returns, defaults and managed fields included. */

const GROUPS: Readonly<Record<string, string>> = {
  Deployment: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  Job: 'batch',
  CronJob: 'batch',
  NetworkPolicy: 'networking.k8s.io',
  Ingress: 'networking.k8s.io',
  ClusterRole: 'rbac.authorization.k8s.io',
};

export const targetOf = (kind: string, name: string, namespace?: string): Target => ({
  system: 'kubernetes',
  kind,
  ...(GROUPS[kind] !== undefined && { group: GROUPS[kind] }),
  ...(namespace !== undefined && { namespace }),
  name,
});

export const objectOf = (
  kind: string,
  name: string,
  namespace: string | undefined,
  rest: object,
  labels: object = {},
) => ({
  apiVersion: GROUPS[kind] === undefined ? 'v1' : `${GROUPS[kind]}/v1`,
  kind,
  metadata: {
    name,
    ...(namespace !== undefined && { namespace }),
    uid: '6b3f0e2c-8f8a-4c39-9d7c-51f7f0f6a111',
    resourceVersion: '48213',
    generation: 3,
    creationTimestamp: '2026-03-02T10:00:00Z',
    labels,
    managedFields: [{ manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:nodeAffinity': {} } } }],
  },
  ...rest,
});

export const containerOf = (name: string, image: string, rest: object = {}) => ({
  name,
  image,
  imagePullPolicy: 'IfNotPresent',
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  ...rest,
});

export const podSpecOf = (containers: readonly object[], rest: object = {}) => ({
  containers,
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
  ...rest,
});

/** A workload with everything the API server fills in. */
export const workloadOf = (kind: string, name: string, namespace: string, podSpec: object, rest: object = {}) =>
  objectOf(
    kind,
    name,
    namespace,
    {
      spec: {
        replicas: 1,
        selector: { matchLabels: { 'app.kubernetes.io/name': name } },
        template: { metadata: { labels: { 'app.kubernetes.io/name': name } }, spec: podSpec },
        ...(kind === 'Deployment' && {
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
          revisionHistoryLimit: 10,
          progressDeadlineSeconds: 600,
        }),
        ...rest,
      },
      status: { replicas: 1, readyReplicas: 1, conditions: [{ type: 'Available', status: 'True' }] },
    },
    { 'app.kubernetes.io/name': name },
  );

export const cronJobOf = (name: string, namespace: string, podSpec: object) =>
  objectOf('CronJob', name, namespace, {
    spec: {
      schedule: '0 3 * * *',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { template: { spec: podSpec } } },
    },
  });

export const serviceOf = (
  name: string,
  namespace: string,
  selector: object,
  rest: object = {},
  annotations: object = {},
) => {
  const service = objectOf('Service', name, namespace, {
    spec: {
      selector,
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ...rest,
    },
  });
  return { ...service, metadata: { ...service.metadata, annotations } };
};

export const nodeOf = (name: string, labels: object = {}, spec: object = {}) =>
  objectOf(
    'Node',
    name,
    undefined,
    { spec, status: { nodeInfo: { kubeletVersion: 'v1.36.4+k3s1' } } },
    {
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': name,
      ...labels,
    },
  );

export function proposalOf(
  action: string,
  targets: readonly Target[],
  rest: Partial<Omit<Proposal, 'action' | 'targets'>> = {},
): Proposal {
  const input = rest.input ?? {};
  return {
    action,
    targets,
    input,
    objects: [],
    text: '',
    introducedChecks: [],
    introducedLessons: [],
    seen: [],
    ...rest,
  };
}

/** A manifest applied as it is: in the input as text or as an object, and as the dry run returned it. */
export const applied = (object: ReturnType<typeof objectOf>, text = ''): Proposal =>
  proposalOf('cluster_apply', [targetOf(object.kind, object.metadata.name, object.metadata.namespace)], {
    input: {
      manifest: stringify({ ...object, metadata: { name: object.metadata.name }, status: undefined }),
      force: false,
    },
    objects: [object],
    text,
  });
