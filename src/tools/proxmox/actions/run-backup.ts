import * as z from 'zod';
import type { BackupWrite } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { defineAction } from '../../define.ts';
import {
  expectOf,
  findSubject,
  guestPrecondition,
  guestTarget,
  proxmoxTarget,
  type Subject,
  subjectLine,
} from '../support/guest.ts';
import { guestShape, StorageName } from '../support/inputs.ts';
import { archivesOf } from '../support/restore-point.ts';
import { COPY_MS, carryOut, taskEvidence } from '../support/run.ts';
import { demandStorage } from '../support/storage.ts';

const Input = z.strictObject({
  ...guestShape,
  storage: StorageName,
  mode: z.enum(['snapshot', 'suspend', 'stop']).default('snapshot'),
  protect: z.boolean().default(false),
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'proxmox_run_backup',
  title: 'Back a guest up now',
  description: 'Make one archive of a guest on a backup storage.',
  signature: '{cluster, vmid, name, storage, mode?: snapshot|suspend|stop, protect?}',
  reversibility: 'reversible',
  runMs: COPY_MS,
  needs: ['proxmox'],
  input: Input,
  targets: (input) => [guestTarget(input), proxmoxTarget(input.cluster, 'Storage', input.storage)],
  async plan(input, { clients: { proxmox }, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    const { node } = subject.guest;
    await demandStorage(subject.client, { node, storage: input.storage, content: 'backup' }, signal);
    const isAway = input.mode === 'stop' && subject.guest.status === 'running';
    return {
      preview: `${subjectLine(subject)}: archive on ${input.storage}, ${isAway ? 'the guest is stopped for it' : `mode ${input.mode}`}`,
      effects: isAway
        ? [{ op: 'put', part: 'proxmoxGuests', id: subject.key, value: { ...subject.object, status: 'stopped' } }]
        : [],
      preconditions: [guestPrecondition(input, subject)],
      touches: [touchOf(input.cluster, writeOf(input, subject))],
      undo: 'Nothing to undo: an archive more; a person prunes it.',
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    const { archives } = await archivesOf(subject.client, input.vmid, ctx.signal);
    return {
      done: await carryOut(subject.client, writeOf(input, subject), ctx),
      before: archives.map(({ volid }) => volid),
    };
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    const { archives } = await archivesOf(await proxmox.cluster(input.cluster), input.vmid, signal);
    const evidence = taskEvidence(result?.done);
    if (result === undefined)
      return { ok: 'unknown', evidence: [`${archives.length} archives; which one is new is not known`] };
    const made = archives.find(({ volid, storage }) => storage === input.storage && !result.before.includes(volid));
    if (made === undefined) return { ok: 'no', evidence: ['no new archive', ...evidence] };
    return { ok: made.sizeBytes > 0 ? 'yes' : 'no', evidence: [`${made.volid}: ${made.sizeBytes} bytes`, ...evidence] };
  },
});

const writeOf = ({ storage, mode, protect }: Input, subject: Subject): BackupWrite => ({
  verb: 'backup',
  guest: subject.guest,
  expect: expectOf(subject),
  storage,
  mode,
  protect,
});
