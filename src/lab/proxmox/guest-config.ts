import { createHash } from 'node:crypto';
import { failure } from './fault.ts';
import type { GuestState } from './state.ts';

/** SHA-1 over everything that the file of a guest holds: lines, pending lines and snapshots. */
export function digestOf({ config, pending, snapshots, parent, lock }: GuestState): string {
  const lines = (map: ReadonlyMap<string, string | undefined>): string =>
    [...map].map(([key, value]) => `${key}: ${value ?? '-'}`).join('\n');
  const text = [
    lines(config),
    lines(pending),
    parent ?? '',
    lock ?? '',
    ...snapshots.map(({ name, at, config: then }) => `${name} ${at}\n${lines(then)}`),
  ].join('\n--\n');
  return createHash('sha1').update(text).digest('hex');
}

const DISK = /^(?:(?:ide|sata|scsi|virtio)\d+|efidisk0|tpmstate0|rootfs|mp\d+|unused\d+)$/;

export interface GuestDisk {
  readonly key: string;
  readonly volid: string;
  readonly storage: string;
  readonly size: number;
}

const UNITS: Readonly<Record<string, number>> = { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const sizeOf = (text: string): number => {
  const [, count = '0', unit = 'G'] = /(?:^|,)size=(\d+)([MGT])/.exec(text) ?? [];
  return Number(count) * (UNITS[unit] ?? 1);
};

/** Volumes that the configuration names; no CD-ROMs. */
export const disksOf = (config: ReadonlyMap<string, string>): GuestDisk[] =>
  [...config].flatMap(([key, value]) => {
    const [volid = ''] = value.split(',');
    if (!DISK.test(key) || value.includes('media=cdrom') || !volid.includes(':')) return [];
    return [{ key, volid, storage: volid.slice(0, volid.indexOf(':')), size: sizeOf(value) }];
  });

export const nameOf = ({ type, config }: GuestState): string => config.get(type === 'qemu' ? 'name' : 'hostname') ?? '';

export const isOn = ({ config }: GuestState, key: string): boolean => config.get(key) === '1';

const kindOf = ({ type }: GuestState): string => (type === 'qemu' ? 'VM' : 'CT');

export function checkLock(guest: GuestState): void {
  if (guest.lock !== undefined) throw failure(`${kindOf(guest)} is locked (${guest.lock})`);
}

export function checkDigest(guest: GuestState, digest: string | undefined): void {
  if (digest !== undefined && digest !== digestOf(guest))
    throw failure('detected modified configuration - file changed by other user? Try again.');
}

/** Pending lines become lines: at the next cold start. */
export function applyPending({ config, pending }: GuestState): void {
  for (const [key, value] of pending) {
    if (value === undefined) config.delete(key);
    else config.set(key, value);
  }
  pending.clear();
}
