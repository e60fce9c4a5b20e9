import type { Node } from '../../world/kubernetes/cluster.ts';
import type { Pod } from '../../world/kubernetes/pod.ts';
import type { Parts } from '../../world/parts.ts';

/** Nodes that are not ready: what their pods say of themselves is old. */
export const lostNodes = (nodes: Parts['nodes'] | undefined): ReadonlySet<string> =>
  new Set([...(nodes?.values() ?? [])].filter((node) => !isReady(node)).map(({ metadata }) => metadata.name));

const isReady = ({ status }: Node): boolean =>
  status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');

/** The lost nodes that these pods stand on; empty when one of them has another reason. */
export function lostUnder(pods: readonly Pod[], lost: ReadonlySet<string>): readonly string[] {
  const placed = pods.filter(({ spec }) => spec.nodeName !== undefined);
  if (placed.length === 0 || !placed.every(({ spec }) => lost.has(spec.nodeName ?? ''))) return [];
  return [...new Set(placed.map(({ spec }) => spec.nodeName ?? ''))].sort();
}
