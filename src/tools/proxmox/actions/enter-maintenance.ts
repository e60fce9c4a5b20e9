import * as z from 'zod';
import type { ProxmoxReader } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import type { Refusal } from '../../../core/change.ts';
import type { Effect } from '../../../core/effect.ts';
import { defineAction } from '../../define.ts';
import {
  findSubject,
  guestPrecondition,
  guestTarget,
  proxmoxTarget,
  type Subject,
  subjectLine,
} from '../support/guest.ts';
import { Cluster, NodeName } from '../support/inputs.ts';
import { findNode, nodePrecondition, notePrecondition, noteWrite } from '../support/node.ts';
import { COPY_MS, carryOut } from '../support/run.ts';
import { migrateWrite, obstacles } from './migrate-guest.ts';

const Input = z.strictObject({
  cluster: Cluster,
  node: NodeName,
  target: NodeName,
  reason: z.string().min(3).max(200),
  with_local_disks: z.boolean().default(false).describe('Copy disks that only this host has'),
});
type Input = z.output<typeof Input>;

export default defineAction({
  name: 'proxmox_enter_maintenance',
  title: 'Take a host into maintenance',
  description:
    'Move the running guests of a host to another one and note on the host why it is in maintenance. Guests that cannot move refuse it.',
  signature: '{cluster, node, target, reason, with_local_disks?}',
  reversibility: 'reversible',
  runMs: COPY_MS,
  needs: ['proxmox'],
  input: Input,
  targets: ({ cluster, node }) => [proxmoxTarget(cluster, 'Node', node)],
  async plan(input, { clients: { proxmox }, signal }) {
    const client = await proxmox.cluster(input.cluster);
    const subject = await findNode(client, input.node, signal);
    const moving = await runningOn(client, input, signal);
    const refusals = (await Promise.all(moving.map((guest) => obstaclesOf(guest, input, signal)))).flat();
    const moves = moving.map(
      (guest): Effect => ({
        op: 'put',
        part: 'proxmoxGuests',
        id: guest.key,
        value: { ...guest.object, node: input.target },
      }),
    );
    return {
      preview: [
        `Host ${input.node}: maintenance (${input.reason}); ${moving.length} guests move to ${input.target}`,
        ...moving.map((guest) => `- ${subjectLine(guest)}`),
      ].join('\n'),
      effects: [
        { op: 'put', part: 'proxmoxNodes', id: subject.key, value: { ...subject.object, maintenance: input.reason } },
        ...moves,
      ],
      preconditions: [
        nodePrecondition(input.cluster, subject),
        notePrecondition(input.cluster, subject),
        ...moving.map((guest) => guestPrecondition(inputOf(input, guest), guest)),
      ],
      touches: [
        touchOf(input.cluster, noteWrite(input.node, subject.note, input.reason)),
        ...moving.map((guest) => touchOf(input.cluster, migrateWrite(guest, input.target, input.with_local_disks))),
      ],
      undo: 'proxmox_exit_maintenance; guests are moved back with proxmox_migrate_guest.',
      refusals,
    };
  },
  async run(input, ctx) {
    const { signal } = ctx;
    const client = await ctx.clients.proxmox.cluster(input.cluster);
    // The flag first: whoever looks meanwhile sees that somebody is at it.
    const { note } = await findNode(client, input.node, signal);
    await carryOut(client, noteWrite(input.node, note, input.reason), ctx);
    const planned = new Set(
      ctx.permit.touches.filter(({ target }) => target.kind === 'Guest').map(({ target }) => target.name),
    );
    const moving = (await runningOn(client, input, signal)).filter(({ guest }) => planned.has(String(guest.vmid)));
    for (const [index, guest] of moving.entries()) {
      ctx.progress(`moving ${index + 1} of ${moving.length}: ${guest.config.name}`);
      await carryOut(client, migrateWrite(guest, input.target, input.with_local_disks), ctx);
    }
    return { moved: moving.map(({ guest }) => guest.vmid) };
  },
  async verify(input, _result, { clients: { proxmox }, signal }) {
    const client = await proxmox.cluster(input.cluster);
    const [{ object }, left] = await Promise.all([
      findNode(client, input.node, signal),
      runningOn(client, input, signal),
    ]);
    const evidence = [
      object.maintenance === undefined
        ? 'no note of maintenance on the host'
        : `noted on the host: ${object.maintenance}`,
      left.length === 0
        ? 'no guest runs there'
        : `still running there: ${left.map(({ config }) => config.name).join(', ')}`,
    ];
    return { ok: object.maintenance !== undefined && left.length === 0 ? 'yes' : 'no', evidence };
  },
});

const inputOf = ({ cluster }: Input, { guest, config }: Subject) => ({ cluster, vmid: guest.vmid, name: config.name });

async function runningOn<T extends ProxmoxReader>(
  client: T,
  { cluster, node }: Input,
  signal: AbortSignal,
): Promise<readonly Subject<T>[]> {
  const one = { names: async () => [cluster], cluster: async () => client, identity: () => client.identity() };
  const guests = (await client.guests(signal)).filter((guest) => guest.node === node && guest.status === 'running');
  return Promise.all(guests.map(async ({ vmid, name }) => findSubject(one, { cluster, vmid, name }, signal)));
}

async function obstaclesOf(subject: Subject, input: Input, signal: AbortSignal): Promise<readonly Refusal[]> {
  const found = await subject.client.migrationCheck(subject.guest, input.target, signal);
  return obstacles(found, {
    ...inputOf(input, subject),
    target: input.target,
    with_local_disks: input.with_local_disks,
  }).map((refusal) => ({
    ...refusal,
    target: guestTarget(inputOf(input, subject)),
  }));
}
