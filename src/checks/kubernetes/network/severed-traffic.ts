import * as z from 'zod';
import type { Node } from '../../../world/kubernetes/cluster.ts';
import {
  type Direction,
  type Endpoint,
  type Flow,
  groupPolicies,
  type Policies,
  reach,
  reachSide,
  selecting,
} from '../../../world/network-policy.ts';
import type { Parts } from '../../../world/parts.ts';
import { idOf, indexWorkloads, WORKLOAD_PARTS, type Workload, type Workloads } from '../../../world/relations.ts';
import { beforeChange } from '../../before-change.ts';
import { defineCheck, type FoundFault, type Seen } from '../../define.ts';
import { enumerate } from '../../facts.ts';
import { declaredEdges, type Edge } from './declared-edges.ts';

const READ = ['namespaces', 'networkPolicies', 'services', 'ingresses', 'nodes', ...WORKLOAD_PARTS] as const;
const NEEDS = ['change', 'replaced', ...READ] as const;
type TrafficWorld = Seen<(typeof NEEDS)[number]>;

export default defineCheck({
  id: 'K17',
  title: 'A change cuts off no traffic that the lab needs',
  severity: 'high',
  why: 'A policy is wrong in silence: the backup job simply gets no answer. Traffic that manifests declare, allowed before and denied after, denies the change.',
  needs: NEEDS,
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate(world) {
    if (!world.change.effects.some(({ part }) => MATTERS.has(part))) return [];
    const after = sideOf(world);
    const before = sideOf(worldBefore(world));
    const cut = declaredEdges(after.workloads, world.services, world.ingresses.values()).filter(
      (edge) => reaches(after, edge, edge) === 'denied' && wasAllowed(before, edge),
    );
    const groups = Map.groupBy(cut, ({ from, to, port }) => `${from.namespace}->${to.key}:${port}`);
    return [...groups].map(([key, edges]) => faultOf(key, edges, after));
  },
});

/** Evictions and new addresses change no policy. */
const MATTERS: ReadonlySet<string> = new Set(READ.filter((part) => part !== 'nodes' && part !== 'pods'));

interface Side {
  readonly workloads: Workloads;
  readonly policies: Policies;
  readonly namespaces: Parts['namespaces'];
  readonly nodes: Parts['nodes'];
}

const sideOf = (world: TrafficWorld): Side => ({
  workloads: indexWorkloads(world),
  policies: groupPolicies(world.networkPolicies.values()),
  namespaces: world.namespaces,
  nodes: world.nodes,
});

function worldBefore(world: TrafficWorld): TrafficWorld {
  const { change, replaced } = world;
  const restored = { ...world };
  // sound: the value of a part goes back under its own name
  for (const part of READ)
    Object.assign(restored, { [part]: beforeChange(part, world[part] as never, change, replaced) });
  return restored;
}

/** An edge of a workload that is new was allowed before as far as anybody could tell: nothing is cut off by starting it. */
function wasAllowed(before: Side, edge: Edge): boolean {
  const from = before.workloads.byKey(edge.from.key);
  const to = before.workloads.byKey(edge.to.key);
  return from !== undefined && to !== undefined && reaches(before, edge, { from, to }) === 'allowed';
}

type Ends = { readonly from: Workload; readonly to: Workload };

const reaches = (side: Side, edge: Edge, ends: Ends) => reach(side.policies, flowOf(side, edge, ends));

const flowOf = (side: Side, { protocol, port }: Edge, { from, to }: Ends): Flow => ({
  from: endpointOf(from, side),
  to: endpointOf(to, side),
  protocol,
  port,
});

function endpointOf({ namespace, labels, spec, pods }: Workload, { namespaces, nodes }: Side): Endpoint {
  const addresses = pods.flatMap(({ status, spec: { nodeName } }) =>
    spec.hostNetwork ? nodeAddresses(nodes.get(nodeName ?? '')) : (status.podIP ?? []),
  );
  return { namespace, labels, namespaceLabels: namespaceLabels(namespace, namespaces), spec, addresses };
}

const nodeAddresses = (node: Node | undefined): readonly string[] =>
  (node?.status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);

/** The API adds the name as a label; a planned namespace may not have it yet. */
const namespaceLabels = (name: string, namespaces: Parts['namespaces']) => ({
  'kubernetes.io/metadata.name': name,
  ...namespaces.get(name)?.metadata.labels,
});

function faultOf(key: string, edges: readonly Edge[], side: Side): FoundFault {
  const [edge] = edges as readonly [Edge, ...Edge[]]; // a group has one member at least
  const { to, port, protocol } = edge;
  const sources = [...new Set(edges.map(({ from }) => from.key))];
  const onHost = sources.filter((source) => edges.some(({ from }) => from.key === source && from.spec.hostNetwork));
  return {
    target: to.key,
    message: `The change cuts ${enumerate(sources)} off from ${to.key} port ${port}/${protocol}.`,
    evidence: [
      ...[...new Set(edges.map(({ from, because }) => `${from.key}: ${because}`))].slice(0, 8),
      ...deniedBy(edge, side).map(({ rule, policies }) => `${rule} is closed by ${enumerate(policies)}`),
      ...onHost.map((each) => `${each} runs on the host network: only an ipBlock with the node addresses can name it`),
    ],
    remedy: `Add ${enumerate(deniedBy(edge, side).map(({ rule }) => `an allow rule for ${rule}`))} to the same change.`,
    fingerprint: `K17:${key}/${protocol}`,
    lessons: ['k8s-netpol-egress-missing-backup', ...(onHost.length > 0 ? ['k8s-hostnetwork-netpol'] : [])],
  };
}

/** The sides that say no, in words, with the policies that hold there. */
const deniedBy = (edge: Edge, side: Side) =>
  (['Egress', 'Ingress'] as const)
    .filter((direction) => reachSide(side.policies, flowOf(side, edge, edge), direction) === 'denied')
    .map((direction) => ({ rule: ruleText(edge, direction), policies: policiesOf(edge, direction, side) }));

const ruleText = ({ from, to, protocol, port }: Edge, direction: Direction): string =>
  direction === 'Egress'
    ? `egress from namespace ${from.namespace} to ${to.key} on ${protocol} ${port}`
    : `ingress to ${to.key} on ${protocol} ${port} from namespace ${from.namespace}`;

const policiesOf = ({ from, to }: Edge, direction: Direction, { policies }: Side): readonly string[] =>
  selecting(policies, direction === 'Egress' ? from : to, direction).map(
    ({ metadata }) => `NetworkPolicy ${idOf(metadata)}`,
  );
