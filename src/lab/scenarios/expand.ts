import type { Aged } from '../kubernetes/cluster/history.ts';
import type { ClusterContent } from '../kubernetes/cluster.ts';
import type { LooseObject } from '../kubernetes/controller.ts';
import { etcdSnapshotDefinition } from '../kubernetes/etcd-snapshots/definition.ts';
import { etcdSnapshotPlan } from '../kubernetes/etcd-snapshots/facts.ts';
import { longhornObjects } from '../kubernetes/longhorn/definitions.ts';
import { longhornPlan } from '../kubernetes/longhorn/facts.ts';
import { appObjects } from './expand-app.ts';
import { csiNodeObject, imageOf, nodeObject } from './expand-nodes.ts';
import type { Scenario } from './load.ts';
import type { NamespaceFacts } from './schema.ts';

const DAY = 86_400_000;
/** Cron jobs of a day have run once in it. */
const DEFAULT_HISTORY = 25 * 3_600_000;
const LEVEL = 'pod-security.kubernetes.io';
const BUILT_IN = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** `Ingress` -> `ingresses`, `NetworkPolicy` -> `networkpolicies`. */
const pluralOf = (kind: string): string => {
  const lower = kind.toLowerCase();
  if (lower === 'endpoints') return lower;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(s|x|ch)$/.test(lower) ? `${lower}es` : `${lower}s`;
};

const resourceOf = ({ apiVersion, kind }: LooseObject): string => {
  const [group = '', version] = apiVersion.split('/');
  return version === undefined ? pluralOf(kind) : `${pluralOf(kind)}.${group}`;
};

const policy = (namespace: string, name: string, spec: object): LooseObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
});

const from = (namespace: string): object => ({
  from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } }],
});

const namespaceObjects = (
  name: string,
  { labels, level, isolated }: NamespaceFacts,
  ingress: string,
): LooseObject[] => [
  ...(BUILT_IN.has(name)
    ? []
    : [
        {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: {
            name,
            labels: { ...labels, ...(level && { [`${LEVEL}/enforce`]: level, [`${LEVEL}/warn`]: level }) },
          },
        },
      ]),
  ...(isolated
    ? [
        policy(name, 'default-deny-ingress', {}),
        policy(name, 'allow-same-namespace', { ingress: [{ from: [{ podSelector: {} }] }] }),
        policy(name, 'allow-ingress-controller', { ingress: [from(ingress)] }),
        policy(name, 'allow-monitoring', { ingress: [from('monitoring')] }),
      ]
    : []),
];

/** Namespaces are older than what stands in them, nodes older than all, and storage is there before the first volume. */
const ORDER = { node: 3000, namespace: 2000, storage: 1500 } as const;

const agedObjects = (scenario: Scenario, now: Date): Aged[] => {
  const age = scenario.age ?? 30 * DAY;
  const aged =
    (ageMs: number) =>
    (object: LooseObject): Aged => ({ resource: resourceOf(object), ageMs, object });
  const ingress = Object.keys(scenario.apps)
    .find((key) => /\/(traefik|ingress-nginx)/.test(key))
    ?.split('/')[0];
  const nodes = Object.entries(scenario.nodes).flatMap(([name, facts], index) => {
    const ageMs = (facts.age ?? age) + ORDER.node;
    return [nodeObject(name, facts, index, new Date(+now - ageMs)), csiNodeObject(name, facts)].map(aged(ageMs));
  });
  const namespaces = Object.entries(scenario.namespaces).flatMap(([name, facts]) =>
    namespaceObjects(name, facts, ingress ?? 'kube-system').map(aged((facts.age ?? age) + ORDER.namespace)),
  );
  const objects = scenario.objects.map(({ age: own, ...object }) =>
    // The schema leaves an absent namespace as possibly undefined, which is the same to the API.
    aged((own ?? age) + 1000)(object as LooseObject),
  );
  const apps = Object.entries(scenario.apps).flatMap(([key, facts]) =>
    appObjects(key, facts, scenario.ingressClass).map(
      aged(facts.age ?? scenario.namespaces[key.split('/')[0] ?? '']?.age ?? age),
    ),
  );
  const { longhorn } = scenario;
  const storage =
    longhorn === undefined
      ? []
      : longhornObjects(longhorn).map(aged((scenario.namespaces[longhorn.namespace]?.age ?? age) + ORDER.storage));
  const etcd = scenario.etcdSnapshots === undefined ? [] : [aged(age + ORDER.storage)(etcdSnapshotDefinition)];
  return [...nodes, ...namespaces, ...etcd, ...storage, ...objects, ...apps];
};

const isUnder = (reference: string, namespace: string | undefined, name: string): boolean =>
  `${namespace}/${name}`.startsWith(reference);

/** The cluster that a scenario describes; ages count back from `now`. */
export const clusterContent = (scenario: Scenario, now: Date): ClusterContent => ({
  past: {
    objects: agedObjects(scenario, now),
    patches: scenario.changes.map(({ resource, namespace, name, patch, age }) => ({
      resource,
      namespace,
      name,
      patch: patch ?? null,
      ageMs: age,
    })),
    drains: scenario.drains.map(({ node, age }) => ({ node, ageMs: age })),
    timersMs: scenario.history ?? DEFAULT_HISTORY,
  },
  images: new Map(Object.entries(scenario.images).map(([name, facts]) => [name, imageOf(facts, now)])),
  loadBalancerPool: scenario.loadBalancerPool ?? [],
  timing: {},
  isStuck: ({ metadata }) => scenario.faults.stuckClaims.includes(`${metadata.namespace}/${metadata.name}`),
  volumeFault: ({ metadata }) => {
    const fault = scenario.faults.volumes.find(({ pods }) => isUnder(pods, metadata.namespace, metadata.name));
    return fault && { type: 'Warning', reason: fault.reason, message: fault.message };
  },
  longhorn: scenario.longhorn && longhornPlan(scenario.longhorn, now),
  etcdSnapshots: scenario.etcdSnapshots && etcdSnapshotPlan(scenario.etcdSnapshots, now),
  down: scenario.faults.down.map((each) =>
    typeof each === 'string'
      ? { node: each, since: new Date(0) }
      : { node: each.node, since: new Date(+now - each.age) },
  ),
});
