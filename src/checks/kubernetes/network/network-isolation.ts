import * as z from 'zod';
import type { Node } from '../../../world/kubernetes/cluster.ts';
import type { NetworkPolicy } from '../../../world/kubernetes/network.ts';
import { directionsOf } from '../../../world/network-policy.ts';
import type { Parts } from '../../../world/parts.ts';
import { indexWorkloads, WORKLOAD_PARTS, type Workloads } from '../../../world/relations.ts';
import { reasonOf } from '../../acceptance.ts';
import { defineCheck, type FoundFault } from '../../define.ts';
import { count, enumerate } from '../../facts.ts';

/** Namespaces of the system and of what has to be reached from everywhere. */
const OPEN = ['kube-system', 'kube-public', 'kube-node-lease', 'ingress-nginx', 'traefik', 'metallb-system'];

export default defineCheck({
  id: 'K16',
  title: 'Network policies hold, and every policy holds for something',
  severity: 'medium',
  why: 'A policy that selects nothing, or that the network plugin ignores, looks like protection and is none. Many homelabs live without default deny, so that is one quiet finding. What a change introduces is noted.',
  needs: ['namespaces', 'networkPolicies', ...WORKLOAD_PARTS],
  wants: ['nodes'],
  params: z.strictObject({ openNamespaces: z.array(z.string()).default(OPEN) }),
  introduced: 'note',
  evaluate(world, { params }) {
    const workloads = indexWorkloads(world);
    const policies = [...world.networkPolicies.values()];
    const open = openNamespaces(world.namespaces, policies, workloads, new Set(params.openNamespaces));
    return [
      ...(open.length > 0 ? [openFault(open)] : []),
      ...policies.filter((policy) => selectsNothing(policy, workloads)).map(emptyFault),
      ...notEnforced(policies, world.nodes, workloads),
    ];
  },
});

function openNamespaces(
  namespaces: Parts['namespaces'],
  policies: readonly NetworkPolicy[],
  { all }: Workloads,
  exempt: ReadonlySet<string>,
): readonly string[] {
  const closed = new Set(policies.filter(isDefaultDeny).map(({ metadata }) => metadata.namespace ?? ''));
  const used = new Set(all.filter(({ pods }) => pods.length > 0).map(({ namespace }) => namespace));
  return [...used]
    .filter(
      (name) =>
        !closed.has(name) &&
        !exempt.has(name) &&
        reasonOf(namespaces.get(name)?.metadata.annotations ?? {}, 'K16') === undefined,
    )
    .sort();
}

/** Selects every pod for ingress: whatever no other policy allows is then denied. */
const isDefaultDeny = (policy: NetworkPolicy): boolean =>
  directionsOf(policy).includes('Ingress') &&
  Object.keys(policy.spec.podSelector.matchLabels).length === 0 &&
  policy.spec.podSelector.matchExpressions.length === 0 &&
  (policy.spec.ingress ?? []).every(({ from }) => from.length > 0);

const openFault = (namespaces: readonly string[]): FoundFault => ({
  target: 'Cluster network policies',
  severity: 'low',
  message: `${count(namespaces.length, 'namespace')} with pods ${namespaces.length === 1 ? 'has' : 'have'} no default-deny ingress policy: any pod of the cluster reaches theirs.`,
  evidence: [enumerate(namespaces, 40)],
  remedy:
    'Start with one namespace: default-deny ingress and an allow rule per known caller; accept K16 by annotation on those that are meant to be open.',
  fingerprint: 'K16:open',
  lessons: ['k8s-hostnetwork-netpol'],
});

/** Templates count: the policy of an app that is scaled to zero, or of a CronJob between two runs, is no dead policy. */
function selectsNothing({ metadata, spec }: NetworkPolicy, { byLabels, podsByLabels }: Workloads): boolean {
  const { matchLabels, matchExpressions } = spec.podSelector;
  if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) return false;
  const namespace = metadata.namespace ?? '';
  return (
    byLabels.select(namespace, spec.podSelector).length === 0 &&
    podsByLabels.select(namespace, spec.podSelector).length === 0
  );
}

function emptyFault({ metadata, spec }: NetworkPolicy): FoundFault {
  const id = `${metadata.namespace ?? ''}/${metadata.name}`;
  const labels = Object.entries(spec.podSelector.matchLabels).map((pair) => pair.join('='));
  return {
    target: `NetworkPolicy ${id}`,
    subject: { part: 'networkPolicies', id },
    message: `NetworkPolicy ${id} selects no pod and no workload: it protects nothing.`,
    evidence: [`podSelector: ${labels.join(', ') || 'expressions only'}`],
    remedy: 'Correct the selector to labels that the pods carry, or delete the policy.',
    fingerprint: `K16:empty:${id}`,
    lessons: ['k8s-hostnetwork-netpol'],
  };
}

const NODE_ARGS = 'k3s.io/node-args';
const ENFORCERS = /cilium|calico|kube-router|antrea|weave|canal/;

/** k3s enforces policies itself unless told not to; another plugin may do it in its place. */
function notEnforced(
  policies: readonly NetworkPolicy[],
  nodes: Parts['nodes'] | undefined,
  { all }: Workloads,
): readonly FoundFault[] {
  const off = [...(nodes?.values() ?? [])].filter(hasPoliciesOff).map(({ metadata }) => metadata.name);
  const other = all.some(({ kind, name }) => kind === 'DaemonSet' && ENFORCERS.test(name));
  if (policies.length === 0 || off.length === 0 || other) return [];
  return [
    {
      target: 'Cluster network policies',
      severity: 'high',
      message: `${count(policies.length, 'network policy').replace('policys', 'policies')} exist, and nothing enforces them.`,
      evidence: [
        `k3s runs with --disable-network-policy on ${enumerate(off)}`,
        'no DaemonSet of a network plugin that enforces policies',
      ],
      remedy: 'Start k3s without --disable-network-policy, or install a network plugin that enforces policies.',
      fingerprint: 'K16:not-enforced',
      lessons: ['k8s-hostnetwork-netpol'],
    },
  ];
}

const hasPoliciesOff = ({ metadata }: Node): boolean =>
  /"--disable-network-policy(=true)?"(?!,"false")/.test(metadata.annotations[NODE_ARGS] ?? '');
