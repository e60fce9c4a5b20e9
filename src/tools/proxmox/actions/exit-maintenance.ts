import * as z from 'zod';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { defineAction } from '../../define.ts';
import { proxmoxTarget } from '../support/guest.ts';
import { Cluster, NodeName } from '../support/inputs.ts';
import { findNode, notePrecondition, noteWrite } from '../support/node.ts';
import { carryOut } from '../support/run.ts';

export default defineAction({
  name: 'proxmox_exit_maintenance',
  title: 'Bring a host back from maintenance',
  description: 'Take the note of maintenance off a host. Guests stay where they are.',
  signature: '{cluster, node}',
  reversibility: 'reversible',
  needs: ['proxmox'],
  input: z.strictObject({ cluster: Cluster, node: NodeName }),
  targets: ({ cluster, node }) => [proxmoxTarget(cluster, 'Node', node)],
  async plan({ cluster, node }, { clients: { proxmox }, signal }) {
    const subject = await findNode(await proxmox.cluster(cluster), node, signal);
    const { maintenance, ...rest } = subject.object;
    return {
      preview:
        maintenance === undefined
          ? `Host ${node} is not in maintenance`
          : `Host ${node}: out of maintenance (${maintenance})`,
      effects: [{ op: 'put', part: 'proxmoxNodes', id: subject.key, value: rest }],
      preconditions: [notePrecondition(cluster, subject)],
      touches: maintenance === undefined ? [] : [touchOf(cluster, noteWrite(node, subject.note, undefined))],
      undo: 'proxmox_enter_maintenance.',
    };
  },
  async run({ cluster, node }, ctx) {
    const client = await ctx.clients.proxmox.cluster(cluster);
    const { note } = await findNode(client, node, ctx.signal);
    return carryOut(client, noteWrite(node, note, undefined), ctx);
  },
  async verify({ cluster, node }, _result, { clients: { proxmox }, signal }) {
    const { object } = await findNode(await proxmox.cluster(cluster), node, signal);
    return {
      ok: object.maintenance === undefined ? 'yes' : 'no',
      evidence: [object.maintenance === undefined ? 'no note of maintenance' : `still noted: ${object.maintenance}`],
    };
  },
});
