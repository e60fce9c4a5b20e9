import * as z from 'zod';
import type { MigrateWrite, MigrationCheck } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import type { Refusal } from '../../../core/change.ts';
import { defineAction } from '../../define.ts';
import { expectOf, findSubject, guestPrecondition, guestTarget, type Subject, subjectLine } from '../support/guest.ts';
import { guestShape, NodeName } from '../support/inputs.ts';
import { COPY_MS, carryOut, taskEvidence } from '../support/run.ts';

const Input = z.strictObject({
  ...guestShape,
  target: NodeName,
  with_local_disks: z.boolean().default(false).describe('Copy disks that only this node has'),
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'proxmox_migrate_guest',
  title: 'Move a guest to another host',
  description: 'Migrate a guest; a running one stays running, a container is restarted.',
  signature: '{cluster, vmid, name, target, with_local_disks?}',
  reversibility: 'reversible',
  runMs: COPY_MS,
  needs: ['proxmox'],
  input: Input,
  targets: (input) => [guestTarget(input)],
  async plan(input, { clients: { proxmox }, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    const isThere = subject.guest.node === input.target;
    const found = isThere ? undefined : await subject.client.migrationCheck(subject.guest, input.target, signal);
    return {
      preview: [
        `${subjectLine(subject)}: moves to ${input.target}, ${subject.guest.status === 'running' ? (subject.guest.type === 'qemu' ? 'while it runs' : 'with a restart') : 'while it is off'}`,
        ...(found?.localDisks ?? []).map((disk) => `copies ${disk}`),
      ].join('\n'),
      effects: [
        { op: 'put', part: 'proxmoxGuests', id: subject.key, value: { ...subject.object, node: input.target } },
      ],
      preconditions: [guestPrecondition(input, subject)],
      touches: isThere ? [] : [touchOf(input.cluster, migrateWrite(subject, input.target, input.with_local_disks))],
      undo: `proxmox_migrate_guest back to ${subject.guest.node}.`,
      refusals: found === undefined ? [] : obstacles(found, input),
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    return {
      done: await carryOut(subject.client, migrateWrite(subject, input.target, input.with_local_disks), ctx),
      before: subject.guest.status,
    };
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    const { guest } = await findSubject(proxmox, input, signal);
    const evidence = [`guest ${input.vmid} is ${guest.status} on ${guest.node}`, ...taskEvidence(result?.done)];
    if (guest.node !== input.target) return { ok: guest.hastate === undefined ? 'no' : 'unknown', evidence };
    return {
      ok: guest.lock === undefined && (result === undefined || guest.status === result.before) ? 'yes' : 'no',
      evidence,
    };
  },
});

export const migrateWrite = (subject: Subject, target: string, withLocalDisks: boolean): MigrateWrite => ({
  verb: 'migrate',
  guest: subject.guest,
  expect: expectOf(subject),
  target,
  online: subject.guest.status === 'running',
  withLocalDisks,
});

/** What Proxmox itself says stands in the way. */
export function obstacles(
  { allowedNodes, localDisks, localResources }: MigrationCheck,
  input: Pick<Input, 'cluster' | 'vmid' | 'name' | 'target' | 'with_local_disks'>,
): readonly Refusal[] {
  const refuse = (message: string): Refusal => ({ target: guestTarget(input), code: 'other', message });
  return [
    ...(localResources.length > 0 ? [refuse(`it uses devices of its host: ${localResources.join(', ')}`)] : []),
    ...(localDisks.length > 0 && !input.with_local_disks
      ? [refuse(`disks that only its host has: ${localDisks.join(', ')}; set with_local_disks to copy them`)]
      : []),
    ...(allowedNodes.length > 0 &&
    !allowedNodes.includes(input.target) &&
    !(localDisks.length > 0 && input.with_local_disks)
      ? [refuse(`${input.target} cannot take it (storage, bridge or rule); allowed: ${allowedNodes.join(', ')}`)]
      : []),
  ];
}
