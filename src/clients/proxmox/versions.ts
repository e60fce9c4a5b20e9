import { isStewardError, messageOf } from '../../core/errors.ts';
import type { Target } from '../../core/target.ts';
import type { TargetVersion, VersionOf } from '../../core/version.ts';
import type { GuestConfig, ProxmoxClusters, ProxmoxReader } from './contract.ts';

const absent: TargetVersion = { state: 'absent' };

/** What identifies a guest for good, and what a change of it would show: its configuration and where it is. */
export const guestVersion = (
  node: string,
  { uuid, name, digest }: GuestConfig,
): { readonly uid: string; readonly version: string } => ({
  uid: uuid ?? name,
  version: `${digest}@${node}`,
});

export const snapshotVersion = ({
  name,
  takenAt,
}: {
  readonly name: string;
  readonly takenAt: string | undefined;
}) => ({
  uid: name,
  version: takenAt ?? 'no time',
});

/** A guest of which nothing is known but its number: found anew, on whatever node it is now. */
export async function findGuest(client: ProxmoxReader, vmid: number, signal: AbortSignal) {
  return (await client.guests(signal)).find((guest) => guest.vmid === vmid);
}

/** Kinds: `Guest` (name = id), `GuestSnapshot` (`id/name`), `Node`, `NodeNote`. */
export const proxmoxVersions =
  (clusters: ProxmoxClusters): VersionOf =>
  async (target, signal) => {
    try {
      const read = READERS[target.kind];
      if (!read) return { state: 'unknown', reason: `there is no kind ${target.kind} in Proxmox` };
      return await read(await clusters.cluster(target.namespace ?? ''), target, signal);
    } catch (error) {
      return isStewardError(error) && error.kind === 'not_found'
        ? absent
        : { state: 'unknown', reason: messageOf(error) };
    }
  };

type Read = (client: ProxmoxReader, target: Target, signal: AbortSignal) => Promise<TargetVersion>;

const READERS: Readonly<Record<string, Read>> = {
  async Guest(client, { name }, signal) {
    const guest = await findGuest(client, Number(name), signal);
    // The list may leave out what the account may not see: free is what Proxmox itself calls free.
    if (guest === undefined)
      return (await client.isFree(Number(name), signal))
        ? absent
        : { state: 'unknown', reason: 'its id is taken by a guest that cannot be seen' };
    return { state: 'there', ...guestVersion(guest.node, await client.guestConfig(guest, signal)) };
  },
  async GuestSnapshot(client, { name }, signal) {
    const [vmid = '', snapshot = ''] = name.split('/');
    const guest = await findGuest(client, Number(vmid), signal);
    if (guest === undefined) return absent;
    const found = (await client.snapshots(guest, signal)).find((one) => one.name === snapshot);
    return found === undefined ? absent : { state: 'there', ...snapshotVersion(found) };
  },
  async Node(client, { name }, signal) {
    const node = (await client.clusterStatus(signal)).nodes.find((one) => one.name === name);
    return node === undefined ? absent : { state: 'there', uid: name, version: node.online ? 'online' : 'offline' };
  },
  async NodeNote(client, { name }, signal) {
    return { state: 'there', uid: name, version: (await client.nodeNote(name, signal)).digest };
  },
};
