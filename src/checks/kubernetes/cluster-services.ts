import * as z from 'zod';
import type { Severity } from '../../core/severity.ts';
import type { Node } from '../../world/kubernetes/cluster.ts';
import type { Pod } from '../../world/kubernetes/pod.ts';
import type { Deployment } from '../../world/kubernetes/workloads.ts';
import { type Parts, replacedKey } from '../../world/parts.ts';
import {
  indexWorkloads,
  WORKLOAD_PARTS,
  type Workload,
  type WorkloadParts,
  workloadKeyOf,
} from '../../world/relations.ts';
import { isPodReady, isReady, isSchedulable } from '../../world/scheduling.ts';
import { defineCheck, type FoundFault } from '../define.ts';
import { count, enumerate } from '../facts.ts';

export default defineCheck({
  id: 'K06',
  title: 'Cluster services run on two nodes at least',
  severity: 'high',
  why: 'With one CoreDNS the whole cluster loses its names when that node goes. A change that takes the last one away, or leaves a single one, asks a person.',
  needs: ['nodes', ...WORKLOAD_PARTS],
  wants: ['change', 'replaced'],
  params: z.strictObject({}),
  introduced: 'ask',
  evaluate(world) {
    const evicted = evictedPods(world);
    const before = deploymentsBefore(world);
    const there = indexWorkloads(world).all.flatMap((workload): readonly FoundFault[] => {
      const role = ROLES.find((each) => workload.kind === 'Deployment' && each.matches(workload));
      if (role === undefined) return [];
      // the plan scales it down: its pods are still in the picture
      if (workload.desired === 0) return before.has(workload.id) || role.isVital ? [noneLeft(workload, role, [])] : [];
      const ready = workload.pods.filter(isPodReady);
      const leaving = evicted.get(workload.key) ?? [];
      if (ready.length === 0) return [noneLeft(workload, role, leaving)];
      const nodes = new Set(ready.map(({ spec }) => spec.nodeName));
      if (world.nodes.size < 2 || nodes.size >= 2) return [];
      // who is evicted comes back on another node, as long as there is one and the spec wants it
      const comesBack = workload.desired >= 2 && leaving.length > 0 && hasPlaceBeside(nodes, world.nodes);
      return comesBack ? [] : [single(workload, role, ready)];
    });
    return [...there, ...[...before].flatMap(([id, old]) => (world.deployments.has(id) ? [] : deleted(id, old)))];
  },
});

/** The Deployments that wanted pods before the change replaced or removed them. */
function deploymentsBefore({ change, replaced }: Plan): ReadonlyMap<string, Deployment> {
  const found = new Map<string, Deployment>();
  for (const { part, id } of change?.effects ?? []) {
    // `replaced` holds under the name of a part what that part held, parsed by its schema
    const old = replaced?.get(replacedKey(part, id)) as Deployment | undefined;
    if (part === 'deployments' && old !== undefined && old.spec.replicas > 0) found.set(id, old);
  }
  return found;
}

function deleted(id: string, { metadata, spec }: Deployment): readonly FoundFault[] {
  const facts = { labels: spec.template.metadata.labels, namespace: metadata.namespace ?? '', name: metadata.name };
  const role = ROLES.find((each) => each.matches({ ...facts, spec: spec.template.spec }));
  const workload = { key: `Deployment ${id}`, part: 'deployments', id, desired: 0 } as const;
  return role === undefined ? [] : [noneLeft(workload, role, [])];
}

interface Role {
  readonly name: string;
  readonly severity: Severity;
  readonly harm: string;
  /** Wanting none of it is a fault of its own, whoever wants that. */
  readonly isVital: boolean;
  matches(workload: Pick<Workload, 'labels' | 'namespace' | 'name' | 'spec'>): boolean;
}

const INGRESS = new Set(
  'traefik ingress-nginx nginx-ingress haproxy-ingress kubernetes-ingress kong contour'.split(' '),
);

const ROLES: readonly Role[] = [
  {
    name: 'CoreDNS',
    severity: 'high',
    harm: 'no name in the cluster resolves',
    isVital: true,
    matches: ({ labels, namespace, name }) =>
      labels['k8s-app'] === 'kube-dns' || (namespace === 'kube-system' && name === 'coredns'),
  },
  {
    name: 'the ingress controller',
    severity: 'medium',
    harm: 'nothing is reachable from outside',
    isVital: false,
    matches: ({ labels }) => INGRESS.has(labels['app.kubernetes.io/name'] ?? labels['app'] ?? ''),
  },
  {
    name: 'the CSI controller',
    severity: 'low',
    harm: 'no volume can be provisioned or attached',
    isVital: false,
    matches: ({ spec }) => spec.containers.some(({ image }) => /\bcsi-(provisioner|attacher)\b/.test(image)),
  },
];

type Plan = WorkloadParts & { readonly change?: Parts['change']; readonly replaced?: Parts['replaced'] };

/** Names of the ready pods that the change takes away, by workload. */
function evictedPods(world: Plan): ReadonlyMap<string, readonly string[]> {
  const removed = (world.change?.effects ?? []).flatMap(({ op, part, id }) => {
    const before = op === 'remove' && part === 'pods' ? world.replaced?.get(replacedKey(part, id)) : undefined;
    return before === undefined ? [] : [before];
  });
  return new Map(
    [...Map.groupBy(removed, (pod) => workloadKeyOf(pod, world))].map(([key, pods]) => [
      key,
      pods.map(({ metadata }) => metadata.name),
    ]),
  );
}

const hasPlaceBeside = (taken: ReadonlySet<string | undefined>, nodes: ReadonlyMap<string, Node>): boolean =>
  [...nodes.values()].some((node) => isSchedulable(node) && isReady(node) && !taken.has(node.metadata.name));

type Named = Pick<Workload, 'key' | 'part' | 'id' | 'desired'>;

function noneLeft({ key, part, id, desired }: Named, role: Role, leaving: readonly string[]): FoundFault {
  return {
    target: key,
    subject: { part, id },
    severity: role.isVital ? 'critical' : 'high',
    message:
      leaving.length > 0
        ? `The change takes away the only ready pod of ${key}: until another one is up, ${role.harm}.`
        : `${key} ${desired === 0 ? 'is left without pods' : 'has no ready pod'}: ${role.harm}.`,
    evidence: [`it wants ${count(desired, 'pod')}`, ...leaving.map((pod) => `pod ${pod} would be evicted`)],
    remedy: remedyOf(key, desired, leaving),
    fingerprint: `K06:none:${key}`,
    lessons: ['k8s-coredns-single-replica'],
  };
}

function remedyOf(key: string, desired: number, leaving: readonly string[]): string {
  if (desired === 0) return `Leave ${key} running; replace it only after its successor answers.`;
  return leaving.length > 0
    ? `Scale ${key} to 2 first, wait until both are ready on different nodes, and then go on.`
    : `Look at the events of ${key} and its pods before anything else.`;
}

function single({ key, part, id, desired }: Workload, role: Role, ready: readonly Pod[]): FoundFault {
  const nodes = [...new Set(ready.map(({ spec }) => spec.nodeName ?? 'no node'))];
  return {
    target: key,
    subject: { part, id },
    severity: role.severity,
    message: `${count(ready.length, 'ready pod')} of ${key} (${role.name}), all on ${enumerate(nodes)}: when that node goes, ${role.harm}.`,
    evidence: [
      `it wants ${count(desired, 'pod')}`,
      ...ready.map((pod) => `pod ${pod.metadata.name} on ${pod.spec.nodeName ?? ''}`),
    ],
    remedy:
      desired < 2
        ? `Scale ${key} to 2, spread over nodes, and write it where the next upgrade of the distribution keeps it.`
        : `Spread ${key} over nodes with a topologySpreadConstraint on kubernetes.io/hostname.`,
    fingerprint: `K06:single:${key}`,
    lessons: ['k8s-coredns-single-replica'],
  };
}
