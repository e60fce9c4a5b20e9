import * as z from 'zod';
import type { World } from '../../world/world.ts';
import type { Case } from './case.ts';

/** What the guard looks at in a node. */
export interface NodeFacts {
  readonly name: string;
  readonly isControlPlane: boolean;
  readonly isReady: boolean;
  readonly isSchedulable: boolean;
}

const CONTROL_PLANE_LABELS = ['control-plane', 'master', 'etcd'].map((role) => `node-role.kubernetes.io/${role}`);

const Node = z.looseObject({
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.looseObject({ unschedulable: z.boolean().default(false) }).prefault({}),
  status: z
    .looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]) })
    .prefault({}),
});

/** Undefined when the nodes of this world are not known. */
export function nodesOf(world: World): ReadonlyMap<string, NodeFacts> | undefined {
  const part = world.part('nodes');
  if (part.state !== 'known') return undefined;
  return new Map([...part.value.values()].map((node) => factsOf(Node.parse(node))).map((node) => [node.name, node]));
}

const factsOf = ({ metadata, spec, status }: z.output<typeof Node>): NodeFacts => ({
  name: metadata.name,
  isControlPlane: CONTROL_PLANE_LABELS.some((label) => Object.hasOwn(metadata.labels, label)),
  isReady: status.conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  isSchedulable: !spec.unschedulable,
});

/** Names of the nodes that the plan is about, and of those whose machine it takes away. */
export const nodesReached = (facts: Pick<Case, 'targets' | 'draft' | 'before' | 'after'>): readonly string[] => [
  ...new Set([
    ...[...facts.targets, ...facts.draft.touches.map(({ target }) => target)]
      .filter(({ system, kind, group }) => system === 'kubernetes' && kind === 'Node' && !group)
      .map(({ name }) => name),
    ...fallenWithMachine(facts),
  ]),
];

/** A guest or a host that goes takes its node along, though no write names the node. */
function fallenWithMachine({ draft, before, after }: Pick<Case, 'draft' | 'before' | 'after'>): readonly string[] {
  if (!draft.touches.some(({ target }) => target.system === 'proxmox' || target.system === 'power')) return [];
  const now = nodesOf(after);
  return [...(nodesOf(before)?.values() ?? [])]
    .filter(({ name, isReady }) => isReady && now?.get(name)?.isReady !== true)
    .map(({ name }) => name);
}

/** Nodes that the plan takes out of service: drained, deleted, closed for new pods, or no longer Ready. */
export function nodesDisrupted(facts: Pick<Case, 'targets' | 'draft' | 'before' | 'after'>): readonly string[] {
  const reached = nodesReached(facts);
  const isDrain = facts.draft.touches.some(({ verb }) => verb === 'evict');
  const before = nodesOf(facts.before);
  const after = nodesOf(facts.after);
  const isWorse = (name: string): boolean => {
    const [was, is] = [before?.get(name), after?.get(name)];
    // Not known counts as disrupted: doubt must not look like health.
    if (was === undefined || is === undefined) return true;
    return (was.isReady && !is.isReady) || (was.isSchedulable && !is.isSchedulable);
  };
  return reached.filter((name) => isDrain || isWorse(name));
}
