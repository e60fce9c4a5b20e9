import { canonicalJson } from '../core/canonical.ts';
import type { Plan } from '../core/plan.ts';
import type { Target } from '../core/target.ts';
import type { Case } from './decide/case.ts';
import { nodesDisrupted, nodesOf } from './decide/nodes.ts';

/** Failure domains that a plan disrupts: of each, one plan at a time. */
export function domainsOf(facts: Case): readonly string[] {
  const nodes = nodesOf(facts.before);
  const domains = nodesDisrupted(facts).map((name) =>
    (nodes?.get(name)?.isControlPlane ?? true) ? 'control-plane' : 'nodes',
  );
  return [...new Set([...domains, ...poolsOf(facts), ...hostsOf(facts)])].sort();
}

/** Of all hosts, one at a time goes away. */
const hostsOf = ({ draft }: Case): readonly string[] =>
  draft.touches.flatMap(({ target: { system, kind } }) =>
    system === 'power' ? ['hosts'] : system === 'proxmox' && (kind === 'Node' || kind === 'NodeNote') ? ['hosts'] : [],
  );

/** A command on a pool whose end was not seen may still run there: until it was, no other is sent to that pool. */
const poolsOf = ({ draft }: Case): readonly string[] =>
  draft.touches.flatMap(({ target: { system, namespace = '', name } }) =>
    system === 'zfs' ? [`zpool:${namespace}/${name.split(/[/@:]/)[0] ?? ''}`] : [],
  );

/** Everything that a plan must hold alone while it runs. */
export const leaseKeys = (plan: Plan, domains: readonly string[]): readonly string[] => [
  ...[...plan.targets, ...plan.touches.map(({ target }) => target)].map(targetLease),
  ...domains.map((domain) => `disruption:${domain}`),
];

/** Field by field, as in permits: no two targets share a key. */
const targetLease = ({ system, group, kind, namespace, name }: Target): string =>
  `target:${canonicalJson([system, group ?? '', kind, namespace ?? null, name])}`;
