import type { GuestType, ProxmoxReader } from '../../../clients/proxmox/contract.ts';
import { inputError, notFound } from '../../../core/errors.ts';
import type { Subject } from './guest.ts';

/** What the disks of a guest need. */
export const diskContent = (type: GuestType): string => (type === 'qemu' ? 'images' : 'rootdir');

/** The storage is on that node and takes such content. Errors: `not_found` `storage_not_found`; `input` `wrong_storage`. */
export async function demandStorage(
  client: ProxmoxReader,
  { node, storage, content }: { readonly node: string; readonly storage: string; readonly content: string },
  signal: AbortSignal,
): Promise<void> {
  const there = (await client.storages(signal)).filter((one) => one.node === node);
  const found = there.find((one) => one.storage === storage);
  const fitting = there.filter((one) => one.content.includes(content)).map((one) => one.storage);
  const instead = `Storages of ${node} that take ${content}: ${fitting.join(', ') || 'none'}.`;
  if (found === undefined)
    throw notFound('storage_not_found', `Unable to find the storage ${storage} on ${node}.`, instead);
  if (!found.content.includes(content))
    throw inputError('wrong_storage', `Unable to use ${storage} for this: it takes no ${content}.`, instead);
}

/** Where the disks of a copy go, when that was said. */
export async function demandDiskStorage(
  { client, guest }: Subject,
  { node, storage }: { readonly node: string; readonly storage: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  if (storage !== undefined) await demandStorage(client, { node, storage, content: diskContent(guest.type) }, signal);
}
