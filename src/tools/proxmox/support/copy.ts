import type { CloneWrite, GuestType, ProxmoxReader } from '../../../clients/proxmox/contract.ts';
import { demandOwnId } from '../../../clients/proxmox/own-ids.ts';
import type { Effect } from '../../../core/effect.ts';
import { inputError } from '../../../core/errors.ts';
import type { Verdict } from '../../../core/tool.ts';
import { metadataOf, proxmoxKey } from '../../../world/proxmox/objects.ts';
import type { ProxmoxGuest } from '../../../world/proxmox/schema.ts';
import { expectOf, type Subject } from './guest.ts';

export interface CopyInput {
  readonly cluster: string;
  readonly newid: number;
  readonly new_name: string;
  readonly full: boolean;
  readonly storage?: string | undefined;
  readonly node?: string | undefined;
}

/** Of our own range, and free everywhere, offline nodes' configurations included: the list alone is not enough. Errors: `input` `id_out_of_range`, `id_taken`. */
export async function demandFree(client: ProxmoxReader, vmid: number, signal: AbortSignal): Promise<void> {
  demandOwnId(vmid, client.ownIds, client.name);
  if (await client.isFree(vmid, signal)) return;
  throw inputError(
    'id_taken',
    `Unable to use the id ${vmid}: it is taken.`,
    'Choose one that is free on every node, also on those that are down.',
  );
}

export interface NewGuest {
  readonly cluster: string;
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
  readonly type: GuestType;
  readonly like?: ProxmoxGuest;
}

/** A guest that is not there yet, stopped and without a configuration that is known. */
export function newGuestEffect({ cluster, vmid, name, node, type, like }: NewGuest): Effect {
  const value: ProxmoxGuest = {
    metadata: metadataOf(cluster, vmid),
    node,
    type,
    vmid,
    name,
    status: 'stopped',
    template: false,
    tags: like?.tags ?? [],
    memoryBytes: like?.memoryBytes ?? 0,
    diskBytes: like?.diskBytes ?? 0,
    uptimeSeconds: 0,
    unread: 'it is planned',
  };
  return { op: 'put', part: 'proxmoxGuests', id: proxmoxKey(cluster, vmid), value };
}

/** Storage and another node are for full copies: a linked one stays beside its template. */
export function cloneWrite(subject: Subject, { newid, new_name, full, storage, node }: CopyInput): CloneWrite {
  if (!full && storage !== undefined)
    throw inputError(
      'linked_clone_storage',
      'Unable to plan a linked clone on another storage.',
      'Set full, or leave storage out.',
    );
  return {
    verb: 'clone',
    guest: subject.guest,
    expect: expectOf(subject),
    newid,
    name: new_name,
    full,
    ...(storage !== undefined && { storage }),
    ...(node !== undefined && node !== subject.guest.node && { target: node }),
  };
}

export async function verifyNewGuest(
  client: ProxmoxReader,
  vmid: number,
  name: string | undefined,
  signal: AbortSignal,
  more: readonly string[] = [],
): Promise<Verdict> {
  const guest = (await client.guests(signal)).find((one) => one.vmid === vmid);
  if (guest === undefined) return { ok: 'no', evidence: [`there is no guest ${vmid}`, ...more] };
  const config = await client.guestConfig(guest, signal);
  const evidence = [
    `guest ${vmid} ${config.name} on ${guest.node}, uuid ${config.uuid ?? 'none'}, digest ${config.digest.slice(0, 12)}`,
    ...(guest.lock === undefined ? [] : [`locked: ${guest.lock}`]),
    ...more,
  ];
  return { ok: guest.lock === undefined && (name === undefined || config.name === name) ? 'yes' : 'no', evidence };
}
