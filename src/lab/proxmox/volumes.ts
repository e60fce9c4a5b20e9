import { failure } from './fault.ts';
import { type GuestDisk, nameOf } from './guest-config.ts';
import type { ClusterState, GuestState, StorageState, VolumeState } from './state.ts';

const pad = (value: number): string => String(value).padStart(2, '0');

/** `2026_11_25-02_00_05`, as archives are named. */
const stampOf = (at: number): string => {
  const date = new Date(at);
  const day = [date.getUTCFullYear(), pad(date.getUTCMonth() + 1), pad(date.getUTCDate())].join('_');
  return `${day}-${[date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(pad).join('_')}`;
};

/** Where a volume of a guest lies: '' when its storage is shared. */
export const placeOf = (storage: StorageState | undefined, node: string): string => (storage?.shared ? '' : node);

export const diskVolume = (state: ClusterState, guest: GuestState, disk: GuestDisk, at: number): VolumeState => ({
  volid: disk.volid,
  storage: disk.storage,
  node: placeOf(state.storages.get(disk.storage), guest.node),
  content: guest.type === 'qemu' ? 'images' : 'rootdir',
  format: 'raw',
  size: disk.size,
  vmid: guest.vmid,
  at,
  protected: false,
  verified: undefined,
});

/** A backup server names archives by kind, guest and second, and keeps them in its own format. */
const namedByServer = (storage: StorageState, { type, vmid }: GuestState, at: number) => {
  const kind = type === 'qemu' ? 'vm' : 'ct';
  const second = `${new Date(at).toISOString().slice(0, 19)}Z`;
  return { volid: `${storage.name}:backup/${kind}/${vmid}/${second}`, format: `pbs-${kind}` };
};

const namedByFile = (storage: StorageState, { type, vmid }: GuestState, at: number) => {
  const format = type === 'qemu' ? 'vma.zst' : 'tar.zst';
  return { volid: `${storage.name}:backup/vzdump-${type}-${vmid}-${stampOf(at)}.${format}`, format };
};

export function archiveOf(storage: StorageState, guest: GuestState, at: number, size: number): VolumeState {
  return {
    ...(storage.type === 'pbs' ? namedByServer : namedByFile)(storage, guest, at),
    storage: storage.name,
    node: placeOf(storage, guest.node),
    content: 'backup',
    size,
    vmid: guest.vmid,
    at,
    protected: false,
    verified: undefined,
    saved: new Map([...guest.config, ['#name', nameOf(guest)]]),
  };
}

/** A storage as a node sees it. Throws 500 when there is none of that name, or not there. */
export function storageAt(state: ClusterState, name: string, node: string): StorageState {
  const storage = state.storages.get(name);
  if (!storage) throw failure(`storage '${name}' does not exist`);
  if (!storage.nodes.includes(node)) throw failure(`storage '${name}' is not available on node '${node}'`);
  if (!storage.active) throw failure(`storage '${name}' is not online`);
  return storage;
}

const usedOf = (storage: StorageState, node: string): number => storage.used.get(placeOf(storage, node)) ?? 0;

/** A thin pool promises more than it has; when it is full, nothing more can be made in it. */
const FULL = 0.98;
export const isFull = (storage: StorageState, node: string): boolean => usedOf(storage, node) >= storage.size * FULL;

export function checkRoom(storage: StorageState, node: string, what: string): void {
  if (!isFull(storage, node)) return;
  if (storage.type === 'lvmthin')
    throw failure(
      `lvcreate '${what}' error:   Cannot create new thin volume, free space in thin pool pve/data reached threshold.`,
    );
  throw failure(`unable to create '${what}': No space left on device`);
}

export function addVolume(state: ClusterState, volume: VolumeState, written: number): void {
  state.volumes.push(volume);
  const storage = state.storages.get(volume.storage);
  if (storage) storage.used.set(volume.node, (storage.used.get(volume.node) ?? 0) + written);
}

/** The next free `vm-101-disk-N` of a storage. */
export function freeDiskName(state: ClusterState, storage: string, vmid: number, kind = 'vm'): string {
  for (let index = 0; ; index += 1) {
    const volid = `${storage}:${kind}-${vmid}-disk-${index}`;
    if (!state.volumes.some((volume) => volume.volid === volid)) return volid;
  }
}
