import * as z from 'zod';
import type { RebootNodeWrite } from '../../../clients/proxmox/contract.ts';
import { touchOf } from '../../../clients/proxmox/writes.ts';
import { isStewardError } from '../../../core/errors.ts';
import { poll } from '../../cluster/support/pause.ts';
import { defineAction } from '../../define.ts';
import { proxmoxTarget } from '../support/guest.ts';
import { Cluster, NodeName } from '../support/inputs.ts';
import { findNode, nodePrecondition } from '../support/node.ts';

export default defineAction({
  name: 'proxmox_reboot_node',
  title: 'Reboot a host',
  description: 'Reboot a Proxmox host. Its guests must be away first: proxmox_enter_maintenance.',
  signature: '{cluster, node}',
  reversibility: 'externally_reversible',
  needs: ['proxmox'],
  input: z.strictObject({ cluster: Cluster, node: NodeName }),
  targets: ({ cluster, node }) => [proxmoxTarget(cluster, 'Node', node)],
  async plan({ cluster, node }, { clients: { proxmox }, signal }) {
    const subject = await findNode(await proxmox.cluster(cluster), node, signal);
    const guests = (await subject.client.guests(signal)).filter(
      (guest) => guest.node === node && guest.status === 'running',
    );
    return {
      preview: [
        `Host ${node}: rebooted; away for some minutes with all that is on it`,
        ...guests.map(({ vmid, name }) => `- guest ${vmid} ${name} is shut down with it`),
      ].join('\n'),
      // Judged at its worst moment: while the host is away.
      effects: [{ op: 'put', part: 'proxmoxNodes', id: subject.key, value: { ...subject.object, online: false } }],
      preconditions: [nodePrecondition(cluster, subject)],
      touches: [touchOf(cluster, writeOf(node))],
      undo: 'Nothing to undo: the host comes back by itself, or somebody has to go there.',
    };
  },
  async run({ cluster, node }, ctx) {
    const { permit, signal } = ctx;
    const client = await ctx.clients.proxmox.cluster(cluster);
    const { uptimeSeconds } = await client.nodeStatus(node, signal);
    await client.write(writeOf(node), permit, signal, (_upid, line) => ctx.progress(line));
    // Until it is back with a shorter uptime, or the time of the guard is over.
    const isBack = await poll(async () => ((await uptimeOf(cluster)) < uptimeSeconds ? true : undefined), {
      forMs: 9 * 60_000,
      everyMs: 5_000,
      signal,
    });
    return { uptimeBefore: uptimeSeconds, isBack: isBack === true };

    async function uptimeOf(name: string): Promise<number> {
      ctx.progress(`waiting for ${node} to come back to ${name}`);
      try {
        return (await client.nodeStatus(node, signal)).uptimeSeconds;
      } catch (error) {
        if (isStewardError(error) && error.kind !== 'cancelled') return Number.POSITIVE_INFINITY;
        throw error;
      }
    }
  },
  async verify({ cluster, node }, result, { clients: { proxmox }, signal }) {
    const client = await proxmox.cluster(cluster);
    const { nodes, quorum } = await client.clusterStatus(signal);
    const isOnline = nodes.find(({ name }) => name === node)?.online === true;
    const uptime = isOnline ? (await client.nodeStatus(node, signal)).uptimeSeconds : undefined;
    const evidence = [`node ${node} is ${isOnline ? `online for ${uptime ?? 0} s` : 'offline'}`, `quorum: ${quorum}`];
    if (!isOnline || quorum === 'lost') return { ok: 'no', evidence };
    return { ok: result === undefined ? 'unknown' : (uptime ?? 0) < result.uptimeBefore ? 'yes' : 'no', evidence };
  },
});

const writeOf = (node: string): RebootNodeWrite => ({ verb: 'reboot_node', node });
