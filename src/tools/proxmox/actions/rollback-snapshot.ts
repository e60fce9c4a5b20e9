import { touchOf } from '../../../clients/proxmox/writes.ts';
import { age } from '../../cluster/support/age.ts';
import { defineAction } from '../../define.ts';
import { findSubject, guestPrecondition, guestTarget, subjectLine } from '../support/guest.ts';
import { restorePointOf } from '../support/restore-point.ts';
import { carryOut, taskEvidence } from '../support/run.ts';
import {
  findSnapshot,
  SnapshotInput,
  snapshotPrecondition,
  snapshotTarget,
  snapshotWrite,
} from '../support/snapshot.ts';

export default defineAction({
  name: 'proxmox_rollback_snapshot',
  title: 'Roll a guest back to a snapshot',
  description: 'Throw away everything that a guest wrote since its newest snapshot. Make a backup first.',
  signature: '{cluster, vmid, name, snapshot}',
  reversibility: 'irreversible',
  needs: ['proxmox'],
  input: SnapshotInput,
  targets: (input) => [guestTarget(input), snapshotTarget(input)],
  async plan(input, { clients: { proxmox }, now, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    const [snapshot, restorePoint] = await Promise.all([
      findSnapshot(subject, input.snapshot, signal),
      restorePointOf(subject, signal),
    ]);
    const runsAfter = snapshot.withMemory && subject.guest.status === 'running';
    const value = { ...subject.object, ...(!runsAfter && { status: 'stopped' }) };
    return {
      preview: [
        `${subjectLine(subject)}: goes back to ${input.snapshot} of ${snapshot.takenAt ?? 'an unknown time'}`,
        `lost: everything written in the last ${age(snapshot.takenAt, now)}, and changes of its configuration since then`,
        runsAfter ? 'it goes on running from the memory of that moment' : 'it is stopped afterwards',
      ].join('\n'),
      effects: [{ op: 'put', part: 'proxmoxGuests', id: subject.key, value }],
      preconditions: [guestPrecondition(input, subject), snapshotPrecondition(input, snapshot)],
      touches: [touchOf(input.cluster, snapshotWrite('rollback', input, subject))],
      undo: restorePoint === undefined ? null : `proxmox_restore_backup of ${restorePoint.what} to a new id.`,
      ...(restorePoint && { restorePoint }),
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    return carryOut(subject.client, snapshotWrite('rollback', input, subject), ctx);
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    const parent = subject.config.options['parent'];
    const evidence = [
      `guest ${input.vmid} is ${subject.guest.status}, grown from snapshot ${parent ?? 'none'}`,
      ...taskEvidence(result),
    ];
    if (parent !== input.snapshot || subject.guest.lock !== undefined) return { ok: 'no', evidence };
    // The same snapshot was its parent before: without the end of the task nobody knows.
    return { ok: result?.result === 'ok' || result?.result === 'warning' ? 'yes' : 'unknown', evidence };
  },
});
