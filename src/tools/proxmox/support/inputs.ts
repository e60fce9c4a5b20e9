import * as z from 'zod';

/** Fields that many tools share; every word is paid for in every session. */
export const Cluster = z.string().min(1).max(63).describe('Name of the Proxmox connection');
export const Vmid = z.int().min(100).max(999_999_999);
/** Asserted: an id alone is not an identity. */
export const GuestName = z.string().min(1).max(253).describe('Name that the guest of this id must have');
export const NodeName = z
  .string()
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/, 'must be a node name, not an address');
export const StorageName = z.string().regex(/^[a-z][a-z0-9\-_.]*[a-z0-9]$/i, 'must be a storage name');
export const SnapshotName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{1,39}$/i, 'must begin with a letter and hold letters, digits, _ and -')
  .refine((name) => name !== 'current', 'current is what the running state is called');
/** A DNS name: what Proxmox takes for a new guest. */
export const NewName = z
  .string()
  .regex(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9-]+)*$/, 'must be a DNS name');

export const guestShape = { cluster: Cluster, vmid: Vmid, name: GuestName };
