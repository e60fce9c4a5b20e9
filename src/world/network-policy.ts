import { BlockList, isIPv6 } from 'node:net';
import type { NetworkPolicy, Peer, PolicyPort } from './kubernetes/network.ts';
import type { PodSpec } from './kubernetes/pod.ts';
import { type Labels, matchesSelector } from './labels.ts';
import { runningContainers } from './services.ts';

/** One side of a connection, as a policy sees it. */
export interface Endpoint {
  readonly namespace: string;
  readonly labels: Labels;
  /** Labels of its namespace. */
  readonly namespaceLabels: Labels;
  readonly spec: PodSpec;
  /** Addresses of its pods, or of their nodes when it runs on the host network; empty when no pod is there yet. */
  readonly addresses: readonly string[];
}

export interface Flow {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly protocol: string;
  /** The port of the pod, behind any Service. */
  readonly port: number;
}

/** `unknown` = a rule names address blocks, and an address is not known. */
export type Reach = 'allowed' | 'denied' | 'unknown';

/**
 * Whether the policies let a connection through: the egress side of the source and the ingress side of the destination.
 * A pod that no policy of a direction selects is open in that direction; policies only add up, there is no "deny" rule.
 * Pods on the host network are nodes: no policy holds for them, and only address blocks can name them.
 */
export function reach(policies: Policies, flow: Flow): Reach {
  const sides = [reachSide(policies, flow, 'Egress'), reachSide(policies, flow, 'Ingress')];
  if (sides.includes('denied')) return 'denied';
  return sides.includes('unknown') ? 'unknown' : 'allowed';
}

export type Direction = 'Ingress' | 'Egress';

/** Policies by namespace. */
export type Policies = ReadonlyMap<string, readonly NetworkPolicy[]>;

export function groupPolicies(policies: Iterable<NetworkPolicy>): Policies {
  return Map.groupBy(policies, ({ metadata }) => metadata.namespace ?? '');
}

/** Without `policyTypes` a policy is about ingress, and about egress when it has egress rules. */
export function directionsOf({ spec }: NetworkPolicy): readonly Direction[] {
  const { policyTypes, egress } = spec;
  const isEgress = policyTypes.length === 0 ? (egress ?? []).length > 0 : policyTypes.includes('Egress');
  const isIngress = policyTypes.length === 0 || policyTypes.includes('Ingress');
  return [...(isIngress ? (['Ingress'] as const) : []), ...(isEgress ? (['Egress'] as const) : [])];
}

/** The policies that hold for these pods in this direction. */
export const selecting = (
  policies: Policies,
  { namespace, labels }: Pick<Endpoint, 'namespace' | 'labels'>,
  direction: Direction,
) =>
  (policies.get(namespace) ?? []).filter(
    (policy) => directionsOf(policy).includes(direction) && matchesSelector(policy.spec.podSelector, labels),
  );

/** One side alone: what the policies of the source (`Egress`) or of the destination (`Ingress`) say. */
export function reachSide(policies: Policies, flow: Flow, direction: Direction): Reach {
  const [self, peer] = direction === 'Ingress' ? [flow.to, flow.from] : [flow.from, flow.to];
  if (self.spec.hostNetwork) return 'allowed';
  const holding = selecting(policies, self, direction);
  if (holding.length === 0) return 'allowed';
  const answers = holding.flatMap((policy) =>
    rulesOf(policy, direction).map((rule) => throughRule(rule, flow, peer, policy)),
  );
  if (answers.includes('allowed')) return 'allowed';
  return answers.includes('unknown') ? 'unknown' : 'denied';
}

interface Rule {
  readonly peers: readonly Peer[];
  readonly ports: readonly PolicyPort[];
}

const rulesOf = ({ spec }: NetworkPolicy, direction: Direction): readonly Rule[] =>
  direction === 'Ingress'
    ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
    : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));

/** No peers = everybody, no ports = every port. */
function throughRule({ peers, ports }: Rule, flow: Flow, peer: Endpoint, policy: NetworkPolicy): Reach {
  if (ports.length > 0 && !ports.some((each) => coversPort(each, flow))) return 'denied';
  if (peers.length === 0) return 'allowed';
  const answers = peers.map((each) => matchesPeer(each, peer, policy.metadata.namespace ?? ''));
  if (answers.includes('allowed')) return 'allowed';
  return answers.includes('unknown') ? 'unknown' : 'denied';
}

function coversPort({ protocol, port, endPort }: PolicyPort, flow: Flow): boolean {
  if (protocol !== flow.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'string') return namedPort(flow.to.spec, port, protocol) === flow.port;
  return flow.port >= port && flow.port <= (endPort ?? port);
}

const namedPort = (spec: PodSpec, name: string, protocol: string): number | undefined =>
  runningContainers(spec)
    .flatMap(({ ports }) => ports)
    .find((each) => each.name === name && each.protocol === protocol)?.containerPort;

function matchesPeer({ podSelector, namespaceSelector, ipBlock }: Peer, peer: Endpoint, own: string): Reach {
  if (ipBlock !== undefined) return inBlock(ipBlock, peer.addresses);
  if (peer.spec.hostNetwork) return 'denied';
  const namespaceFits =
    namespaceSelector === undefined ? peer.namespace === own : matchesSelector(namespaceSelector, peer.namespaceLabels);
  const podFits = podSelector === undefined || matchesSelector(podSelector, peer.labels);
  return namespaceFits && podFits ? 'allowed' : 'denied';
}

/** All of the addresses must be in the block: a workload whose pods are half inside it is half cut off. */
function inBlock(
  { cidr, except }: { readonly cidr: string; readonly except: readonly string[] },
  addresses: readonly string[],
): Reach {
  if (except.length === 0 && (cidr === '0.0.0.0/0' || cidr === '::/0')) return 'allowed';
  if (addresses.length === 0) return 'unknown';
  const inside = blockOf([cidr]);
  const outside = blockOf(except);
  if (inside === undefined || outside === undefined) return 'unknown';
  const isIn = (address: string): boolean => {
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    return inside.check(address, family) && !outside.check(address, family);
  };
  return addresses.every(isIn) ? 'allowed' : 'denied';
}

function blockOf(cidrs: readonly string[]): BlockList | undefined {
  const list = new BlockList();
  try {
    for (const cidr of cidrs) {
      const [address = '', prefix = ''] = cidr.split('/');
      list.addSubnet(address, Number(prefix), isIPv6(address) ? 'ipv6' : 'ipv4');
    }
    return list;
  } catch {
    return undefined; // not a CIDR: what it covers cannot be told
  }
}
