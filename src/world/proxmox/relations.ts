import type { Node } from '../kubernetes/cluster.ts';
import type { Parts } from '../parts.ts';
import { proxmoxKey } from './objects.ts';
import type { ProxmoxGuest } from './schema.ts';

export type MachineParts = Pick<Parts, 'nodes' | 'proxmoxGuests'>;

/** How it is known that a Kubernetes node runs in a guest; a name alone proves little. */
export type Proof = 'uuid' | 'address' | 'name';
export interface Machine {
  readonly guest: ProxmoxGuest;
  readonly key: string;
  readonly proof: Proof;
}

export const guestKey = ({ metadata, vmid }: ProxmoxGuest): string => proxmoxKey(metadata.namespace ?? '', vmid);

/** Old firmware writes the first three groups of a uuid in the other byte order. */
function sameUuid(a: string, b: string): boolean {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  return left === right || left === swapped(right);
}

function swapped(uuid: string): string {
  const groups = uuid.split('-');
  const turned = groups.map((group, index) => (index < 3 ? (group.match(/../g) ?? []).reverse().join('') : group));
  return turned.join('-');
}

const uuidOf = ({ status }: Node): string | undefined => {
  const uuid = status.nodeInfo?.['systemUUID'];
  return typeof uuid === 'string' && uuid !== '' ? uuid : undefined;
};

const shortName = (name: string): string => name.split('.')[0]?.toLowerCase() ?? '';

/** Addresses that cloud-init gives it: `ipconfig0: ip=192.168.20.21/24,gw=...`; of a container `net0: ...,ip=.../24`. */
const addressesOf = ({ config }: ProxmoxGuest): readonly string[] =>
  Object.entries(config?.options ?? {}).flatMap(([name, value]) =>
    /^(?:ipconfig|net)\d+$/.test(name)
      ? [...value.matchAll(/(?:^|,)ip6?=([0-9a-f.:]+)\//gi)].map(([, ip = '']) => ip)
      : [],
  );

interface GuestIndex {
  readonly byUuid: readonly (readonly [uuid: string, guest: ProxmoxGuest])[];
  readonly byAddress: ReadonlyMap<string, ProxmoxGuest>;
  readonly byName: ReadonlyMap<string, readonly ProxmoxGuest[]>;
}
const kept = new WeakMap<Parts['proxmoxGuests'], GuestIndex>();

function indexGuests(guests: Parts['proxmoxGuests']): GuestIndex {
  const known = kept.get(guests);
  if (known !== undefined) return known;
  const machines = [...guests.values()].filter(({ template }) => !template);
  const index = {
    byUuid: machines.flatMap((guest) =>
      guest.config?.uuid === undefined ? [] : [[guest.config.uuid, guest] as const],
    ),
    byAddress: new Map(machines.flatMap((guest) => addressesOf(guest).map((address) => [address, guest] as const))),
    byName: Map.groupBy(machines, ({ name }) => shortName(name)),
  };
  kept.set(guests, index);
  return index;
}

/**
 * The guests that a node may run in: one when its uuid or address proves it, every guest of its name otherwise.
 * A proven other machine of the same name is left out. Empty = bare metal, or not in this Proxmox.
 */
export function machinesOf(node: Node, { proxmoxGuests }: Pick<Parts, 'proxmoxGuests'>): readonly Machine[] {
  const { byUuid, byAddress, byName } = indexGuests(proxmoxGuests);
  const machine = (guest: ProxmoxGuest, proof: Proof): Machine => ({ guest, key: guestKey(guest), proof });
  const uuid = uuidOf(node);
  const proven = uuid === undefined ? [] : byUuid.filter(([own]) => sameUuid(own, uuid)).map(([, guest]) => guest);
  if (proven.length > 0) return proven.map((guest) => machine(guest, 'uuid'));
  for (const { address } of node.status.addresses) {
    const guest = byAddress.get(address);
    if (guest !== undefined) return [machine(guest, 'address')];
  }
  const named = byName.get(shortName(node.metadata.name)) ?? [];
  // A uuid that both sides know and that differs is another machine.
  const possible = named.filter(({ config }) => uuid === undefined || config?.uuid === undefined);
  return (possible.length > 0 ? possible : uuid === undefined ? named : []).map((guest) => machine(guest, 'name'));
}

/** guest key -> names of the nodes that may run in it. */
export function nodesByGuest({ nodes, proxmoxGuests }: MachineParts): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const node of nodes.values())
    for (const { key } of machinesOf(node, { proxmoxGuests }))
      found.set(key, [...(found.get(key) ?? []), node.metadata.name]);
  return found;
}

/** Volumes in the lines of a guest's disks: option -> `storage:volume`. */
export function volumesOf({ config }: ProxmoxGuest): ReadonlyMap<string, string> {
  const disks = Object.entries(config?.options ?? {}).flatMap(([name, value]) => {
    if (!/^(?:scsi|virtio|sata|ide|efidisk|tpmstate|mp|unused)\d+$|^rootfs$/.test(name)) return [];
    const volume = value.split(',')[0] ?? '';
    return /media=cdrom/.test(value) || !volume.includes(':') ? [] : [[name, volume] as const];
  });
  return new Map(disks);
}
