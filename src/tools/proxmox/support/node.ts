import type { NoteNodeWrite, ProxmoxReader } from '../../../clients/proxmox/contract.ts';
import { notFound } from '../../../core/errors.ts';
import type { Precondition } from '../../../core/plan.ts';
import { MAINTENANCE, nodeObject, proxmoxKey } from '../../../world/proxmox/objects.ts';
import type { ProxmoxNode } from '../../../world/proxmox/schema.ts';
import { proxmoxTarget } from './guest.ts';

export interface NodeSubject<T extends ProxmoxReader = ProxmoxReader> {
  readonly client: T;
  readonly note: { readonly text: string; readonly digest: string };
  readonly key: string;
  readonly object: ProxmoxNode;
}

/** Errors: `not_found` `node_not_found`. */
export async function findNode<T extends ProxmoxReader>(
  client: T,
  name: string,
  signal: AbortSignal,
): Promise<NodeSubject<T>> {
  const { nodes } = await client.clusterStatus(signal);
  const node = nodes.find((one) => one.name === name);
  if (node === undefined)
    throw notFound(
      'node_not_found',
      `Unable to find the node ${name} in ${client.name}.`,
      `Nodes: ${nodes.map((one) => one.name).join(', ')}.`,
    );
  const [status, note] = await Promise.all([
    node.online ? client.nodeStatus(name, signal) : undefined,
    node.online ? client.nodeNote(name, signal) : { text: '', digest: '' },
  ]);
  return { client, note, key: proxmoxKey(client.name, name), object: nodeObject(client.name, node, status, note.text) };
}

export const nodePrecondition = (cluster: string, { object }: NodeSubject): Precondition => ({
  target: proxmoxTarget(cluster, 'Node', object.metadata.name),
  uid: object.metadata.name,
  version: object.online ? 'online' : 'offline',
});
export const notePrecondition = (cluster: string, { object, note }: NodeSubject): Precondition => ({
  target: proxmoxTarget(cluster, 'NodeNote', object.metadata.name),
  uid: object.metadata.name,
  version: note.digest,
});

const LINE = new RegExp(String.raw`^\s*${MAINTENANCE}:.*(?:\n|$)`, 'gm');

/** The note with our line in it, or without; every other line stays as it is. */
export const noteWrite = (
  node: string,
  { text, digest }: NodeSubject['note'],
  reason: string | undefined,
): NoteNodeWrite => {
  const rest = text.replace(LINE, '').trimEnd();
  const line = reason === undefined ? '' : `${MAINTENANCE}: ${reason.replaceAll(/\s+/g, ' ').trim()}`;
  return { verb: 'note_node', node, digest, text: [rest, line].filter((part) => part !== '').join('\n') };
};
