import * as z from 'zod';
import type { ConfigureWrite } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { defineAction } from '../../define.ts';
import { expectOf, findSubject, guestPrecondition, guestTarget, type Subject, subjectLine } from '../support/guest.ts';
import { guestShape } from '../support/inputs.ts';
import { carryOut, taskEvidence } from '../support/run.ts';

/** What may be set. Disks, devices of the host, start-up scripts, raw arguments, locks and secrets are a person's work at the host. */
const ALLOWED =
  /^(?:name|hostname|description|tags|cores|sockets|vcpus|cpu|cpulimit|cpuunits|memory|balloon|swap|onboot|startup|agent|boot|net\d{1,2}|ipconfig\d{1,2}|nameserver|searchdomain|protection|scsihw|numa|hotplug|vga|tablet|ostype|machine|bios)$/;
const Key = z.string().regex(ALLOWED, 'is not among the options that may be changed here');

const Input = z.strictObject({
  ...guestShape,
  set: z.record(Key, z.union([z.string().max(4000), z.number()])).default({}),
  remove: z.array(Key).max(20).default([]),
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'proxmox_configure_guest',
  title: 'Change the configuration of a guest',
  description:
    'Set or remove options such as cores, memory, tags, onboot, agent or net0. Some take effect at the next start only.',
  signature: '{cluster, vmid, name, set?: {option: value}, remove?: [option]}',
  reversibility: 'reversible',
  needs: ['proxmox'],
  input: Input,
  targets: (input) => [guestTarget(input)],
  async plan(input, { clients: { proxmox }, signal }) {
    const subject = await findSubject(proxmox, input, signal);
    const { config, object } = subject;
    const next = optionsAfter(config.options, input);
    const changed = changesOf(subject, input);
    const waiting = Object.keys(config.pending);
    return {
      preview: [
        subjectLine(subject),
        ...changed.map(({ key, old, now }) => `- ${key}: ${old ?? 'not set'}\n+ ${key}: ${now ?? 'not set'}`),
        ...(waiting.length === 0 ? [] : [`already waiting for a restart: ${waiting.join(', ')}`]),
      ].join('\n'),
      effects: [
        {
          op: 'put',
          part: 'proxmoxGuests',
          id: subject.key,
          value: { ...object, ...(object.config && { config: { ...object.config, options: next } }) },
        },
      ],
      preconditions: [guestPrecondition(input, subject)],
      touches: changed.length === 0 ? [] : [touchOf(input.cluster, writeOf(input, subject))],
      undo: `proxmox_configure_guest back to ${changed.map(({ key, old }) => `${key}=${old ?? '(removed)'}`).join(', ')}.`,
    };
  },
  async run(input, ctx) {
    const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
    return carryOut(subject.client, writeOf(input, subject), ctx);
  },
  async verify(input, result, { clients: { proxmox }, signal }) {
    // A new name is what it must have now.
    const name = String(input.set['name'] ?? input.set['hostname'] ?? input.name);
    const { config } = await findSubject(proxmox, { ...input, name }, signal);
    const wanted = [
      ...Object.entries(input.set).map(([key, value]) => [key, String(value)] as const),
      ...input.remove.map((key) => [key, undefined] as const),
    ];
    const lines = wanted.map(([key, value]) => {
      const isPending = Object.hasOwn(config.pending, key) && same(config.pending[key], value);
      const isNow = same(
        key === 'name' || key === 'hostname'
          ? config.name
          : key === 'protection'
            ? config.protection
              ? '1'
              : '0'
            : config.options[key],
        value,
      );
      return {
        ok: isNow || isPending,
        text: `${key}: ${isNow ? 'as asked' : isPending ? 'pending until it is restarted' : 'not as asked'}`,
      };
    });
    return {
      ok: lines.every(({ ok }) => ok) ? 'yes' : 'no',
      evidence: [...lines.map(({ text }) => text), ...taskEvidence(result)],
    };
  },
});

const same = (is: string | undefined, wanted: string | undefined): boolean =>
  (is ?? '').trim() === (wanted ?? '').trim();

function optionsAfter(
  options: Readonly<Record<string, string>>,
  { set, remove }: Input,
): Readonly<Record<string, string>> {
  const kept = Object.entries(options).filter(([key]) => !remove.includes(key));
  return Object.fromEntries([...kept, ...Object.entries(set).map(([key, value]) => [key, String(value)] as const)]);
}

function changesOf({ config }: Subject, { set, remove }: Input) {
  const now = (key: string): string | undefined =>
    key === 'name' || key === 'hostname'
      ? config.name
      : key === 'protection'
        ? config.protection
          ? '1'
          : '0'
        : config.options[key];
  return [
    ...Object.entries(set).map(([key, value]) => ({ key, old: now(key), now: String(value) as string | undefined })),
    ...remove.map((key) => ({ key, old: now(key), now: undefined })),
  ].filter(({ old, now: wanted }) => old !== wanted);
}

const writeOf = ({ set, remove }: Input, subject: Subject): ConfigureWrite => ({
  verb: 'configure',
  guest: subject.guest,
  expect: expectOf(subject),
  set: Object.fromEntries(Object.entries(set).map(([key, value]) => [key, String(value)])),
  remove,
});
