import type { Proposal } from '../core/consult.ts';
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
} from './testing.ts';

/** A change and the lesson that must come first, or nothing that may. */
export interface Case {
  readonly name: string;
  readonly proposal: Proposal;
  readonly lesson?: string;
}

const jellyfin = (image = 'jellyfin/jellyfin:10.10.7', rest: object = {}) =>
  workloadOf('Deployment', 'jellyfin', 'media', podSpecOf([containerOf('jellyfin', image, rest)]));

const namespaceOf = (name: string, labels: object) => objectOf('Namespace', name, undefined, { spec: {} }, labels);
const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };

const label = (kind: string, name: string, labels: object, object: object, namespace?: string): Proposal =>
  proposalOf('cluster_label', [targetOf(kind, name, namespace)], {
    input: { kind, name, namespace, labels, annotations: {}, remove_labels: [], remove_annotations: [] },
    objects: [object],
  });

const scale = (kind: string, name: string, namespace: string, replicas: number): Proposal =>
  proposalOf('cluster_scale', [targetOf(kind, name, namespace)], {
    input: { kind, namespace, name, replicas },
    objects: [
      workloadOf(kind, name, namespace, podSpecOf([containerOf(name, `ghcr.io/example/${name}:1.2.3`)]), { replicas }),
    ],
    text: `${kind} ${namespace}/${name}: replicas 1 -> ${replicas}`,
  });

const drain = (node: string, text: string, input: object = {}, labels: object = {}): Proposal =>
  proposalOf('cluster_drain', [targetOf('Node', node)], {
    input: { node, ...input },
    objects: [nodeOf(node, labels, { unschedulable: true })],
    text,
  });

const patch = (kind: string, name: string, namespace: string | undefined, change: object, object: object): Proposal =>
  proposalOf('cluster_patch', [targetOf(kind, name, namespace)], {
    input: { kind, namespace, name, patch: JSON.stringify(change), type: 'strategic' },
    objects: [object],
  });

const remove = (kind: string, name: string, namespace?: string): Proposal =>
  proposalOf('cluster_delete', [targetOf(kind, name, namespace)], {
    input: { kind, namespace, name },
    text: `delete ${kind} ${name}`,
  });

const podAffinity = {
  requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [] }] },
};

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

const allowDns = objectOf('NetworkPolicy', 'allow-ingress', 'media', {
  spec: {
    podSelector: { matchLabels: { app: 'jellyfin' } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'traefik' } } }] }],
  },
});

const web = (name: string, rest: object = {}) =>
  workloadOf('Deployment', name, 'apps', podSpecOf([containerOf(name, `ghcr.io/example/${name}:2.4.1`, rest)]));

const restart = (kind: string, name: string, namespace: string): Proposal =>
  proposalOf('cluster_restart', [targetOf(kind, name, namespace)], {
    input: { kind, namespace, name },
    objects: [workloadOf(kind, name, namespace, podSpecOf([containerOf(name, `ghcr.io/example/${name}:1.0.0`)]))],
    text: `restart ${kind} ${namespace}/${name}: pods are replaced one by one`,
  });

const goodSelector = { 'app.kubernetes.io/name': 'wiki', 'app.kubernetes.io/component': 'web' };

/** Everyday changes that repeat no known mistake. */
export const harmless: readonly Case[] = [
  { name: 'scale jellyfin to 2', proposal: scale('Deployment', 'jellyfin', 'media', 2) },
  { name: 'scale sonarr to 0', proposal: scale('Deployment', 'sonarr', 'media', 0) },
  { name: 'scale CoreDNS to 3', proposal: scale('Deployment', 'coredns', 'kube-system', 3) },
  { name: 'scale a StatefulSet of ours', proposal: scale('StatefulSet', 'nats', 'video', 3) },
  { name: 'restart a Deployment', proposal: restart('Deployment', 'navidrome', 'media') },
  { name: 'restart a DaemonSet', proposal: restart('DaemonSet', 'node-exporter', 'monitoring') },
  { name: 'restart a StatefulSet', proposal: restart('StatefulSet', 'redis', 'apps') },
  {
    name: 'label a pod',
    proposal: label(
      'Pod',
      'jellyfin-6f9c7d-x2x',
      { debug: 'true' },
      objectOf(
        'Pod',
        'jellyfin-6f9c7d-x2x',
        'media',
        { spec: podSpecOf([containerOf('jellyfin', 'jellyfin/jellyfin:latest')]) },
        { debug: 'true' },
      ),
      'media',
    ),
  },
  {
    name: 'label a node',
    proposal: label(
      'Node',
      'k3s-agent-1',
      { rack: 'a' },
      nodeOf('k3s-agent-1', { rack: 'a' }, { taints: [{ key: 'gpu', effect: 'NoSchedule' }] }),
    ),
  },
  {
    name: 'label a namespace with an owner',
    proposal: label('Namespace', 'media', { team: 'home' }, namespaceOf('media', { ...RESTRICTED, team: 'home' })),
  },
  {
    name: 'a namespace that warns only',
    proposal: label(
      'Namespace',
      'media',
      { 'pod-security.kubernetes.io/warn': 'restricted' },
      namespaceOf('media', { 'pod-security.kubernetes.io/warn': 'restricted' }),
    ),
  },
  {
    name: 'cordon a worker',
    proposal: proposalOf('cluster_cordon', [targetOf('Node', 'k3s-agent-2')], {
      input: { node: 'k3s-agent-2' },
      objects: [
        nodeOf(
          'k3s-agent-2',
          {},
          { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] },
        ),
      ],
    }),
  },
  {
    name: 'uncordon a worker',
    proposal: proposalOf('cluster_uncordon', [targetOf('Node', 'k3s-agent-2')], {
      input: { node: 'k3s-agent-2' },
      objects: [nodeOf('k3s-agent-2')],
    }),
  },
  {
    name: 'drain a worker with stateless apps',
    proposal: drain(
      'k3s-agent-3',
      'cordon k3s-agent-3\nevict Pod media/jellyfin-6f9c7d-x2x\nevict Pod apps/wiki-5d4-abc',
    ),
  },
  { name: 'a Service with name and component', proposal: applied(serviceOf('wiki', 'wiki', goodSelector)) },
  { name: 'a Service for an app label', proposal: applied(serviceOf('navidrome', 'media', { app: 'navidrome' })) },
  {
    name: 'a LoadBalancer without annotation',
    proposal: applied(serviceOf('traefik', 'traefik', { app: 'traefik' }, { type: 'LoadBalancer' })),
  },
  { name: 'a plain web Deployment', proposal: applied(web('wiki')) },
  {
    name: 'a Deployment with probes and env',
    proposal: applied(
      web('dashboard', {
        env: [{ name: 'TZ', value: 'Europe/Berlin' }],
        livenessProbe: { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, periodSeconds: 10 },
      }),
    ),
  },
  {
    name: 'an image moved to a new release',
    proposal: patch(
      'Deployment',
      'jellyfin',
      'media',
      { spec: { template: { spec: { containers: [{ name: 'jellyfin', image: 'jellyfin/jellyfin:10.11.0' }] } } } },
      jellyfin('jellyfin/jellyfin:10.11.0'),
    ),
  },
  {
    name: 'a memory limit raised',
    proposal: patch(
      'Deployment',
      'jellyfin',
      'media',
      {
        spec: { template: { spec: { containers: [{ name: 'jellyfin', resources: { limits: { memory: '2Gi' } } }] } } },
      },
      jellyfin(),
    ),
  },
  {
    name: 'one more key in a ConfigMap',
    proposal: applied(
      objectOf('ConfigMap', 'homepage', 'apps', { data: { 'settings.yaml': 'title: Home\ntheme: dark\n' } }),
    ),
  },
  { name: 'a network policy from pod to pod', proposal: applied(allowDns) },
  {
    name: 'a CronJob with a pinned image',
    proposal: applied(
      cronJobOf('thumbnails', 'media', podSpecOf([containerOf('run', 'ghcr.io/example/thumbs:1.4.0')])),
    ),
  },
  {
    name: 'an Ingress for an app',
    proposal: applied(
      objectOf('Ingress', 'wiki', 'wiki', {
        spec: {
          ingressClassName: 'traefik',
          rules: [
            {
              host: 'wiki.home.example',
              http: {
                paths: [
                  { path: '/', pathType: 'Prefix', backend: { service: { name: 'wiki', port: { number: 80 } } } },
                ],
              },
            },
          ],
        },
      }),
    ),
  },
  {
    name: 'a Deployment rolled back',
    proposal: proposalOf('cluster_rollback', [targetOf('Deployment', 'wiki', 'apps')], {
      input: { kind: 'Deployment', namespace: 'apps', name: 'wiki', revision: 4 },
      objects: [web('wiki')],
      text: 'revision 5 -> content of revision 4',
    }),
  },
  { name: 'a ConfigMap deleted', proposal: remove('ConfigMap', 'old-settings', 'apps') },
  { name: 'a finished Job deleted', proposal: remove('Job', 'import-20261101', 'media') },
  {
    name: 'a role that reads pods',
    proposal: applied(
      objectOf('ClusterRole', 'viewer', undefined, {
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] }],
      }),
    ),
  },
  {
    name: 'PostgreSQL with PGDATA below the mount',
    proposal: applied(
      workloadOf(
        'StatefulSet',
        'postgres',
        'apps',
        podSpecOf([
          containerOf('postgres', 'postgres:17.5', {
            env: [{ name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' }],
            volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql/data' }],
          }),
        ]),
      ),
    ),
  },
  {
    name: 'affinity where it belongs',
    proposal: applied(
      workloadOf(
        'Deployment',
        'selenium-hub',
        'apps',
        podSpecOf([containerOf('hub', 'ghcr.io/example/hub:4.1.0')], { affinity: { nodeAffinity: podAffinity } }),
      ),
    ),
  },
];
