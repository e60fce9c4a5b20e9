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
