import * as z from 'zod';
import type { Change } from '../../core/change.ts';
import type { Node } from '../../world/kubernetes/cluster.ts';
import type { Parts } from '../../world/parts.ts';
import { machinesOf } from '../../world/proxmox/relations.ts';
import type { ProxmoxGuest } from '../../world/proxmox/schema.ts';
import { before } from '../before-change.ts';
import { defineCheck, type FoundFault, type Seen } from '../define.ts';
import { enumerate } from '../facts.ts';
import { hostOf } from '../proxmox/facts.ts';

type Facts = Seen<'nodes'> & Partial<Seen<'change' | 'replaced' | 'proxmoxGuests' | 'proxmoxNodes'>>;

export default defineCheck({
  id: 'E01',
  title: 'etcd keeps its quorum',
  severity: 'critical',
  why: 'With fewer than half of its voters plus one, etcd stops and the control plane with it. A voter counts through its node, the guest that the node runs in with its network, and the host of that guest.',
  needs: ['nodes'],
  wants: ['change', 'replaced', 'proxmoxGuests', 'proxmoxNodes'],
  params: z.strictObject({}),
  introduced: 'deny',
  evaluate(world) {
    const { members, isLone } = votersOf(before('nodes', world.nodes, world));
    if (members.length === 0) return [];
    const down = members.flatMap((name) => whyDown(name, world));
    const taken = [
      ...members.flatMap((name) => whyTaken(name, world)),
      ...members.flatMap((name) => whyCutOff(name, world)),
    ];
    const away = new Map([...down, ...taken].map(({ name, why }) => [name, why]));
    const need = Math.floor(members.length / 2) + 1;
    const left = members.length - away.size;
    if (left >= need) return [];
    return [
      isLone
        ? loneServer(members, away, taken)
        : quorumLost({ members, away, need, left, isPlanned: world.change !== undefined, lessons: lessonsOf(taken) }),
    ];
  },
});

interface Away {
  readonly name: string;
  readonly why: string;
  /** Its machine stays up, and its network changes. */
  readonly byNetwork?: true;
}

const hasRole = ({ metadata }: Node, role: string): boolean =>
  Object.hasOwn(metadata.labels, `node-role.kubernetes.io/${role}`);

/** Servers with embedded etcd; a lone server without it is its own quorum of one. Several without etcd have a database elsewhere. */
function votersOf(nodes: Parts['nodes']): { readonly members: readonly string[]; readonly isLone: boolean } {
  const all = [...nodes.values()];
  const etcd = all.filter((node) => hasRole(node, 'etcd'));
  const servers = all.filter((node) => hasRole(node, 'control-plane') || hasRole(node, 'master'));
  const members = etcd.length > 0 ? etcd : servers.length === 1 ? servers : [];
  return { members: members.map(({ metadata }) => metadata.name), isLone: members.length === 1 };
}

const isReady = ({ status }: Node): boolean =>
  status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True');

/** Why a voter does not vote, in the world as it would be. */
function whyDown(name: string, world: Facts): readonly Away[] {
  const node = world.nodes.get(name);
  if (node === undefined) return [{ name, why: `node ${name} is gone` }];
  // A node that reports lives, whatever a Proxmox host that is cut off thinks of it.
  if (isReady(node)) return [];
  return [{ name, why: whyMachineIsDown(node, world) ?? `node ${name} is not ready` }];
}

function whyMachineIsDown(node: Node, { proxmoxGuests, proxmoxNodes }: Facts): string | undefined {
  if (proxmoxGuests === undefined) return undefined;
  const name = node.metadata.name;
  for (const { guest, key } of machinesOf(node, { proxmoxGuests })) {
    if (proxmoxNodes?.get(hostOf(guest))?.online === false)
      return `${name} runs in guest ${key} on host ${guest.node}, which is down`;
    if (guest.status !== 'running') return `${name} runs in guest ${key}, which is ${guest.status}`;
  }
  return undefined;
}

/** Voters that this very change takes away, drained ones included; one that is closed for pods already counts as away, too. */
function whyTaken(name: string, world: Facts): readonly Away[] {
  const { change, replaced } = world;
  if (change === undefined || replaced === undefined) return [];
  const was = before('nodes', world.nodes, world).get(name);
  const is = world.nodes.get(name);
  if (was === undefined) return [];
  const isDrained = isDrain(change) && is?.spec.unschedulable === true && !was.spec.unschedulable;
  if (isDrained) return [{ name, why: `node ${name} would be drained` }];
  const disturbs =
    isDrain(change) || change.touches.some(({ target }) => target.system !== 'kubernetes' || target.kind === 'Node');
  return disturbs && was.spec.unschedulable
    ? [{ name, why: `node ${name} is closed for pods: somebody is at it` }]
    : [];
}

/** Lines of a guest that decide whether the others reach it: bridge, tag, firewall and rate of a card, and its addresses. */
const NETWORK = /^(?:net|ipconfig)\d+$/;

/** A voter that the others no longer reach under the address that they know is away, though its machine is up. */
function whyCutOff(name: string, world: Facts): readonly Away[] {
  const { change, replaced, proxmoxGuests } = world;
  if (change === undefined || replaced === undefined || proxmoxGuests === undefined) return [];
  const node = before('nodes', world.nodes, world).get(name);
  const was = before('proxmoxGuests', proxmoxGuests, world);
  if (node === undefined || was === proxmoxGuests) return [];
  return machinesOf(node, { proxmoxGuests: was }).flatMap(({ guest, key }) => {
    const is = proxmoxGuests.get(key);
    const changed = is === undefined ? [] : changedOptions(guest, is).filter((option) => NETWORK.test(option));
    return changed.length === 0
      ? []
      : [
          {
            name,
            why: `${name} runs in guest ${key}, whose ${enumerate(changed)} would change`,
            byNetwork: true as const,
          },
        ];
  });
}

function changedOptions(was: ProxmoxGuest, is: ProxmoxGuest): readonly string[] {
  const [before, after] = [was.config?.options ?? {}, is.config?.options ?? {}];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .sort();
}

const isDrain = ({ touches }: Change): boolean => touches.some(({ verb }) => verb === 'evict');

interface Lost {
  readonly members: readonly string[];
  readonly away: ReadonlyMap<string, string>;
  readonly need: number;
  readonly left: number;
  readonly isPlanned: boolean;
  readonly lessons: readonly string[];
}

const LESSONS = ['etcd-two-members-moved'];
const lessonsOf = (taken: readonly Away[]): readonly string[] =>
  taken.some(({ byNetwork }) => byNetwork) ? [...LESSONS, 'etcd-peer-url-persisted'] : LESSONS;

/** The state of now and the act of a plan have different fingerprints: whoever takes one more is told so, however bad it was. */
const quorumLost = ({ members, away, need, left, isPlanned, lessons }: Lost): FoundFault => ({
  target: 'etcd',
  message: `etcd ${isPlanned ? 'would be left with' : 'has'} ${left} of ${members.length} voters, and needs ${need}: the control plane stops.`,
  evidence: [...away.values()],
  remedy: 'One voter at a time: bring back those that are away, see that all are healthy, then plan again.',
  fingerprint: `E01:quorum:${[...away.keys()].sort().join(',')}`,
  lessons,
});

const loneServer = (
  members: readonly string[],
  away: ReadonlyMap<string, string>,
  taken: readonly Away[],
): FoundFault => ({
  target: 'etcd',
  message: `${enumerate(members)} is the only server: without it there is no control plane${taken.length > 0 ? ' until it is back' : ''}.`,
  evidence: [...away.values()],
  remedy: 'Take a fresh snapshot of its datastore, check it, and let a person say when.',
  fingerprint: `E01:lone:${members.join(',')}`,
  lessons: taken.some(({ byNetwork }) => byNetwork) ? ['etcd-peer-url-persisted'] : [],
  introduced: 'ask',
});
