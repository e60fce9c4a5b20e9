import * as z from 'zod';
import type { Guest, HaEntry, PowerWrite, ProxmoxReader } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { inputError } from '../../../core/errors.ts';
import type { Reversibility } from '../../../core/plan.ts';
import type { Verdict } from '../../../core/tool.ts';
import { vmidOfService } from '../../../world/proxmox/objects.ts';
import { poll } from '../../cluster/support/pause.ts';
import { type AnyAction, defineAction } from '../../define.ts';
import { expectOf, findSubject, guestPrecondition, guestTarget, type Subject, subjectLine } from './guest.ts';
import { guestShape } from './inputs.ts';
import { carryOut, taskEvidence } from './run.ts';

interface PowerFacts {
  readonly verb: PowerWrite['verb'];
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly reversibility: Reversibility;
  readonly undo: string;
  /** What is asked for; a restart is over when it runs again. */
  readonly wanted: 'running' | 'stopped';
  readonly preview: string;
}

/** Within one reading back; the guard looks again. */
const LOOK = { forMs: 30_000, everyMs: 1_000 };

/** One of the five ways to switch a guest. They differ in facts, not in code. */
export const powerAction = ({ verb, wanted, preview, undo, ...facts }: PowerFacts): AnyAction =>
  defineAction({
    ...facts,
    signature: '{cluster, vmid, name}',
    needs: ['proxmox'],
    input: z.strictObject(guestShape),
    targets: (input) => [guestTarget(input)],
    async plan(input, { clients: { proxmox }, signal }) {
      const subject = await findSubject(proxmox, input, signal);
      if (verb === 'reset') demandReset(subject);
      const ha = await haOf(subject, signal);
      return {
        preview: [`${subjectLine(subject)}: ${preview}`, ...haLines(ha)].join('\n'),
        // A restart is judged at its worst moment: while the guest is away.
        effects: [
          {
            op: 'put',
            part: 'proxmoxGuests',
            id: subject.key,
            value: { ...subject.object, status: verb === 'start' ? 'running' : 'stopped' },
          },
        ],
        preconditions: [guestPrecondition(input, subject)],
        touches: isSo(verb, subject.guest) ? [] : [touchOf(input.cluster, writeOf(verb, subject))],
        undo,
      };
    },
    async run(input, ctx) {
      const subject = await findSubject(ctx.clients.proxmox, input, ctx.signal);
      return {
        done: await carryOut(subject.client, writeOf(verb, subject), ctx),
        uptimeBefore: subject.guest.uptimeSeconds,
      };
    },
    async verify(input, result, { clients: { proxmox }, signal }) {
      const subject = await findSubject(proxmox, input, signal);
      // A reset guest is the same process on its host: nothing but the task tells of it.
      const since = verb === 'reboot' ? result?.uptimeBefore : undefined;
      const isReset = verb === 'reset' && (result?.done.result === 'ok' || result?.done.result === 'warning');
      const reached = await poll(async () => ((await isReached(subject, wanted, since, signal)) ? true : undefined), {
        ...LOOK,
        signal,
      });
      return verdictOf(
        subject,
        reached === true,
        { wanted, isUnseen: since === undefined && !isReset && verb !== 'start' && wanted === 'running' },
        taskEvidence(result?.done),
        signal,
      );
    },
  });

/** Nothing is to be done when it is so already; a restart is never so. */
const isSo = (verb: PowerWrite['verb'], { status }: Guest): boolean =>
  (verb === 'start' && status === 'running') || ((verb === 'shutdown' || verb === 'stop') && status === 'stopped');

function demandReset({ guest }: Subject): void {
  if (guest.type !== 'lxc') return;
  throw inputError(
    'proxmox_unsupported',
    `Unable to plan a reset of container ${guest.vmid}: containers have no reset.`,
    'Reboot it (proxmox_reboot_guest), or stop and start it.',
  );
}

const writeOf = (verb: PowerWrite['verb'], subject: Subject): PowerWrite => ({
  verb,
  guest: subject.guest,
  expect: expectOf(subject),
  ...((verb === 'shutdown' || verb === 'reboot') && { timeoutSeconds: 180 }),
});

async function isReached(
  { client, guest }: Subject,
  wanted: string,
  uptimeBefore: number | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const now = await client.guestStatus(guest, signal);
  // It has been away when its uptime is shorter than it was.
  return (
    now.status === wanted && (uptimeBefore === undefined || now.uptimeSeconds < uptimeBefore || uptimeBefore === 0)
  );
}

const haOf = async ({ client, guest }: Subject, signal: AbortSignal): Promise<HaEntry | undefined> =>
  guest.hastate === undefined
    ? undefined
    : (await client.ha(signal)).services.find(({ id }) => vmidOfService(id) === guest.vmid);

const haLines = (ha: HaEntry | undefined): readonly string[] =>
  ha === undefined
    ? []
    : [
        `under high availability (now ${ha.state}): what is asked becomes its requested state, and its manager carries it out`,
      ];

/** The real state, not the word of the task: under high availability a task ends long before anything happens. */
async function verdictOf(
  subject: Subject,
  isThere: boolean,
  { wanted, isUnseen }: { readonly wanted: string; readonly isUnseen: boolean },
  evidence: readonly string[],
  signal: AbortSignal,
): Promise<Verdict> {
  const [now, ha] = await Promise.all([stateOf(subject.client, subject.guest, signal), haOf(subject, signal)]);
  const seen = [
    `guest ${subject.guest.vmid} is ${now.status}`,
    ...(ha === undefined ? [] : [`high availability: ${ha.state}, wanted ${ha.requestState ?? 'unknown'}`]),
    ...evidence,
  ];
  if (!isThere) return { ok: ha !== undefined && ha.requestState !== undefined ? 'unknown' : 'no', evidence: seen };
  // After a crash nobody knows whether it has been away.
  return { ok: isUnseen ? 'unknown' : 'yes', evidence: [...seen, `wanted: ${wanted}`] };
}

const stateOf = (client: ProxmoxReader, guest: Guest, signal: AbortSignal): Promise<Guest> =>
  client.guestStatus(guest, signal);
