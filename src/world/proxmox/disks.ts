import type { DiskSmart, NodeDisk, ProxmoxReader } from '../../clients/proxmox/contract.ts';
import { eachLimited } from '../each-limited.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { diskObject } from './objects.ts';
import type { ProxmoxDisk } from './schema.ts';

/** What disks said of themselves, and when: asking wakes a sleeping disk and takes its host some time. */
export type SmartMemory = Map<string, { readonly at: number; readonly smart: DiskSmart }>;

/** Counters move over days, and temperature over an hour. */
const ASK_AGAIN_MS = 30 * 60_000;
const AT_ONCE = 4;

/** The disks of these nodes with their own counters. A disk that does not answer is still a disk. */
export async function diskObjects(
  client: ProxmoxReader,
  nodes: readonly string[],
  { now, smart: memory }: { readonly now: Date; readonly smart: SmartMemory },
  signal: AbortSignal,
): Promise<readonly ProxmoxDisk[]> {
  const disks = (await Promise.all(nodes.map((node) => client.disks(node, signal)))).flat();
  await eachLimited(disks, AT_ONCE, async (disk) => {
    const key = keyOf(client.name, disk);
    if (+now - (memory.get(key)?.at ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return;
    const smart = await unlessAborted(client.smart(disk.node, disk.device, signal), signal).catch(() => undefined);
    signal.throwIfAborted();
    if (smart === undefined) memory.delete(key);
    else memory.set(key, { at: +now, smart });
  });
  return disks.map((disk) => diskObject(client.name, disk, memory.get(keyOf(client.name, disk))?.smart));
}

/** With the serial number: another disk in the same place starts anew. */
const keyOf = (cluster: string, { node, device, serial }: NodeDisk): string => `${cluster}/${node}${device}/${serial}`;
