import * as z from 'zod';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { defineAction } from '../../define.ts';
import { cloneWrite, demandFree, newGuestEffect, verifyNewGuest } from '../support/copy.ts';
import { findSubject, guestPrecondition, guestTarget, proxmoxTarget, subjectLine } from '../support/guest.ts';
import { guestShape, NewName, NodeName, StorageName, Vmid } from '../support/inputs.ts';
import { COPY_MS, carryOut, taskEvidence } from '../support/run.ts';
import { demandDiskStorage } from '../support/storage.ts';

export default defineAction({
  name: 'proxmox_clone_guest',
  title: 'Clone a guest',
  description: 'Copy a guest or template to a new id. A copy of a template is linked to it unless full is set.',
  signature: '{cluster, vmid, name, newid, new_name, full?, storage?, node?}',
  reversibility: 'reversible',
  runMs: COPY_MS,
  needs: ['proxmox'],
  input: z.strictObject({
    ...guestShape,
    newid: Vmid,
    new_name: NewName,
    full: z.boolean().default(false),
    storage: StorageName.optional(),
    node: NodeName.optional(),
  }),
  // The source is held too: clones of one template follow each other.
  targets: (input) => [proxmoxTarget(input.cluster, 'Guest', input.newid), guestTarget(input)],
  async plan(input, { clients: { proxmox }, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    await demandFree(subject.client, input.newid, signal);
    const full = input.full || !subject.guest.template;
    const node = input.node ?? subject.guest.node;
    await demandDiskStorage(subject, { node, storage: input.storage }, signal);
    return {
      preview: `${subjectLine(subject)}: ${full ? 'full copy' : 'linked clone'} as ${input.newid} ${input.new_name} on ${node}${input.storage === undefined ? '' : `, disks on ${input.storage}`}`,
      effects: [
        newGuestEffect({
          cluster: input.cluster,
          vmid: input.newid,
          name: input.new_name,
          node,
          type: subject.guest.type,
          like: subject.object,
        }),
      ],
      preconditions: [
        guestPrecondition(input, subject),
        { target: proxmoxTarget(input.cluster, 'Guest', input.newid), absent: true },
      ],
      touches: [touchOf(input.cluster, cloneWrite(subject, { ...input, full }))],
      undo: `proxmox_destroy_guest of ${input.newid}, once it has a verified backup; before that a person removes it.`,
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    return carryOut(
      subject.client,
      cloneWrite(subject, { ...input, full: input.full || !subject.guest.template }),
      ctx,
    );
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    return verifyNewGuest(
      await proxmox.cluster(input.cluster),
      input.newid,
      input.new_name,
      signal,
      taskEvidence(result),
    );
  },
});
