import type { Guest, GuestConfig, ProxmoxClusters, ProxmoxReader } from '../../../clients/proxmox/contract.ts';
import { findGuest, guestVersion } from '../../../clients/proxmox/versions.ts';
import { inputError, notFound } from '../../../core/errors.ts';
import type { Precondition } from '../../../core/plan.ts';
import type { Target } from '../../../core/target.ts';
import { guestObject, proxmoxKey } from '../../../world/proxmox/objects.ts';
import type { ProxmoxGuest } from '../../../world/proxmox/schema.ts';

export interface GuestInput {
  readonly cluster: string;
  readonly vmid: number;
  readonly name: string;
}

/** A guest that is what its id and name say. */
export interface Subject<T extends ProxmoxReader = ProxmoxReader> {
  readonly client: T;
  readonly guest: Guest;
  readonly config: GuestConfig;
  /** Key in the world. */
  readonly key: string;
  /** As the world has it. */
  readonly object: ProxmoxGuest;
}

export const proxmoxTarget = (cluster: string, kind: string, name: string | number): Target => ({
  system: 'proxmox',
  kind,
  namespace: cluster,
  name: String(name),
});
export const guestTarget = ({ cluster, vmid }: GuestInput): Target => proxmoxTarget(cluster, 'Guest', vmid);

/**
 * Finds the guest on whatever node it is, and holds its name against the one that was asked for.
 * Errors: `input` `unknown_cluster`, `wrong_guest`; `not_found` `guest_not_found`.
 */
export async function findSubject<T extends ProxmoxReader>(
  clusters: ProxmoxClusters<T>,
  { cluster, vmid, name }: GuestInput,
  signal: AbortSignal,
): Promise<Subject<T>> {
  const client = await clusters.cluster(cluster);
  const guest = await findGuest(client, vmid, signal);
  if (guest === undefined)
    throw notFound(
      'guest_not_found',
      `Unable to find guest ${vmid} in ${cluster}: there is none that can be seen.`,
      'proxmox_guests lists them; a token with few rights sees few.',
    );
  const config = await client.guestConfig(guest, signal);
  if (config.name !== name)
    throw inputError(
      'wrong_guest',
      `Unable to plan on guest ${vmid}: its name is not the one that was given.`,
      'Ids are used again: look at proxmox_guests, and name the guest that you mean.',
    );
  const snapshots = await client.snapshots(guest, signal);
  return {
    client,
    guest,
    config,
    key: proxmoxKey(cluster, vmid),
    object: guestObject(cluster, guest, { config, snapshots }),
  };
}

export const guestPrecondition = (input: GuestInput, { guest, config }: Subject): Precondition => ({
  target: guestTarget(input),
  ...guestVersion(guest.node, config),
});

/** What must still be true when the write arrives. */
export const expectOf = ({ config }: Pick<Subject, 'config'>) => ({
  name: config.name,
  digest: config.digest,
  ...(config.uuid !== undefined && { uuid: config.uuid }),
});

export const subjectLine = ({ guest, config }: Subject): string =>
  `${guest.type} ${guest.vmid} ${config.name} on ${guest.node}, ${guest.status}`;
