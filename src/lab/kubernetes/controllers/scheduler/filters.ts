import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, PodAffinityTerm } from '../kinds.ts';
import { fitsNode, matchesTerms } from '../placement.ts';
import { selects } from '../selecting.ts';
import { untolerated } from '../tolerations.ts';
import { type Amounts, podRequests, shortages } from './requests.ts';

/** A node as the scheduler sees it, with what stands on it already. */
export interface NodeView {
  readonly node: Node;
  readonly room: Amounts;
  readonly used: Amounts;
  readonly pods: readonly Pod[];
}

export interface ClaimView {
  readonly claim: PersistentVolumeClaim;
  /** Bound to it. */
  readonly volume: PersistentVolume | undefined;
  /** Where its volume will be made, once that is settled. */
  readonly selectedNode: string | undefined;
}

export interface FilterContext {
  readonly nodes: readonly NodeView[];
  readonly claims: readonly ClaimView[];
}

/** Reasons why a pod cannot go to a node, in the words of the real scheduler; empty = it can. */
type Filter = (pod: Pod, view: NodeView, context: FilterContext) => readonly string[];

const isCordoned = ({ spec }: Node): boolean =>
  spec?.unschedulable === true || spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/unschedulable') === true;

const toleratesCordon = ({ spec }: Pod): boolean =>
  untolerated([{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }], spec.tolerations) === undefined;

const unschedulable: Filter = (pod, { node }) =>
  isCordoned(node) && !toleratesCordon(pod) ? ['node(s) were unschedulable'] : [];

const taints: Filter = ({ spec }, { node }) => {
  const taint = untolerated(node.spec?.taints, spec.tolerations);
  return taint ? ['node(s) had untolerated taint(s)'] : [];
};

const affinity: Filter = ({ spec }, { node }) =>
  fitsNode(spec, node) ? [] : ["node(s) didn't match Pod's node affinity/selector"];

const hostPorts = ({ spec }: Pod): string[] =>
  spec.containers
    .flatMap(({ ports }) => ports ?? [])
    .map(({ hostPort, containerPort, protocol }) => ({
      port: hostPort ?? (spec.hostNetwork ? containerPort : undefined),
      protocol,
    }))
    .filter(({ port }) => port !== undefined)
    .map(({ port, protocol }) => `${protocol ?? 'TCP'}/${port}`);

const ports: Filter = (pod, { pods }) => {
  const wanted = new Set(hostPorts(pod));
  const taken = wanted.size > 0 && pods.some((other) => hostPorts(other).some((port) => wanted.has(port)));
  return taken ? ["node(s) didn't have free ports for the requested pod ports"] : [];
};

const resources: Filter = (pod, { room, used }) => shortages(room, used, podRequests(pod));

const volumes: Filter = (_pod, { node }, { claims }) => {
  const elsewhere = claims.some(
    ({ volume, selectedNode }) =>
      (volume && !matchesTerms(node, volume.spec.nodeAffinity?.required?.nodeSelectorTerms)) ||
      (!volume && selectedNode !== undefined && selectedNode !== node.metadata.name),
  );
  return elsewhere ? ["node(s) didn't match PersistentVolume's node affinity"] : [];
};

const domainOf = ({ node }: NodeView, key: string): string | undefined => node.metadata.labels?.[key];

const isTarget = (term: PodAffinityTerm, owner: Pod, other: Pod): boolean =>
  (term.namespaces?.length
    ? term.namespaces.includes(other.metadata.namespace ?? '')
    : other.metadata.namespace === owner.metadata.namespace) && selects(term.labelSelector, other.metadata.labels);

const antiTerms = ({ spec }: Pod): readonly PodAffinityTerm[] =>
  spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];

/** Pods in the same domain of the term as `view`. */
const neighbours = (term: PodAffinityTerm, view: NodeView, { nodes }: FilterContext): readonly Pod[] => {
  const domain = domainOf(view, term.topologyKey);
  if (domain === undefined) return [];
  return nodes.filter((each) => domainOf(each, term.topologyKey) === domain).flatMap(({ pods }) => pods);
};

const antiAffinity: Filter = (pod, view, context) => {
  const own = antiTerms(pod).some((term) =>
    neighbours(term, view, context).some((other) => isTarget(term, pod, other)),
  );
  if (own) return ["node(s) didn't match pod anti-affinity rules"];
  const theirs = context.nodes.some(({ pods, node }) =>
    pods.some((other) =>
      antiTerms(other).some(
        (term) =>
          isTarget(term, other, pod) &&
          node.metadata.labels?.[term.topologyKey] !== undefined &&
          node.metadata.labels[term.topologyKey] === domainOf(view, term.topologyKey),
      ),
    ),
  );
  return theirs ? ["node(s) didn't satisfy existing pods anti-affinity rules"] : [];
};

const podAffinity: Filter = (pod, view, context) => {
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const everywhere = context.nodes.flatMap(({ pods }) => pods);
  const met = terms.every(
    (term) =>
      neighbours(term, view, context).some((other) => isTarget(term, pod, other)) ||
      // The first pod of a group that wants to be together may go anywhere.
      (isTarget(term, pod, pod) && !everywhere.some((other) => isTarget(term, pod, other))),
  );
  return met ? [] : ["node(s) didn't match pod affinity rules"];
};

/** In the order of the real scheduler: the first that refuses speaks for the node. */
const FILTERS: readonly Filter[] = [
  unschedulable,
  taints,
  affinity,
  ports,
  resources,
  volumes,
  antiAffinity,
  podAffinity,
];

export const refusals = (pod: Pod, view: NodeView, context: FilterContext): readonly string[] => {
  for (const filter of FILTERS) {
    const reasons = filter(pod, view, context);
    if (reasons.length > 0) return reasons;
  }
  return [];
};
