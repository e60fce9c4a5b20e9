import { macOf, uuidOf } from '../build.ts';
import type { Call } from '../endpoint.ts';
import { disksOf, type GuestDisk } from '../guest-config.ts';
import type { ClusterState, GuestState } from '../state.ts';
import { addVolume, checkRoom, diskVolume, freeDiskName, storageAt } from '../volumes.ts';

/** `local-lvm:32` asks for a new volume of 32 GiB: answers the line with its name in place. */
export function allocate(call: Call, guest: GuestState, line: string, value: string): string {
  const [, storage, size, rest = ''] = /^([a-zA-Z][\w.-]*):(\d+)((?:,.*)?)$/.exec(value) ?? [];
  if (storage === undefined || size === undefined) return value;
  const { state, time } = call.cluster;
  checkRoom(storageAt(state, storage, guest.node), guest.node, `vm-${guest.vmid}-disk`);
  const volid = freeDiskName(state, storage, guest.vmid);
  const text = `${volid}${rest},size=${size}G`;
  const [disk] = disksOf(new Map([[line, text]]));
  if (disk) addVolume(state, diskVolume(state, guest, disk, time.now()), 0);
  return text;
}

export interface Copy {
  /** Where the disks go; left out = where each one is. */
  readonly storage: string | undefined;
  /** A linked clone shares what its base holds. */
  readonly linked: boolean;
}

/** A linked disk names its base, but in LVM, where it needs it no more. */
function linkedName(state: ClusterState, { volid, storage }: GuestDisk, vmid: number): string {
  const free = freeDiskName(state, storage, vmid);
  if (state.storages.get(storage)?.type === 'lvmthin') return free;
  return `${volid}/${free.slice(storage.length + 1)}`;
}

/** Gives `guest` disks of its own in place of those that its lines name. Throws when a storage has no room. */
export function copyDisks(call: Call, guest: GuestState, copy: Copy): void {
  const { state, time } = call.cluster;
  for (const disk of disksOf(guest.config)) {
    const storage = copy.storage ?? disk.storage;
    checkRoom(storageAt(state, storage, guest.node), guest.node, `vm-${guest.vmid}-disk-0`);
    const volid = copy.linked ? linkedName(state, disk, guest.vmid) : freeDiskName(state, storage, guest.vmid);
    const line = guest.config.get(disk.key) ?? '';
    guest.config.set(
      disk.key,
      line.replace(disk.volid, () => volid),
    );
    const volume = diskVolume(state, guest, { ...disk, volid, storage }, time.now());
    addVolume(state, copy.linked ? { ...volume, base: disk.volid } : volume, copy.linked ? 0 : disk.size / 4);
  }
}

/** A guest that was made from another one must not be taken for it on the network. */
export function renewMacs(call: Call, { config, vmid }: GuestState): void {
  for (const [key, line] of config)
    if (/^net\d+$/.test(key))
      config.set(key, line.replace(/([0-9A-F]{2}:){5}[0-9A-F]{2}/i, macOf(`${vmid} ${key} ${call.cluster.next()}`)));
}

export function renewIdentity(call: Call, { config, vmid, type }: GuestState): void {
  if (type !== 'qemu') return;
  config.set('smbios1', `uuid=${uuidOf(`${vmid} ${call.cluster.next()}`)}`);
  config.set('vmgenid', uuidOf(`generation ${vmid} ${call.cluster.next()}`));
}

export function freshGuest(
  call: Call,
  facts: Pick<GuestState, 'node' | 'type' | 'vmid' | 'config'> & { readonly lock: string | undefined },
): GuestState {
  return {
    ...facts,
    status: 'stopped',
    startedAt: call.cluster.time.now(),
    pending: new Map(),
    snapshots: [],
    parent: undefined,
    agent: true,
  };
}
