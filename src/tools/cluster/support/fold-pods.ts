import type { KubeObject } from '../../../clients/kubernetes/contract.ts';
import { age } from './age.ts';
import { textAt } from './json.ts';
import { podState } from './pod-state.ts';

/**
 * Healthy pods in a third of the tokens: one row for all pods that share a name up to the last dash,
 * nodes by a number that the legend explains, restarts and states only where there is something to say.
 */
export interface FoldedPods {
  /** `n1 k3s-agent-1, n2 ...` */
  readonly legend: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function foldPods(pods: readonly KubeObject[], now: Date): FoldedPods {
  const nodes = [...new Set(pods.map((pod) => podState(pod).node))].toSorted();
  const alias = new Map(nodes.map((node, index) => [node, `n${index + 1}`]));
  const families = Map.groupBy(pods, (pod) => `${pod.metadata.namespace ?? ''}\t${familyOf(pod)}`);
  const rows = [...families].map(([key, members]) => [
    ...key.split('\t'),
    members.map((pod) => memberText(pod, alias, now)).join(', '),
  ]);
  return {
    legend: nodes.map((node) => `${alias.get(node) ?? ''} ${node}`).join(', '),
    columns: ['namespace', 'pods', 'each: rest of name, age, node'],
    rows: rows.toSorted(([a = '', b = ''], [c = '', d = '']) => (a === c ? compare(b, d) : compare(a, c))),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `web-7d4b9c-` of `web-7d4b9c-x2x9k`: what its sisters share. */
const familyOf = ({ metadata: { name } }: KubeObject): string => name.slice(0, name.lastIndexOf('-') + 1) || name;

function memberText(pod: KubeObject, alias: ReadonlyMap<string, string>, now: Date): string {
  const { status, restarts, node } = podState(pod);
  const { name } = pod.metadata;
  const rest = name.includes('-') ? name.slice(name.lastIndexOf('-') + 1) : '';
  return [
    rest,
    age(textAt(pod, 'metadata', 'creationTimestamp'), now),
    alias.get(node) ?? node,
    ...(status === 'Running' ? [] : [status]),
    ...(restarts === 0 ? [] : [`${restarts} restarts`]),
  ]
    .filter((part) => part !== '')
    .join(' ');
}
