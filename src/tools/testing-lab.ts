import type { KubeObject } from '../clients/kubernetes/contract.ts';
import { ago } from './testing.ts';
import { pod } from './testing-cluster.ts';

/** A small lab as literal objects, with one fault of each common kind: what samples and tests of the reading tools look at. */

const meta = (namespace: string, name: string, more: Record<string, unknown> = {}) => ({
  name,
  namespace,
  uid: `uid-${name}`,
  resourceVersion: '10',
  creationTimestamp: ago(30 * 86_400),
  ...more,
});

const node = (name: string, architecture: string, isReady = true): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    uid: `uid-${name}`,
    creationTimestamp: ago(200 * 86_400),
    labels: { 'node-role.kubernetes.io/control-plane': 'true' },
  },
  spec: {},
  status: {
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'Unknown' }],
    nodeInfo: { architecture, kubeletVersion: 'v1.36.1+k3s1' },
  },
});

interface AppFacts {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  readonly available?: number;
  readonly template?: Record<string, unknown>;
  readonly refusal?: string;
}

/** A Deployment with its ReplicaSet. */
function app({
  namespace,
  name,
  replicas = 1,
  available = replicas,
  template = {},
  refusal,
}: AppFacts): readonly KubeObject[] {
  const labels = { 'app.kubernetes.io/name': name };
  const spec = {
    replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: { containers: [{ name: 'app', image: `ghcr.io/lab/${name}:1.4.2` }], ...template },
    },
  };
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: `uid-${name}`, controller: true };
  const conditions =
    refusal === undefined ? [] : [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: refusal }];
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: meta(namespace, name, { generation: 1 }),
      spec,
      status: { observedGeneration: 1, replicas, updatedReplicas: replicas, availableReplicas: available },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: meta(namespace, `${name}-6b9f8`, { ownerReferences: [owner] }),
      spec,
      status: { replicas: refusal === undefined ? replicas : 0, conditions },
    },
  ];
}

const podOf = (namespace: string, name: string, facts: Partial<Parameters<typeof pod>[0]> = {}): KubeObject =>
  pod({
    namespace,
    name: `${name}-6b9f8-x2k9q`,
    owner: { kind: 'ReplicaSet', name: `${name}-6b9f8`, uid: `uid-${name}-6b9f8` },
    labels: { 'app.kubernetes.io/name': name },
    ageSeconds: 3 * 86_400,
    ...facts,
  });

export const event = (
  namespace: string,
  kind: string,
  name: string,
  reason: string,
  message: string,
  count = 1,
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: meta(namespace, `${name}.${reason}`),
  type: 'Warning',
  reason,
  message,
  count,
  lastTimestamp: ago(90),
  involvedObject: { kind, namespace, name },
});

const service = (namespace: string, name: string, isReady: boolean): readonly KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(namespace, name),
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.43.0.12',
      selector: { 'app.kubernetes.io/name': name },
      ports: [{ port: 80, protocol: 'TCP' }],
    },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: meta(namespace, `${name}-abc12`, { labels: { 'kubernetes.io/service-name': name } }),
    endpoints: [{ addresses: ['10.42.1.7'], conditions: { ready: isReady } }],
  },
];

const nodes = [node('n1', 'amd64'), node('n2', 'amd64'), node('n3', 'arm64')];

export const healthyLab: readonly KubeObject[] = [
  ...nodes,
  ...['jellyfin', 'sonarr', 'paperless'].flatMap((name) => [
    ...app({ namespace: 'media', name }),
    podOf('media', name),
    ...service('media', name, true),
  ]),
];

const violation =
  'pods "notes-6b9f8-" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)';

/** One app per fault; the name says which. */
export const brokenLab: readonly KubeObject[] = [
  ...nodes,
  ...app({ namespace: 'media', name: 'jellyfin' }),
  podOf('media', 'jellyfin'),
  ...app({
    namespace: 'home',
    name: 'memory',
    available: 0,
    template: {
      containers: [{ name: 'app', image: 'ghcr.io/lab/memory:2', resources: { limits: { memory: '128Mi' } } }],
    },
  }),
  {
    ...podOf('home', 'memory', {
      waiting: 'CrashLoopBackOff',
      restarts: 41,
      lastEnd: { reason: 'OOMKilled', exitCode: 137 },
    }),
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'app', image: 'ghcr.io/lab/memory:2', resources: { limits: { memory: '128Mi' } } }],
    },
  },
  ...service('home', 'memory', false),
  event(
    'home',
    'Pod',
    'memory-6b9f8-x2k9q',
    'BackOff',
    'Back-off restarting failed container app in pod memory-6b9f8-x2k9q',
    120,
  ),
  ...app({ namespace: 'home', name: 'crash', available: 0 }),
  podOf('home', 'crash', { waiting: 'CrashLoopBackOff', restarts: 7, lastEnd: { reason: 'Error', exitCode: 1 } }),
  ...app({ namespace: 'home', name: 'image', available: 0 }),
  podOf('home', 'image', { waiting: 'ImagePullBackOff' }),
  ...app({ namespace: 'home', name: 'notes', available: 0, refusal: violation }),
  ...app({
    namespace: 'home',
    name: 'volume',
    available: 0,
    template: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'volume-data' } }] },
  }),
  {
    ...podOf('home', 'volume'),
    spec: { containers: [{ name: 'app', image: 'x:1' }] },
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta('home', 'volume-data'),
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'longhorn', resources: { requests: { storage: '5Gi' } } },
    status: { phase: 'Pending' },
  },
  event(
    'home',
    'PersistentVolumeClaim',
    'volume-data',
    'ProvisioningFailed',
    'storageclass.storage.k8s.io "longhorn" not found',
    12,
  ),
  ...app({ namespace: 'home', name: 'arm', available: 0 }),
  podOf('home', 'arm', {
    node: 'n3',
    waiting: 'CrashLoopBackOff',
    restarts: 9,
    lastEnd: { reason: 'StartError', exitCode: 128 },
  }),
  event(
    'home',
    'Pod',
    'arm-6b9f8-x2k9q',
    'Failed',
    'Error: failed to create containerd task: exec /app: exec format error',
    9,
  ),
  ...app({ namespace: 'home', name: 'zero', replicas: 0 }),
];
