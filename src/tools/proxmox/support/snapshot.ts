import * as z from 'zod';
import type { GuestSnapshot, SnapshotWrite } from '../../../clients/proxmox/contract.ts';
import { snapshotVersion } from '../../../clients/proxmox/versions.ts';
import { notFound } from '../../../core/errors.ts';
import type { Precondition } from '../../../core/plan.ts';
import { expectOf, type GuestInput, proxmoxTarget, type Subject } from './guest.ts';
import { guestShape, SnapshotName } from './inputs.ts';

export const snapshotShape = { ...guestShape, snapshot: SnapshotName };
export const SnapshotInput = z.strictObject(snapshotShape);
export type SnapshotInput = GuestInput & { readonly snapshot: string };

export const snapshotTarget = ({ cluster, vmid, snapshot }: SnapshotInput) =>
  proxmoxTarget(cluster, 'GuestSnapshot', `${vmid}/${snapshot}`);

export async function findSnapshot(
  { client, guest }: Subject,
  name: string,
  signal: AbortSignal,
): Promise<GuestSnapshot> {
  const all = await client.snapshots(guest, signal);
  const found = all.find((one) => one.name === name);
  if (found) return found;
  throw notFound(
    'snapshot_not_found',
    `Unable to find snapshot ${name} of guest ${guest.vmid}.`,
    `It has: ${all.map((one) => one.name).join(', ') || 'none'}.`,
  );
}

export const snapshotPrecondition = (input: SnapshotInput, snapshot: GuestSnapshot): Precondition => ({
  target: snapshotTarget(input),
  ...snapshotVersion(snapshot),
});

export const snapshotWrite = (
  verb: SnapshotWrite['verb'],
  { snapshot }: SnapshotInput,
  subject: Subject,
  description?: string,
): SnapshotWrite => ({
  verb,
  guest: subject.guest,
  expect: expectOf(subject),
  snapshot,
  ...(description !== undefined && { description }),
});

export const snapshotNames = async ({ client, guest }: Subject, signal: AbortSignal): Promise<readonly string[]> =>
  (await client.snapshots(guest, signal)).map(({ name }) => name);
