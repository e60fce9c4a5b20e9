import type { Effect } from '../../core/effect.ts';
import type { Node } from '../kubernetes/cluster.ts';
import type { Parts } from '../parts.ts';
import type { World } from '../world.ts';
import { nodesByGuest } from './relations.ts';
import type { ProxmoxGuest, ProxmoxNode } from './schema.ts';

const knownPart = <K extends 'nodes' | 'pods' | 'proxmoxGuests'>(world: World, name: K): Parts[K] | undefined => {
  const part = world.part(name);
  return part.state === 'known' ? (part.value as Parts[K]) : undefined; // sound: the part of that very name
};

/**
 * What follows from the effects of a plan where machines stand on machines: a host that goes takes its guests along, and
 * a guest that goes its Kubernetes node, with the pods on it. The effects themselves come first; nothing that comes back
 * is taken for healthy. What is not known follows not: the guard refuses to go on without the parts that it needs here.
 */
export function withConsequences(world: World, effects: readonly Effect[]): readonly Effect[] {
  const guests = knownPart(world, 'proxmoxGuests');
  if (guests === undefined) return effects;
  const fallenHosts = new Set(effects.filter(isHostGone).map(({ id }) => id));
  const own = new Set(effects.filter(({ part }) => part === 'proxmoxGuests').map(({ id }) => id));
  const dragged = [...guests].flatMap(([id, guest]): Effect[] =>
    guest.status === 'running' && fallenHosts.has(hostOf(guest)) && !own.has(id)
      ? [{ op: 'put', part: 'proxmoxGuests', id, value: { ...guest, status: 'stopped' } }]
      : [],
  );
  const all = [...effects, ...dragged];
  const fallen = all.filter((effect) => isGuestGone(effect, guests)).map(({ id }) => id);
  return fallen.length === 0 ? all : [...all, ...nodesGone(world, guests, fallen, effects)];
}

const hostOf = ({ metadata, node }: ProxmoxGuest): string => `${metadata.namespace ?? ''}/${node}`;

const isHostGone = (effect: Effect): boolean =>
  effect.part === 'proxmoxNodes' && (effect.op === 'remove' || (effect.value as Partial<ProxmoxNode>).online === false);

function isGuestGone(effect: Effect, guests: Parts['proxmoxGuests']): boolean {
  if (effect.part !== 'proxmoxGuests' || guests.get(effect.id)?.status !== 'running') return false;
  return effect.op === 'remove' || (effect.value as Partial<ProxmoxGuest>).status !== 'running';
}

function nodesGone(
  world: World,
  guests: Parts['proxmoxGuests'],
  fallen: readonly string[],
  effects: readonly Effect[],
): readonly Effect[] {
  const nodes = knownPart(world, 'nodes');
  if (nodes === undefined) return [];
  const byGuest = nodesByGuest({ nodes, proxmoxGuests: guests });
  const names = new Set(fallen.flatMap((id) => byGuest.get(id) ?? []));
  const own = new Set(effects.filter(({ part }) => part === 'nodes').map(({ id }) => id));
  const put = [...names].flatMap((name): Effect[] => {
    const node = nodes.get(name);
    return node === undefined || own.has(name) ? [] : [{ op: 'put', part: 'nodes', id: name, value: notReady(node) }];
  });
  const pods = [...(knownPart(world, 'pods') ?? [])].flatMap(([id, { spec }]): Effect[] =>
    spec.nodeName !== undefined && names.has(spec.nodeName) ? [{ op: 'remove', part: 'pods', id }] : [],
  );
  return [...put, ...pods];
}

const notReady = (node: Node): Node => ({
  ...node,
  status: {
    ...node.status,
    conditions: [
      ...node.status.conditions.filter(({ type }) => type !== 'Ready'),
      {
        type: 'Ready',
        status: 'Unknown',
        reason: 'MachineGone',
        lastTransitionTime: undefined,
        lastUpdateTime: undefined,
      },
    ],
  },
});
