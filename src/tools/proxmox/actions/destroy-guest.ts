import * as z from 'zod';
import type { DestroyWrite } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { volumesOf } from '../../../world/proxmox/relations.ts';
import { defineAction } from '../../define.ts';
import { expectOf, findSubject, guestPrecondition, guestTarget, type Subject, subjectLine } from '../support/guest.ts';
import { guestShape } from '../support/inputs.ts';
import { restorePointOf } from '../support/restore-point.ts';
import { carryOut, taskEvidence } from '../support/run.ts';

const Input = z.strictObject({
  ...guestShape,
  purge: z.boolean().default(false).describe('Also out of backup jobs and replication'),
});

export default defineAction({
  name: 'proxmox_destroy_guest',
  title: 'Destroy a guest',
  description: 'Remove a stopped guest and its disks for good. Needs a young verified backup outside of its host.',
  signature: '{cluster, vmid, name, purge?: also out of backup jobs}',
  reversibility: 'irreversible',
  needs: ['proxmox'],
  input: Input,
  targets: (input) => [guestTarget(input)],
  async plan(input, { clients: { proxmox }, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    const restorePoint = await restorePointOf(subject, signal);
    return {
      preview: [
        `${subjectLine(subject)}: destroyed for good`,
        `uuid ${subject.config.uuid ?? 'none'}, digest ${subject.config.digest}`,
        ...[...volumesOf(subject.object)].map(([option, volume]) => `- ${option}: ${volume}`),
        ...(subject.object.snapshots ?? []).map(({ name }) => `- snapshot ${name}`),
        ...(input.purge ? ['- its place in backup jobs and replication'] : []),
      ].join('\n'),
      effects: [{ op: 'remove', part: 'proxmoxGuests', id: subject.key }],
      preconditions: [guestPrecondition(input, subject)],
      touches: [touchOf(input.cluster, writeOf(subject, input.purge))],
      undo: restorePoint === undefined ? null : `proxmox_restore_backup of ${restorePoint.what} to a new id.`,
      ...(restorePoint && { restorePoint }),
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    return carryOut(subject.client, writeOf(subject, input.purge), ctx);
  },
  async verify({ cluster, vmid, purge }, result, { clients: { proxmox }, signal }) {
    const client = await proxmox.cluster(cluster);
    const [guests, isFree, jobs] = await Promise.all([
      client.guests(signal),
      client.isFree(vmid, signal),
      client.backupJobs(signal),
    ]);
    const isThere = guests.some((guest) => guest.vmid === vmid) || !isFree;
    const named = jobs.filter(({ vmids }) => vmids.includes(vmid)).map(({ id }) => id);
    const evidence = [
      isThere ? `guest ${vmid} is still there` : `the id ${vmid} is free everywhere`,
      ...(named.length > 0 ? [`still named by backup jobs ${named.join(', ')}`] : []),
      ...taskEvidence(result),
    ];
    return { ok: isThere || (purge && named.length > 0) ? 'no' : 'yes', evidence };
  },
});

const writeOf = (subject: Subject, purge: boolean): DestroyWrite => ({
  verb: 'destroy',
  guest: subject.guest,
  expect: expectOf(subject),
  purge,
});
