import * as z from 'zod';
import type { ProxmoxReader, RestoreWrite } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { notFound } from '../../../core/errors.ts';
import { readArchives } from '../../../world/proxmox/archives.ts';
import type { FoundArchive } from '../../../world/proxmox/objects.ts';
import { defineAction } from '../../define.ts';
import { demandFree, newGuestEffect, verifyNewGuest } from '../support/copy.ts';
import { proxmoxTarget } from '../support/guest.ts';
import { Cluster, NodeName, StorageName, Vmid } from '../support/inputs.ts';
import { COPY_MS, carryOut, taskEvidence } from '../support/run.ts';
import { demandStorage, diskContent } from '../support/storage.ts';

const Input = z.strictObject({
  cluster: Cluster,
  archive: z.string().min(5).max(300).describe('Volume id, from proxmox_backups'),
  newid: Vmid,
  node: NodeName,
  storage: StorageName.optional(),
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'proxmox_restore_backup',
  title: 'Restore a backup to a new guest',
  description: 'Make a new guest from an archive. Nothing that exists is replaced; the restored one is not started.',
  signature: '{cluster, archive, newid, node, storage?}',
  reversibility: 'reversible',
  runMs: COPY_MS,
  needs: ['proxmox'],
  input: Input,
  targets: ({ cluster, newid }) => [proxmoxTarget(cluster, 'Guest', newid)],
  async plan(input, { clients: { proxmox }, signal }) {
    const client = await proxmox.cluster(input.cluster);
    const archive = await findArchive(client, input, signal);
    await demandFree(client, input.newid, signal);
    const write = writeOf(input);
    const { node, storage } = input;
    if (storage !== undefined) await demandStorage(client, { node, storage, content: diskContent(write.type) }, signal);
    return {
      preview: `${archive.volid} of ${archive.createdAt ?? 'an unknown time'} (${archive.sizeBytes} bytes, verified ${archive.verified}) becomes guest ${input.newid} on ${input.node}, with new network addresses, not started`,
      effects: [
        newGuestEffect({
          cluster: input.cluster,
          vmid: input.newid,
          name: `restored-${archive.vmid ?? input.newid}`,
          node: input.node,
          type: write.type,
        }),
      ],
      preconditions: [{ target: proxmoxTarget(input.cluster, 'Guest', input.newid), absent: true }],
      touches: [touchOf(input.cluster, write)],
      undo: `proxmox_destroy_guest of ${input.newid}, once it has a verified backup; before that a person removes it. The archive stays.`,
      ...(archive.verified === 'failed' && { warnings: ['That archive failed its verification.'] }),
    };
  },
  async run(input, ctx) {
    return carryOut(await ctx.clients.proxmox.cluster(input.cluster), writeOf(input), ctx);
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    return verifyNewGuest(await proxmox.cluster(input.cluster), input.newid, undefined, signal, taskEvidence(result));
  },
});

async function findArchive(client: ProxmoxReader, { archive }: Input, signal: AbortSignal): Promise<FoundArchive> {
  const { archives, unread } = await readArchives(client, await client.storages(signal), signal);
  const found = archives.find(({ volid }) => volid === archive);
  if (found) return found;
  throw notFound(
    'archive_not_found',
    'Unable to find that archive on any backup storage.',
    `proxmox_backups lists them.${unread.length > 0 ? ` Not readable now: ${unread.join(', ')}.` : ''}`,
  );
}

/** `vzdump-lxc-...` and `backup/ct/...` are containers. */
const writeOf = ({ archive, newid, node, storage }: Input): RestoreWrite => ({
  verb: 'restore',
  node,
  type: /vzdump-lxc-|backup\/ct\//.test(archive) ? 'lxc' : 'qemu',
  newid,
  archive,
  ...(storage !== undefined && { storage }),
});
