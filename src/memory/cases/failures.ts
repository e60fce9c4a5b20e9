import {
  applied,
  containerOf,
  cronJobOf,
  nodeOf,
  objectOf,
  podSpecOf,
  proposalOf,
  serviceOf,
  targetOf,
  workloadOf,
} from '../testing.ts';
import {
  type Case,
  drain,
  jellyfin,
  label,
  namespaceOf,
  patch,
  podAffinity,
  RESTRICTED,
  remove,
  scale,
} from './changes.ts';

/** Failures of the two homelabs as an agent would propose them again, without a check to point at the lesson. */
export const failures: readonly Case[] = [
  {
    name: 'a Service that selects only the app name',
    lesson: 'k8s-service-selector-overmatch',
    proposal: applied(serviceOf('cardboard', 'cardboard', { 'app.kubernetes.io/name': 'cardboard' })),
  },
  {
    name: 'restricted on a namespace by label',
    lesson: 'k8s-psa-restricted-bulk-label',
    proposal: label('Namespace', 'media', RESTRICTED, namespaceOf('media', RESTRICTED)),
  },
  {
    name: 'restricted on a namespace by manifest',
    lesson: 'k8s-psa-restricted-bulk-label',
    proposal: applied(namespaceOf('home', RESTRICTED)),
  },
  {
    name: 'restricted on longhorn-system',
    lesson: 'longhorn-instance-manager-psa',
    proposal: label('Namespace', 'longhorn-system', RESTRICTED, namespaceOf('longhorn-system', RESTRICTED)),
  },
  {
    name: 'an image tagged latest',
    lesson: 'k8s-latest-tag',
    proposal: applied(jellyfin('jellyfin/jellyfin:latest')),
  },
  {
    name: 'a drain of the node that holds CoreDNS',
    lesson: 'k8s-coredns-single-replica',
    proposal: drain(
      'k3s-agent-1',
      'cordon k3s-agent-1\nevict Pod kube-system/coredns-7b98449c4-abcde\nevict Pod media/jellyfin-6f9c7d-x2x',
    ),
  },
  {
    name: 'CoreDNS scaled to one',
    lesson: 'k8s-coredns-single-replica',
    proposal: scale('Deployment', 'coredns', 'kube-system', 1),
  },
  {
    name: 'a drain past the disruption budgets',
    lesson: 'longhorn-pdb-blocks-drain',
    proposal: drain('k3s-agent-2', 'evict Pod longhorn-system/instance-manager-1', { disableEviction: true }),
  },
  {
    name: 'a claim is deleted',
    lesson: 'agent-terraform-destroy',
    proposal: remove('PersistentVolumeClaim', 'postgres-data', 'cardboard'),
  },
  {
    name: 'a namespace is deleted',
    lesson: 'agent-terraform-destroy',
    proposal: remove('Namespace', 'trade-bot'),
  },
  {
    name: 'a second control-plane node is drained',
    lesson: 'etcd-two-members-moved',
    proposal: drain(
      'k3s-server-2',
      'cordon k3s-server-2',
      {},
      { 'node-role.kubernetes.io/etcd': 'true', 'node-role.kubernetes.io/control-plane': 'true' },
    ),
  },
  {
    name: 'nodeAffinity beside affinity in a CronJob',
    lesson: 'k8s-nodeaffinity-wrong-nesting',
    proposal: applied(
      cronJobOf(
        'alerts',
        'ops',
        podSpecOf([containerOf('run', 'ghcr.io/example/alerts:2.0.1')], { nodeAffinity: podAffinity }),
      ),
    ),
  },
  {
    name: 'a devices list as in Docker Compose',
    lesson: 'k8s-compose-devices-field',
    proposal: applied(jellyfin('jellyfin/jellyfin:10.10.7', { devices: ['/dev/dri:/dev/dri'] })),
  },
  {
    name: 'an env value that refers to a later one',
    lesson: 'k8s-env-var-order',
    proposal: applied(
      jellyfin('ghcr.io/example/app:1.0.0', {
        env: [
          { name: 'DATABASE_URL', value: 'postgres://$(DB_USER)@db/app' },
          { name: 'DB_USER', value: 'app' },
        ],
      }),
    ),
  },
  {
    name: 'a NoSchedule taint on a GPU node',
    lesson: 'k8s-gpu-taint-overconstrains',
    proposal: patch(
      'Node',
      'k3s-gpu-1',
      undefined,
      { spec: { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] } },
      nodeOf('k3s-gpu-1', {}, { taints: [{ key: 'gpu', value: 'true', effect: 'NoSchedule' }] }),
    ),
  },
  {
    name: 'scheduling opened on a new Longhorn node',
    lesson: 'longhorn-new-node-rebalance',
    proposal: patch(
      'Node',
      'k3s-agent-5',
      'longhorn-system',
      { spec: { allowScheduling: true } },
      {
        apiVersion: 'longhorn.io/v1beta2',
        kind: 'Node',
        metadata: { name: 'k3s-agent-5', namespace: 'longhorn-system' },
        spec: { allowScheduling: true, evictionRequested: false },
      },
    ),
  },
  {
    name: 'a CronJob that pulls from a registry with short tokens',
    lesson: 'ecr-token-12h',
    proposal: applied(
      cronJobOf(
        'prices',
        'cardboard',
        podSpecOf([containerOf('run', '123456789012.dkr.ecr.us-east-1.amazonaws.com/prices:4.1.0')]),
      ),
    ),
  },
  {
    name: 'a ConfigMap mounted by subPath over a file',
    lesson: 'k8s-configmap-subpath-readonly',
    proposal: applied(
      workloadOf(
        'Deployment',
        'home-assistant',
        'home',
        podSpecOf(
          [
            containerOf('home-assistant', 'homeassistant/home-assistant:2026.8.3', {
              volumeMounts: [
                { name: 'config', mountPath: '/config/configuration.yaml', subPath: 'configuration.yaml' },
              ],
            }),
          ],
          {
            volumes: [{ name: 'config', configMap: { name: 'home-assistant', defaultMode: 420 } }],
          },
        ),
      ),
      'mount ConfigMap home-assistant over /config/configuration.yaml (subPath)',
    ),
  },
  {
    name: 'a Prometheus StatefulSet scaled to zero',
    lesson: 'prometheus-operator-fights-scale',
    proposal: scale('StatefulSet', 'prometheus-kube-prometheus-stack', 'monitoring', 0),
  },
  {
    name: 'a pod of a StatefulSet deleted by force',
    lesson: 'k8s-force-delete-statefulset',
    proposal: proposalOf('cluster_delete', [targetOf('Pod', 'loki-0', 'monitoring')], {
      input: { kind: 'Pod', namespace: 'monitoring', name: 'loki-0', gracePeriodSeconds: 0 },
      text: 'delete Pod monitoring/loki-0 at once',
    }),
  },
  {
    name: 'PostgreSQL on the root of a fresh volume',
    lesson: 'postgres-lost-found',
    proposal: applied(
      workloadOf(
        'StatefulSet',
        'postgres',
        'cardboard',
        podSpecOf([
          containerOf('postgres', 'postgres:17.5', {
            env: [{ name: 'POSTGRES_DB', value: 'app' }],
            volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql/data' }],
          }),
        ]),
      ),
    ),
  },
  {
    name: 'a role that may escalate',
    lesson: 'k8s-rbac-bind-escalate',
    proposal: applied(
      objectOf('ClusterRole', 'ci-deployer', undefined, {
        rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['get', 'escalate', 'bind'] }],
      }),
    ),
  },
  {
    name: 'a route of a removed API group',
    lesson: 'k8s-crd-group-removed',
    proposal: applied({
      ...objectOf('IngressRoute', 'wiki', 'wiki', { spec: { routes: [] } }),
      apiVersion: 'traefik.containo.us/v1alpha1',
    }),
  },
  {
    name: 'a hostPort controller as a Deployment',
    lesson: 'hostport-rolling-single-node',
    proposal: applied(
      workloadOf(
        'Deployment',
        'traefik',
        'traefik',
        podSpecOf([containerOf('traefik', 'traefik:3.7.11', { ports: [{ containerPort: 8443, hostPort: 443 }] })]),
      ),
    ),
  },
];
