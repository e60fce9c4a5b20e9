import type { ProxmoxReader } from '../../../clients/proxmox/contract.ts';
import type { RestorePoint } from '../../../core/plan.ts';
import { readArchives } from '../../../world/proxmox/archives.ts';
import { type FoundArchive } from '../../../world/proxmox/objects.ts';
import type { Subject } from './guest.ts';

/** Archives of one guest, newest first; also those whose storage could not be listed are named. */
export async function archivesOf(
  client: ProxmoxReader,
  vmid: number,
  signal: AbortSignal,
): Promise<{ readonly archives: readonly FoundArchive[]; readonly unread: readonly string[] }> {
  const { archives, unread } = await readArchives(client, await client.storages(signal), signal);
  const own = archives
    .filter((one) => one.vmid === vmid)
    .toSorted((a, b) => ((a.createdAt ?? '') < (b.createdAt ?? '') ? 1 : -1));
  return { archives: own, unread };
}

/** The best way back: verified and away from the guest's own host before merely young. Undefined = there is no archive. */
export async function restorePointOf(
  { client, guest }: Subject,
  signal: AbortSignal,
): Promise<RestorePoint | undefined> {
  const { archives } = await archivesOf(client, guest.vmid, signal);
  const isSafe = ({ verified, node }: FoundArchive): boolean => verified === 'ok' && node !== guest.node;
  const best = archives.find(isSafe) ?? archives[0];
  if (best === undefined) return undefined;
  return {
    what: best.volid,
    where: best.node === undefined ? `${best.storage} (shared)` : `${best.storage} on ${best.node}`,
    at: best.createdAt ?? 'an unknown time',
    verified: isSafe(best),
  };
}
