import { touchOf } from '../../../clients/proxmox/writes.ts';
import { defineAction } from '../../define.ts';
import { findSubject, guestTarget, subjectLine } from '../support/guest.ts';
import { restorePointOf } from '../support/restore-point.ts';
import { carryOut, taskEvidence } from '../support/run.ts';
import {
  findSnapshot,
  SnapshotInput,
  snapshotNames,
  snapshotPrecondition,
  snapshotTarget,
  snapshotWrite,
} from '../support/snapshot.ts';

export default defineAction({
  name: 'proxmox_delete_snapshot',
  title: 'Delete a snapshot of a guest',
  description: 'Remove a snapshot of a guest; its running state stays as it is.',
  signature: '{cluster, vmid, name, snapshot}',
  reversibility: 'externally_reversible',
  needs: ['proxmox'],
  input: SnapshotInput,
  targets: (input) => [guestTarget(input), snapshotTarget(input)],
  async plan(input, { clients: { proxmox }, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    const [snapshot, restorePoint] = await Promise.all([
      findSnapshot(subject, input.snapshot, signal),
      restorePointOf(subject, signal),
    ]);
    const left = (subject.object.snapshots ?? []).filter(({ name }) => name !== input.snapshot);
    return {
      preview: `${subjectLine(subject)}: snapshot ${input.snapshot} of ${snapshot.takenAt ?? 'an unknown time'} is removed, ${left.length} stay`,
      effects: [{ op: 'put', part: 'proxmoxGuests', id: subject.key, value: { ...subject.object, snapshots: left } }],
      preconditions: [snapshotPrecondition(input, snapshot)],
      touches: [touchOf(input.cluster, snapshotWrite('delete_snapshot', input, subject))],
      undo: restorePoint === undefined ? null : `That moment is gone; the newest backup is ${restorePoint.what}.`,
      ...(restorePoint && { restorePoint }),
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    return carryOut(subject.client, snapshotWrite('delete_snapshot', input, subject), ctx);
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    const names = await snapshotNames(await findSubject(proxmox, input, signal), signal);
    return {
      ok: names.includes(input.snapshot) ? 'no' : 'yes',
      evidence: [`snapshots now: ${names.join(', ') || 'none'}`, ...taskEvidence(result)],
    };
  },
});
