import * as z from 'zod';
import type { ConfigureWrite, ProxmoxReader } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { inputError } from '../../../core/errors.ts';
import { defineAction } from '../../define.ts';
import { cloneWrite, demandFree, newGuestEffect, verifyNewGuest } from '../support/copy.ts';
import {
  expectOf,
  findSubject,
  guestPrecondition,
  guestTarget,
  proxmoxTarget,
  type Subject,
  subjectLine,
} from '../support/guest.ts';
import { guestShape, NewName, NodeName, StorageName, Vmid } from '../support/inputs.ts';
import { COPY_MS, carryOut, taskEvidence } from '../support/run.ts';
import { demandDiskStorage } from '../support/storage.ts';

const Input = z.strictObject({
  ...guestShape,
  newid: Vmid,
  new_name: NewName,
  cores: z.int().min(1).max(256).optional(),
  memory_mib: z.int().min(64).max(4_194_304).optional(),
  ip: z
    .string()
    .regex(/^(?:dhcp|[0-9a-f.:]+\/\d{1,3}(?:,gw=[0-9a-f.:]+)?)$/i, 'must be dhcp or address/prefix,gw=address')
    .optional(),
  storage: StorageName.optional(),
  node: NodeName.optional(),
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'proxmox_create_guest',
  title: 'Create a guest from a template',
  description:
    'A full copy of a template under a new id, with its cores, memory and cloud-init address. It is not started.',
  signature: '{cluster, vmid, name: of the template, newid, new_name, cores?, memory_mib?, ip?, storage?, node?}',
  reversibility: 'reversible',
  runMs: COPY_MS,
  needs: ['proxmox'],
  input: Input,
  targets: (input) => [proxmoxTarget(input.cluster, 'Guest', input.newid), guestTarget(input)],
  async plan(input, { clients: { proxmox }, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    demandTemplate(subject);
    await demandFree(subject.client, input.newid, signal);
    const node = input.node ?? subject.guest.node;
    await demandDiskStorage(subject, { node, storage: input.storage }, signal);
    const set = optionsOf(input);
    const clone = cloneWrite(subject, { ...input, full: true });
    const target = proxmoxTarget(input.cluster, 'Guest', input.newid);
    return {
      preview: [
        `${subjectLine(subject)}: full copy as ${input.newid} ${input.new_name} on ${node}`,
        ...Object.entries(set).map(([key, value]) => `+ ${key}: ${value}`),
        'not started',
      ].join('\n'),
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
      preconditions: [guestPrecondition(input, subject), { target, absent: true }],
      touches: [
        touchOf(input.cluster, clone),
        ...(Object.keys(set).length > 0 ? [{ target, verb: 'patch' as const }] : []),
      ],
      undo: `proxmox_destroy_guest of ${input.newid}, once it has a verified backup; before that a person removes it.`,
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    const done = await carryOut(subject.client, cloneWrite(subject, { ...input, full: true }), ctx);
    const set = optionsOf(input);
    if (Object.keys(set).length > 0)
      await carryOut(subject.client, await configureNew(subject.client, input, set, ctx.signal), ctx);
    return done;
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    const client = await proxmox.cluster(input.cluster);
    const verdict = await verifyNewGuest(client, input.newid, input.new_name, signal, taskEvidence(result));
    if (verdict.ok !== 'yes') return verdict;
    const subject = await findSubject(proxmox, { ...input, vmid: input.newid, name: input.new_name }, signal);
    const missing = Object.entries(optionsOf(input)).filter(([key, value]) => subject.config.options[key] !== value);
    return missing.length === 0
      ? verdict
      : { ok: 'no', evidence: [...verdict.evidence, `not set: ${missing.map(([key]) => key).join(', ')}`] };
  },
});

function demandTemplate({ guest }: Subject): void {
  if (guest.template) return;
  throw inputError(
    'not_a_template',
    `Unable to create a guest from ${guest.vmid}: it is not a template.`,
    'proxmox_clone_guest copies an ordinary guest.',
  );
}

const optionsOf = ({ cores, memory_mib, ip }: Input): Readonly<Record<string, string>> => ({
  ...(cores !== undefined && { cores: String(cores) }),
  ...(memory_mib !== undefined && { memory: String(memory_mib) }),
  ...(ip !== undefined && { ipconfig0: `ip=${ip}` }),
});

/** The digest is that of the copy that was just made. */
async function configureNew(
  client: ProxmoxReader,
  { cluster, newid, new_name }: Input,
  set: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ConfigureWrite> {
  const one = { names: async () => [cluster], cluster: async () => client, identity: () => client.identity() };
  const made = await findSubject(one, { cluster, vmid: newid, name: new_name }, signal);
  return { verb: 'configure', guest: made.guest, expect: expectOf(made), set, remove: [] };
}
