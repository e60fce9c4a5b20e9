import { machinesOf } from '../../world/proxmox/relations.ts';
import { before } from '../before-change.ts';
import type { Seen } from '../define.ts';

/** What S04 sees of a plan, and which nodes that plan takes away. */
export const NEEDS = ['change', 'replaced', 'longhornVolumes', 'longhornReplicas', 'nodes'] as const;
export const WANTS = ['longhornNodes', 'proxmoxGuests', 'pods'] as const;
export type PlannedWorld = Seen<(typeof NEEDS)[number]> & Partial<Seen<(typeof WANTS)[number]>>;

export interface Taken {
  readonly why: string;
  /** The disk goes, too, or Longhorn can no longer move what is on it. */
  readonly isGone: boolean;
}

/** Name of a Kubernetes node -> how the plan takes it away. */
export function takenNodes(world: PlannedWorld): ReadonlyMap<string, readonly Taken[]> {
  const taken = new Map<string, readonly Taken[]>();
  const take = (node: string, why: string, isGone: boolean): void =>
    void taken.set(node, [...(taken.get(node) ?? []), { why, isGone }]);
  for (const node of drained(world)) take(node, `node ${node} would be drained`, false);
  for (const node of deleted(world)) take(node, `node ${node} would be deleted`, true);
  for (const node of stopped(world)) take(node, `node ${node} would go down with its machine`, false);
  for (const { node, id, what } of unguarded(world)) take(node, `${what} ${id} would be deleted`, false);
  for (const { node, guest } of rebuilt(world)) take(node, `the disks of ${node} lie in guest ${guest}`, true);
  return taken;
}

/** Whoever evicts the pods of a node is about to work on it, whether it was cordoned before or not. */
const drained = ({ change }: PlannedWorld): readonly string[] =>
  change.touches.some(({ verb }) => verb === 'evict') || change.action === 'cluster_drain'
    ? change.targets.filter(({ system, kind }) => system === 'kubernetes' && kind === 'Node').map(({ name }) => name)
    : [];

const deleted = ({ change }: PlannedWorld): readonly string[] =>
  change.effects.flatMap(({ op, part, id }) =>
    op !== 'remove' ? [] : part === 'nodes' ? [id] : part === 'longhornNodes' ? (id.split('/')[1] ?? []) : [],
  );

/** Ready without the plan, and not with it. */
function stopped(world: PlannedWorld): readonly string[] {
  const isReady = (node: string, nodes: PlannedWorld['nodes']): boolean =>
    nodes.get(node)?.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  const was = before('nodes', world.nodes, world);
  return [...world.nodes.keys()].filter((node) => isReady(node, was) && !isReady(node, world.nodes));
}

/**
 * The instance-managers of Longhorn run its replicas, each under a PodDisruptionBudget of the same name that holds the last
 * one: to delete either goes past it, as a drain without eviction does.
 */
function unguarded(
  world: PlannedWorld,
): readonly { readonly node: string; readonly id: string; readonly what: string }[] {
  if (world.pods === undefined || drained(world).length > 0) return [];
  const was = before('pods', world.pods, world);
  return world.change.effects.flatMap(({ op, part, id }) => {
    const what = part === 'pods' ? 'Pod' : part === 'podDisruptionBudgets' ? 'PodDisruptionBudget' : undefined;
    const pod = op === 'remove' && what !== undefined ? was.get(id) : undefined;
    const isManager = pod?.metadata.labels['longhorn.io/component'] === 'instance-manager';
    return what !== undefined && isManager && pod.spec.nodeName !== undefined
      ? [{ node: pod.spec.nodeName, id, what }]
      : [];
  });
}

/** Guests that are destroyed, or whose disks are set back to what they were: a stopped one holds its replicas, too. */
function rebuilt(world: PlannedWorld): readonly { readonly node: string; readonly guest: string }[] {
  if (world.proxmoxGuests === undefined) return [];
  const { change } = world;
  const isRolledBack = change.action === 'proxmox_rollback_snapshot';
  const guests = new Set(
    change.effects.flatMap(({ op, part, id }) =>
      part === 'proxmoxGuests' && (op === 'remove' || isRolledBack) ? [id] : [],
    ),
  );
  if (guests.size === 0) return [];
  const was = { proxmoxGuests: before('proxmoxGuests', world.proxmoxGuests, world) };
  return [...before('nodes', world.nodes, world).values()].flatMap((node) =>
    machinesOf(node, was).flatMap(({ key }) => (guests.has(key) ? [{ node: node.metadata.name, guest: key }] : [])),
  );
}
