import { inputError } from '../../core/errors.ts';
import type { GuestRef } from './contract.ts';

const NODE = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;

/** Throws `input` `invalid_node`: asked with an address, the API answers 596 as if the node were gone. */
export function nodePath(node: string): string {
  if (NODE.test(node)) return `/nodes/${node}`;
  throw inputError(
    'invalid_node',
    `Unable to ask for the node "${node.slice(0, 80)}": that is no node name.`,
    'Take the name from proxmox_overview; an address or a name with a domain is not one.',
  );
}

export const guestPath = ({ node, type, vmid }: GuestRef): string => `${nodePath(node)}/${type}/${vmid}`;
