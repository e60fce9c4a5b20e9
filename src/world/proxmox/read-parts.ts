import type { Guest, ProxmoxReader, Storage } from '../../clients/proxmox/contract.ts';
import { eachLimited } from '../each-limited.ts';
import { readArchives } from './archives.ts';
import { attemptOf, mapOf } from './attempt.ts';
import { backupObjects, type GuestLook, guestObject, metadataOf, nodeObject } from './objects.ts';

/** Parts of the world that take more than one read. */

/** Reads of guests under way at a time; the client itself sends four. */
const AT_ONCE = 8;

export async function clusterPart(
  client: ProxmoxReader,
  status: Awaited<ReturnType<ProxmoxReader['clusterStatus']>>,
  missingPrivileges: readonly string[],
  signal: AbortSignal,
) {
  const { armed, stale } = await client.ha(signal);
  return new Map([
    [
      client.name,
      {
        metadata: metadataOf(undefined, client.name, await client.identity()),
        ...(status.name !== undefined && { clusterName: status.name }),
        quorum: status.quorum,
        ...(status.expectedVotes !== undefined && { expectedVotes: status.expectedVotes }),
        ...(armed !== undefined && { armed }),
        stale: [...stale],
        missingPrivileges: [...missingPrivileges],
      },
    ],
  ]);
}

export async function nodesPart(
  client: ProxmoxReader,
  nodes: Awaited<ReturnType<ProxmoxReader['clusterStatus']>>['nodes'],
  signal: AbortSignal,
) {
  const objects = await Promise.all(
    nodes.map(async (node) => {
      // A node that is down, or that does not tell, is still a node with its vote.
      const attempt = attemptOf(signal);
      const [status, note] = node.online
        ? await Promise.all([
            attempt(() => client.nodeStatus(node.name, signal)),
            attempt(() => client.nodeNote(node.name, signal)),
          ])
        : [{ reason: 'offline' }, { reason: 'offline' }];
      return nodeObject(
        client.name,
        node,
        'value' in status ? status.value : undefined,
        'value' in note ? note.value.text : undefined,
      );
    }),
  );
  return mapOf(client.name, objects);
}

export async function guestsPart(
  client: ProxmoxReader,
  guests: readonly Guest[],
  online: readonly string[],
  signal: AbortSignal,
) {
  const looks = new Map<number, GuestLook>();
  await eachLimited(guests, AT_ONCE, async (guest) => {
    looks.set(
      guest.vmid,
      online.includes(guest.node)
        ? await lookAtGuest(client, guest, signal)
        : { unread: `node ${guest.node} is offline` },
    );
  });
  return mapOf(
    client.name,
    guests.map((guest) => guestObject(client.name, guest, looks.get(guest.vmid))),
  );
}

/** A configuration that names a parent has snapshots; the others are not asked. */
async function lookAtGuest(client: ProxmoxReader, guest: Guest, signal: AbortSignal): Promise<GuestLook> {
  const attempt = attemptOf(signal);
  const config = await attempt(() => client.guestConfig(guest, signal));
  if ('reason' in config) return { unread: config.reason };
  if (config.value.options['parent'] === undefined) return { config: config.value, snapshots: [] };
  const snapshots = await attempt(() => client.snapshots(guest, signal));
  return { config: config.value, ...('value' in snapshots && { snapshots: snapshots.value }) };
}

export async function backupsPart(
  client: ProxmoxReader,
  guests: readonly Guest[],
  storages: readonly Storage[],
  signal: AbortSignal,
) {
  const [jobs, uncovered] = await Promise.all([client.backupJobs(signal), client.notBackedUp(signal)]);
  const { archives, unread } = await readArchives(client, storages, signal);
  return backupObjects(client.name, { guests, jobs, uncovered, archives, unread });
}
