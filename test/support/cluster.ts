import type { KubeObject } from '../../src/clients/kubernetes/contract.ts';

const REPLICAS = 4;
const APPS_PER_NAMESPACE = 25;

interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly [field: string]: unknown;
}

type Add = (resource: string, apiVersion: string, kind: string, metadata: Meta, rest?: object) => void;

/** A healthy cluster of any size, as the API would list it: plural of the resource -> objects. The same on every call. */
export function generateCluster(podCount: number, at: Date): ReadonlyMap<string, readonly KubeObject[]> {
  const stamp = new Date(+at - 86_400_000).toISOString();
  const lists = new Map<string, KubeObject[]>();
  const add: Add = (resource, apiVersion, kind, metadata, rest = {}) => {
    const meta = { uid: `${resource}-${metadata.name}`, resourceVersion: '1', creationTimestamp: stamp, ...metadata };
    const list = lists.get(resource) ?? [];
    list.push({ apiVersion, kind, metadata: meta, ...rest });
    lists.set(resource, list);
  };
  const nodes = Math.max(2, Math.ceil(podCount / 100));
  for (let index = 0; index < nodes; index++) addNode(add, index, stamp);
  for (let index = 0; index * REPLICAS < podCount; index++)
    addApp(add, index, Math.min(REPLICAS, podCount - index * REPLICAS), nodes, stamp);
  return lists;
}

function addNode(add: Add, index: number, stamp: string): void {
  const name = `node-${index}`;
  add(
    'nodes',
    'v1',
    'Node',
    { name, labels: { 'kubernetes.io/arch': 'amd64', 'kubernetes.io/hostname': name } },
    {
      spec: {},
      status: {
        allocatable: { cpu: '32', memory: '128Gi', pods: '250' },
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: stamp }],
        addresses: [{ type: 'InternalIP', address: `192.168.${index >> 8}.${index & 255}` }],
        nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.36.4+k3s1' },
      },
    },
  );
}

function addApp(add: Add, index: number, replicas: number, nodes: number, stamp: string): void {
  const namespace = `team-${Math.floor(index / APPS_PER_NAMESPACE)}`;
  const name = `app-${index}`;
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': name };
  const spec = podSpec(name, `app-${Math.max(0, index - 1)}.${namespace}.svc:80`);
  const owner = (kind: string, of: string) => ({
    ownerReferences: [{ apiVersion: 'apps/v1', kind, name: of, uid: of, controller: true }],
  });
  if (index % APPS_PER_NAMESPACE === 0)
    add('namespaces', 'v1', 'Namespace', { name: namespace, labels: { 'kubernetes.io/metadata.name': namespace } });
  add(
    'deployments',
    'apps/v1',
    'Deployment',
    { name, namespace, labels },
    {
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      status: {
        replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
        conditions: [{ type: 'Available', status: 'True', lastTransitionTime: stamp }],
      },
    },
  );
  add(
    'replicasets',
    'apps/v1',
    'ReplicaSet',
    { name: `${name}-7d9c`, namespace, labels, ...owner('Deployment', name) },
    {
      spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      status: { replicas },
    },
  );
  add(
    'services',
    'v1',
    'Service',
    { name, namespace },
    { spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] } },
  );
  add(
    'networkpolicies',
    'networking.k8s.io/v1',
    'NetworkPolicy',
    { name, namespace },
    {
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ namespaceSelector: {} }] }],
      },
    },
  );
  add(
    'endpointslices',
    'discovery.k8s.io/v1',
    'EndpointSlice',
    { name: `${name}-x`, namespace, labels: { 'kubernetes.io/service-name': name } },
    {
      addressType: 'IPv4',
      endpoints: Array.from({ length: replicas }, () => ({ addresses: ['10.42.0.9'], conditions: { ready: true } })),
    },
  );
  for (let replica = 0; replica < replicas; replica++)
    add(
      'pods',
      'v1',
      'Pod',
      {
        name: `${name}-7d9c-${replica}`,
        namespace,
        labels: { ...labels, 'pod-template-hash': '7d9c' },
        ...owner('ReplicaSet', `${name}-7d9c`),
      },
      {
        spec: { ...spec, nodeName: `node-${(index * REPLICAS + replica) % nodes}` },
        status: podStatus(stamp),
      },
    );
}

const podSpec = (name: string, upstream: string) => ({
  containers: [
    {
      name: 'main',
      image: `registry.example/${name}:1.4.2`,
      env: [
        { name: 'UPSTREAM_URL', value: `http://${upstream}/` },
        { name: 'TZ', value: 'Europe/Berlin' },
        { name: 'LOG_LEVEL', value: 'info' },
      ],
      ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
      readinessProbe: { httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' }, periodSeconds: 10 },
      volumeMounts: [
        { name: 'kube-api-access', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
      ],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      terminationMessagePath: '/dev/termination-log',
      imagePullPolicy: 'IfNotPresent',
    },
  ],
  volumes: [
    {
      name: 'kube-api-access',
      projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] },
    },
  ],
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  serviceAccountName: 'default',
  tolerations: [
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ],
});

const podStatus = (stamp: string) => ({
  phase: 'Running',
  podIP: '10.42.0.9',
  podIPs: [{ ip: '10.42.0.9' }],
  startTime: stamp,
  conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: stamp,
  })),
  containerStatuses: [
    { name: 'main', ready: true, restartCount: 0, image: 'x', state: { running: { startedAt: stamp } }, lastState: {} },
  ],
});
