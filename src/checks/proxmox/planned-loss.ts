import type { ProxmoxBackup, ProxmoxGuest } from '../../world/proxmox/schema.ts';
import { enumerate, isOlderThan } from '../facts.ts';
import { guestKeyOf, guestLabel } from './facts.ts';
import { faultOf, guestBefore, guestsBefore, type Rule, unread } from './planned-support.ts';

/** Rules of what cannot be taken back: a guest that is destroyed, and one that is rolled back. */

const isOff: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  return guest === undefined || guest.status === 'stopped'
    ? []
    : [
        faultOf(touch, 'not-stopped', {
          message: `${guestLabel(guest)} is ${guest.status}, not stopped.`,
          remedy: 'See what it is for (depends_on), then proxmox_shutdown_guest first.',
        }),
      ];
};

const isUnprotected: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  if (guest === undefined) return [];
  if (guest.config === undefined) return [unread(touch, `The configuration of ${guestLabel(guest)}`)];
  return guest.config.protection
    ? [
        faultOf(touch, 'protected', {
          message: `${guestLabel(guest)} is protected: somebody has said that it must stay.`,
          remedy: 'A person takes the protection off, or it stays.',
        }),
      ]
    : [];
};

const notInHa: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  if (guest === undefined) return [];
  if (world.proxmoxHa === undefined) return [unread(touch, 'High availability')];
  const isManaged = [...world.proxmoxHa.values()].some(
    ({ vmid, metadata }) => vmid === guest.vmid && metadata.namespace === guest.metadata.namespace,
  );
  return isManaged
    ? [
        faultOf(touch, 'ha', {
          message: `${guestLabel(guest)} is under high availability, which would bring it back.`,
          remedy: 'A person takes it out of high availability first.',
        }),
      ]
    : [];
};

const notReplicated: Rule = (touch, world) => {
  if (world.proxmoxReplication === undefined) return [unread(touch, 'Replication')];
  const jobs = [...world.proxmoxReplication.values()].filter(
    ({ vmid, metadata }) => `${metadata.namespace ?? ''}/${vmid}` === guestKeyOf(touch.target),
  );
  return jobs.length === 0
    ? []
    : [
        faultOf(touch, 'replicated', {
          message: `Guest ${guestKeyOf(touch.target)} is replicated to ${enumerate(jobs.map(({ target }) => target))}: the copies would be lost or left behind.`,
          remedy: 'A person removes the replication job first.',
        }),
      ];
};

/** `base-100-disk-0` in another guest's disk line is a linked clone of 100. */
const noClones: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  if (guest === undefined) return [];
  const base = new RegExp(String.raw`\bbase-${guest.vmid}-disk-`);
  const clones = [...guestsBefore(world).values()].filter(
    (other) => other !== guest && Object.values(other.config?.options ?? {}).some((value) => base.test(value)),
  );
  return clones.length === 0
    ? []
    : [
        faultOf(touch, 'clones', {
          message: `${enumerate(clones.map(guestLabel))} stand on the disks of ${guestLabel(guest)}.`,
          remedy: 'Make full clones of them first, or leave it.',
        }),
      ];
};

/** Restorable: verified by the backup server, young, and not on the host that the guest is on. */
export const isRestorable = (
  archive: ProxmoxBackup['archives'][number],
  guest: ProxmoxGuest,
  hours: number,
  now: Date,
): boolean =>
  archive.verified === 'ok' &&
  archive.node !== guest.node &&
  archive.createdAt !== undefined &&
  !isOlderThan(archive.createdAt, hours * 60, now);

const hasBackup: Rule = (touch, world, { backupHours, now }) => {
  const guest = guestBefore(touch, world);
  if (guest === undefined) return [];
  if (world.proxmoxBackups === undefined) return [unread(touch, 'The backups')];
  const archives = world.proxmoxBackups.get(guestKeyOf(touch.target))?.archives ?? [];
  if (archives.some((archive) => isRestorable(archive, guest, backupHours, now))) return [];
  return [
    faultOf(touch, 'no-backup', {
      message: `${guestLabel(guest)} has no verified backup of the last ${backupHours} hours outside of its own host.`,
      evidence: archives
        .slice(0, 3)
        .map(
          ({ volid, createdAt, verified, node }) =>
            `${volid}: ${createdAt ?? 'no time'}, verified ${verified}, on ${node ?? 'a shared storage'}`,
        ),
      remedy: 'proxmox_run_backup to a backup server, let it verify, then plan again.',
    }),
  ];
};

export const destroyRules: readonly Rule[] = [isOff, isUnprotected, notInHa, notReplicated, noClones, hasBackup];

/** A rollback throws away what is newer. */
const nothingNewer: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  const wanted = world.change.targets.find(({ kind }) => kind === 'GuestSnapshot')?.name.split('/')[1];
  if (guest === undefined || wanted === undefined) return [];
  if (guest.snapshots === undefined) return [unread(touch, `The snapshots of ${guestLabel(guest)}`)];
  const at = guest.snapshots.find(({ name }) => name === wanted)?.takenAt ?? '';
  const newer = guest.snapshots.filter(({ name, takenAt }) => name !== wanted && (takenAt ?? '') > at);
  return newer.length === 0
    ? []
    : [
        faultOf(touch, 'newer', {
          message: `${guestLabel(guest)} has newer snapshots than ${wanted}: ${enumerate(newer.map(({ name }) => name))}.`,
          remedy: 'Go back to the newest one, or delete the newer ones first, each with its own plan.',
        }),
      ];
};

/** Snapshots that something else made on its disks in ZFS, after the one to go back to. */
const nothingNewerInZfs: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  const wanted = world.change.targets.find(({ kind }) => kind === 'GuestSnapshot')?.name.split('/')[1];
  if (guest === undefined || world.zfsSnapshots === undefined) return [];
  const disks = new RegExp(String.raw`/(?:vm|subvol|base)-${guest.vmid}-[^/]*$`);
  const newer = [...world.zfsSnapshots].filter(
    ([key, { newest }]) =>
      key.startsWith(`${guest.node}/`) && disks.test(key) && newest !== undefined && newest.name !== wanted,
  );
  return newer.length === 0
    ? []
    : [
        faultOf(touch, 'newer-zfs', {
          message: `The disks of ${guestLabel(guest)} have newer snapshots in ZFS: ${enumerate(newer.map(([key, { newest }]) => `${key}@${newest?.name ?? ''}`))}.`,
          remedy: 'They belong to somebody (sanoid, replication): copy out what you need instead.',
        }),
      ];
};

export const rollbackRules: readonly Rule[] = [nothingNewer, nothingNewerInZfs, notReplicated];
