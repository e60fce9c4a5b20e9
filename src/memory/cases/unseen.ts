import type { Proposal } from '../../core/consult.ts';
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
import type { Case } from './changes.ts';

const change = (
  action: string,
  kind: string,
  name: string,
  ns: string | undefined,
  input: object,
  text = '',
  objects: readonly object[] = [],
): Proposal =>
  proposalOf(action, [targetOf(kind, name, ns)], { input: { kind, namespace: ns, name, ...input }, text, objects });
const deployment = (
  name: string,
  namespace: string,
  containers: readonly object[],
  pod: object = {},
  spec: object = {},
) => workloadOf('Deployment', name, namespace, podSpecOf(containers, pod), spec);
/** Written after the weights were chosen, and never used to choose them. */
export const unseenFailures: readonly Case[] = [
  {
    name: 'default deny egress in the database namespace',
    lesson: 'k8s-netpol-egress-missing-backup',
    proposal: applied(
      objectOf('NetworkPolicy', 'default-deny-egress', 'postgres', {
        spec: { podSelector: {}, policyTypes: ['Egress'] },
      }),
      'deny all egress for pods of namespace postgres, CronJob postgres-backup included',
    ),
  },
  {
    name: 'policy for HA by namespace',
    lesson: 'k8s-hostnetwork-netpol',
    proposal: applied(
      objectOf('NetworkPolicy', 'allow-home-assistant', 'mqtt', {
        spec: {
          podSelector: {},
          ingress: [
            { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'home-assistant' } } }] },
          ],
        },
      }),
      'allow traffic from the namespace of Home Assistant (hostNetwork)',
    ),
  },
  {
    name: 'delete longhorn node',
    lesson: 'k8s-stale-node-longhorn',
    proposal: change(
      'cluster_delete',
      'Node',
      'k3s-agent-4',
      undefined,
      {},
      'delete Node k3s-agent-4; it held 6 Longhorn replicas',
    ),
  },
  {
    name: 'encrypted storage class',
    lesson: 'longhorn-encrypted-staging',
    proposal: applied({
      ...objectOf('StorageClass', 'longhorn-crypto', undefined, {
        provisioner: 'driver.longhorn.io',
        parameters: { encrypted: 'true', numberOfReplicas: '2' },
      }),
      apiVersion: 'storage.k8s.io/v1',
    }),
  },
  {
    name: 'metallb pool',
    lesson: 'metallb-pool-annotation',
    proposal: applied(
      serviceOf('dns', 'dns', { app: 'dns' }, { type: 'LoadBalancer' }, { 'metallb.universe.tf/address-pool': 'lab' }),
    ),
  },
  {
    name: 'rclone sync in shell',
    lesson: 'rclone-sync-deletes',
    proposal: applied(
      cronJobOf(
        'seedbox',
        'media',
        podSpecOf([
          containerOf('rclone', 'rclone/rclone:1.71', { command: ['sh', '-c', 'rclone sync seedbox:/files /nas'] }),
        ]),
      ),
    ),
  },
  {
    name: 'rwo rollout',
    lesson: 'k8s-recreate-vs-rollingupdate',
    proposal: change(
      'cluster_patch',
      'Deployment',
      'trade-bot',
      'trading',
      { patch: 'spec:\n  strategy:\n    type: RollingUpdate\n    rollingUpdate: {maxSurge: 1}\n' },
      'trade-bot has one replica and a ReadWriteOnce volume; broker session',
    ),
  },
  {
    name: 'wrong arc group',
    lesson: 'arc-api-group-typo',
    proposal: applied({
      ...objectOf('RunnerDeployment', 'ci', 'arc', { spec: { replicas: 2 } }),
      apiVersion: 'actions.summerwind.net/v1alpha1',
    }),
  },
  {
    name: 'init container latest',
    lesson: 'k8s-latest-tag',
    proposal: applied(
      workloadOf(
        'StatefulSet',
        'wiki',
        'apps',
        podSpecOf([containerOf('wiki', 'requarks/wiki:2.5.307')], {
          initContainers: [containerOf('init', 'busybox:latest')],
        }),
      ),
    ),
  },
  {
    name: 'taint by apply',
    lesson: 'k8s-gpu-taint-overconstrains',
    proposal: applied(nodeOf('k3s-gpu-2', {}, { taints: [{ key: 'nvidia.com/gpu', effect: 'NoExecute' }] })),
  },
  {
    name: 'delete statefulset',
    lesson: 'agent-terraform-destroy',
    proposal: change(
      'cluster_delete',
      'StatefulSet',
      'postgres',
      'trade-bot',
      {},
      'delete StatefulSet trade-bot/postgres',
    ),
  },
  {
    name: 'loopback',
    lesson: 'k8s-loopback-bind',
    proposal: applied(
      deployment('openclaw', 'ai', [
        containerOf('openclaw', 'ghcr.io/openclaw/openclaw:2026.8.1', { args: ['gateway', '--bind=127.0.0.1'] }),
      ]),
    ),
  },
  {
    name: 'selenium job',
    lesson: 'k8s-headless-chrome-arm64',
    proposal: applied(
      cronJobOf('scraper', 'cardboard', podSpecOf([containerOf('s', 'selenium/standalone-chrome:4.30')])),
    ),
  },
  {
    name: 'delete lone pod',
    lesson: 'agent-delete-ownerless-pod',
    proposal: change(
      'cluster_delete',
      'Pod',
      'debug-tool',
      'apps',
      {},
      'Pod apps/debug-tool: deleted\nNo controller owns it: nothing makes a new one.',
    ),
  },
  {
    name: 'configmap default',
    lesson: 'k8s-configmap-overrides-code-default',
    proposal: change(
      'cluster_patch',
      'ConfigMap',
      'alert-responder',
      'ops',
      { patch: 'data:\n  DRY_RUN: "false"\n' },
      'changes the default DRY_RUN that the code of alert-responder sets',
    ),
  },
];
export const unseenHarmless: readonly Case[] = [
  {
    name: 'label deployment',
    proposal: change('cluster_label', 'Deployment', 'wiki', 'apps', { labels: { tier: 'web' } }, '+ tier: web', [
      deployment('wiki', 'apps', [containerOf('wiki', 'requarks/wiki:latest')]),
    ]),
  },
  {
    name: 'annotate service',
    proposal: change('cluster_label', 'Service', 'wiki', 'apps', { annotations: { owner: 'me' } }, '', [
      serviceOf('wiki', 'apps', { 'app.kubernetes.io/name': 'wiki' }),
    ]),
  },
  {
    name: 'scale grafana',
    proposal: change(
      'cluster_scale',
      'Deployment',
      'grafana',
      'monitoring',
      { replicas: 2 },
      'Deployment monitoring/grafana: replicas 1 -> 2',
    ),
  },
  {
    name: 'restart grafana',
    proposal: change('cluster_restart', 'Deployment', 'grafana', 'monitoring', {}, 'restart'),
  },
  {
    name: 'restart longhorn ui',
    proposal: change(
      'cluster_restart',
      'Deployment',
      'longhorn-ui',
      'longhorn-system',
      {},
      'restart Deployment longhorn-system/longhorn-ui',
    ),
  },
  {
    name: 'uncordon',
    proposal: proposalOf('cluster_uncordon', [targetOf('Node', 'k3s-server-1')], {
      input: { node: 'k3s-server-1' },
      objects: [nodeOf('k3s-server-1', { 'node-role.kubernetes.io/etcd': 'true' })],
    }),
  },
  {
    name: 'cordon server',
    proposal: proposalOf('cluster_cordon', [targetOf('Node', 'k3s-server-1')], {
      input: { node: 'k3s-server-1' },
      objects: [nodeOf('k3s-server-1', { 'node-role.kubernetes.io/etcd': 'true' }, { unschedulable: true })],
    }),
  },
  {
    name: 'redis',
    proposal: applied(
      deployment('redis', 'apps', [containerOf('redis', 'redis:8.2.1', { ports: [{ containerPort: 6379 }] })]),
    ),
  },
  {
    name: 'daemonset exporter',
    proposal: applied(
      workloadOf(
        'DaemonSet',
        'node-exporter',
        'monitoring',
        podSpecOf([containerOf('e', 'quay.io/prometheus/node-exporter:v1.9.1')], {
          tolerations: [{ operator: 'Exists' }],
        }),
      ),
    ),
  },
  {
    name: 'pvc',
    proposal: applied(
      objectOf('PersistentVolumeClaim', 'jellyfin-config', 'media', {
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'longhorn',
          resources: { requests: { storage: '10Gi' } },
        },
      }),
    ),
  },
  {
    name: 'namespace plain',
    proposal: applied(
      objectOf('Namespace', 'video', undefined, { spec: {} }, { 'pod-security.kubernetes.io/enforce': 'baseline' }),
    ),
  },
  {
    name: 'hpa',
    proposal: applied({
      ...objectOf('HorizontalPodAutoscaler', 'web', 'apps', {
        spec: { minReplicas: 1, maxReplicas: 4, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
      }),
      apiVersion: 'autoscaling/v2',
    }),
  },
  {
    name: 'pdb',
    proposal: applied({
      ...objectOf('PodDisruptionBudget', 'web', 'apps', {
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
      }),
      apiVersion: 'policy/v1',
    }),
  },
  {
    name: 'deployment with pvc Recreate',
    proposal: applied(
      deployment(
        'sonarr',
        'media',
        [
          containerOf('sonarr', 'linuxserver/sonarr:4.0.15', {
            env: [{ name: 'PUID', value: '1000' }],
            volumeMounts: [{ name: 'c', mountPath: '/config' }],
          }),
        ],
        { volumes: [{ name: 'c', persistentVolumeClaim: { claimName: 'sonarr' } }] },
        { strategy: { type: 'Recreate' } },
      ),
    ),
  },
  {
    name: 'probe timing',
    proposal: change(
      'cluster_patch',
      'Deployment',
      'authentik',
      'auth',
      {
        patch: '{"spec":{"template":{"spec":{"containers":[{"name":"server","livenessProbe":{"timeoutSeconds":5}}]}}}}',
      },
      '- timeoutSeconds: 1\n+ timeoutSeconds: 5',
    ),
  },
  {
    name: 'ingressroute new group',
    proposal: applied({
      ...objectOf('IngressRoute', 'wiki', 'wiki', { spec: { routes: [{ match: 'Host(`wiki.lan`)' }] } }),
      apiVersion: 'traefik.io/v1alpha1',
    }),
  },
  {
    name: 'delete replicaset old',
    proposal: change('cluster_delete', 'ReplicaSet', 'wiki-5d4', 'apps', {}, 'delete ReplicaSet apps/wiki-5d4'),
  },
  {
    name: 'delete service',
    proposal: change('cluster_delete', 'Service', 'old', 'apps', {}, 'delete Service apps/old'),
  },
  {
    name: 'servicemonitor',
    proposal: applied({
      ...objectOf(
        'ServiceMonitor',
        'wiki',
        'apps',
        { spec: { selector: { matchLabels: { app: 'wiki' } }, endpoints: [{ port: 'metrics', interval: '30s' }] } },
        { release: 'kube-prometheus-stack' },
      ),
      apiVersion: 'monitoring.coreos.com/v1',
    }),
  },
  {
    name: 'nats scale',
    proposal: change('cluster_scale', 'StatefulSet', 'nats', 'video', { replicas: 5 }, 'replicas 3 -> 5'),
  },
];
