import * as z from 'zod';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { inputError } from '../../../core/errors.ts';
import { defineAction } from '../../define.ts';
import { findSubject, guestPrecondition, guestTarget, type Subject, subjectLine } from '../support/guest.ts';
import { carryOut, taskEvidence } from '../support/run.ts';
import { snapshotNames, snapshotShape, snapshotTarget, snapshotWrite } from '../support/snapshot.ts';

export default defineAction({
  name: 'proxmox_create_snapshot',
  title: 'Snapshot a guest',
  description: 'Keep the disks of a guest as they are now. A snapshot lies on the same disks: it is no backup.',
  signature: '{cluster, vmid, name, snapshot, description?}',
  reversibility: 'reversible',
  needs: ['proxmox'],
  input: z.strictObject({ ...snapshotShape, description: z.string().max(500).optional() }),
  targets: (input) => [guestTarget(input), snapshotTarget(input)],
  async plan(input, { clients: { proxmox }, now, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    demandNewName(subject, input.snapshot);
    const write = snapshotWrite('snapshot', input, subject, input.description);
    const kept = [...(subject.object.snapshots ?? []), { name: input.snapshot, takenAt: now.toISOString() }];
    return {
      preview: `${subjectLine(subject)}: snapshot ${input.snapshot}, without memory`,
      effects: [{ op: 'put', part: 'proxmoxGuests', id: subject.key, value: { ...subject.object, snapshots: kept } }],
      preconditions: [guestPrecondition(input, subject), { target: snapshotTarget(input), absent: true }],
      touches: [touchOf(input.cluster, write)],
      undo: 'proxmox_delete_snapshot.',
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    return carryOut(subject.client, snapshotWrite('snapshot', input, subject, input.description), ctx);
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    const names = await snapshotNames(await findSubject(proxmox, input, signal), signal);
    return {
      ok: names.includes(input.snapshot) ? 'yes' : 'no',
      evidence: [`snapshots now: ${names.join(', ') || 'none'}`, ...taskEvidence(result)],
    };
  },
});

function demandNewName({ guest, object }: Subject, name: string): void {
  if (object.snapshots?.some((one) => one.name === name) !== true) return;
  throw inputError(
    'snapshot_exists',
    `Unable to plan the snapshot ${name}: guest ${guest.vmid} has one of that name.`,
    'Choose another name; the one that is there stays.',
  );
}
