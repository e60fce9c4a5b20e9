import * as z from 'zod';
import type { Touch } from '../../core/change.ts';
import { sizeText } from '../../core/size.ts';
import type { ProxmoxGuest } from '../../world/proxmox/schema.ts';
import { defineCheck } from '../define.ts';
import { enumerate } from '../facts.ts';
import { guestKeyOf, guestLabel, hasTag, isHeld, proxmoxTouches, unlockCommand } from './facts.ts';
import { destroyRules, rollbackRules } from './planned-loss.ts';
import { nodeRules } from './planned-nodes.ts';
import { faultOf, guestBefore, guestsBefore, NEEDS, type PlannedWorld, type Rule, WANTS } from './planned-support.ts';

export default defineCheck({
  id: 'P08',
  title: 'No planned change of Proxmox hits a guest or a host that is busy, needed or not what it seems',
  severity: 'critical',
  why: 'Proxmox does what it is told to whatever has that number: a locked guest, a template, the only copy of a machine, a host with guests still on it.',
  needs: NEEDS,
  wants: WANTS,
  params: z.strictObject({
    /** A backup that lets a guest be destroyed may be that old. */
    backupHours: z.int().positive().default(24),
  }),
  introduced: 'deny',
  evaluate: (world, { params, now }) =>
    proxmoxTouches(world.change).flatMap((touch) =>
      [...ALWAYS, ...(RULES[world.change.action] ?? [])].flatMap((rule) => rule(touch, world, { ...params, now })),
    ),
});

const isGuestTouch = ({ target }: Touch): boolean => ['Guest', 'GuestSnapshot', 'Backup'].includes(target.kind);

/** A guest that a task holds is not touched: the task would break, or the change. */
const notLocked: Rule = (touch, world) => {
  const guest = isGuestTouch(touch) ? guestBefore(touch, world) : undefined;
  if (guest?.lock === undefined) return [];
  const isLeft = world.proxmoxTasks !== undefined && !isHeld(guest, world.proxmoxTasks);
  return [
    faultOf(touch, 'locked', {
      message: `${guestLabel(guest)} is locked (${guest.lock})${isLeft ? ', and no task is at work on it: the lock was left behind' : ': a task is at work on it'}.`,
      remedy: isLeft
        ? `See how its last task ended (proxmox_tasks). Then a person takes the lock off at the host: ${unlockCommand(guest)}.`
        : 'Wait for that task (proxmox_tasks). A lock that a crash left is removed by a person at the host.',
    }),
  ];
};

/** Effects name the guest as it was read: when the world does not have it so, somebody else is at it. */
const isThere: Rule = (touch, world) => {
  if (!isGuestTouch(touch) || touch.verb === 'create' || isMadeHere(touch, world)) return [];
  return guestBefore(touch, world) === undefined
    ? [
        faultOf(touch, 'unknown-guest', {
          message: `Guest ${guestKeyOf(touch.target)} is not among the guests of this cluster.`,
          remedy: 'List the guests (proxmox_guests): the id may have moved.',
        }),
      ]
    : [];
};

/** A guest that the same plan makes first. */
const isMadeHere = ({ target }: Touch, { change }: PlannedWorld): boolean =>
  change.touches.some(
    ({ target: other, verb }) =>
      verb === 'create' && other.kind === 'Guest' && guestKeyOf(other) === guestKeyOf(target),
  );

const ALWAYS: readonly Rule[] = [isThere, notLocked];

const notTemplate: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  return guest?.template === true
    ? [
        faultOf(touch, 'template', {
          message: `${guestLabel(guest)} is a template: it has no power to switch.`,
          remedy: 'Clone it (proxmox_clone_guest) and start the clone.',
        }),
      ]
    : [];
};

const criticalAsks: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  return guest !== undefined && hasTag(guest, 'critical')
    ? [
        faultOf(touch, 'critical', {
          severity: 'high',
          introduced: 'ask',
          message: `${guestLabel(guest)} is tagged critical.`,
          remedy: 'A person says when.',
        }),
      ]
    : [];
};

const LIVE = /^(?:cores|sockets|vcpus|cpu|cpulimit|memory|balloon|net\d+)$/;

/** What a running guest feels at once, or at its next start. */
const liveConfigAsks: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  const after = world.proxmoxGuests.get(guestKeyOf(touch.target));
  if (guest?.status !== 'running' || guest.config === undefined || after?.config === undefined) return [];
  const [old, next] = [guest.config.options, after.config.options];
  const changed = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
    (name) => LIVE.test(name) && old[name] !== next[name],
  );
  if (changed.length === 0) return [];
  return [
    faultOf(touch, 'live-config', {
      severity: 'high',
      introduced: 'ask',
      message: `${guestLabel(guest)} runs, and ${enumerate(changed)} would change under it.`,
      evidence: changed.map((name) => `${name}: ${old[name] ?? 'not set'} -> ${next[name] ?? 'not set'}`),
      remedy: 'Let a person choose the time, or change it while the guest is stopped.',
    }),
  ];
};

const SNAPSHOT_TYPES: ReadonlySet<string> = new Set(['lvmthin', 'zfspool', 'rbd', 'btrfs', 'cephfs']);

/** Thin pools that are nearly full die of a snapshot; some storages have none. */
const snapshotFits: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  const storages = guest === undefined ? [] : storagesOf(guest, world);
  return storages.flatMap(({ storage, type, usedBytes, totalBytes, isFile }) => {
    if (!SNAPSHOT_TYPES.has(type) && !isFile)
      return [
        faultOf(touch, `no-snapshots:${storage}`, {
          message: `Storage ${storage} (${type}) cannot hold snapshots.`,
          remedy: 'Make a backup instead (proxmox_run_backup).',
        }),
      ];
    if (totalBytes > 0 && usedBytes / totalBytes >= 0.85)
      return [
        faultOf(touch, `full:${storage}`, {
          message: `Storage ${storage} is ${Math.floor((usedBytes / totalBytes) * 100)} % full: a snapshot could fill it and stop every guest on it.`,
          remedy: 'Free space first.',
          lessons: [],
        }),
      ];
    return [];
  });
};

function storagesOf(guest: ProxmoxGuest, { proxmoxStorages }: PlannedWorld) {
  const lines = Object.entries(guest.config?.options ?? {}).filter(
    ([name, value]) => /^(?:scsi|virtio|sata|ide|mp)\d+$|^rootfs$/.test(name) && !/media=cdrom/.test(value),
  );
  const names = new Map(lines.map(([, value]) => [value.split(':')[0] ?? '', /\.qcow2\b/.test(value)]));
  return [...names].flatMap(([name, isFile]) => {
    const found = proxmoxStorages?.get(`${guest.metadata.namespace ?? ''}/${guest.node}/${name}`);
    return found === undefined ? [] : [{ ...found, isFile }];
  });
}

const lastRestorePointAsks: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  const archives = world.proxmoxBackups?.get(guestKeyOf(touch.target))?.archives ?? [];
  if (guest === undefined || (guest.snapshots?.length ?? 0) > 1 || archives.length > 0) return [];
  return [
    faultOf(touch, 'last-restore-point', {
      severity: 'high',
      introduced: 'ask',
      message: `That snapshot is the only way back that ${guestLabel(guest)} has: there is no backup of it.`,
      remedy: 'Make a backup first (proxmox_run_backup).',
    }),
  ];
};

/** A new guest needs a number that nobody has. */
const idIsFree: Rule = (touch, world) => {
  const taken =
    touch.verb === 'create' && touch.target.kind === 'Guest'
      ? guestsBefore(world).get(guestKeyOf(touch.target))
      : undefined;
  return taken === undefined
    ? []
    : [
        faultOf(touch, 'id-taken', {
          message: `${guestLabel(taken)} has that id already.`,
          remedy: 'Choose an id that is free everywhere.',
        }),
      ];
};

const targetIsThere: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  const after = world.proxmoxGuests.get(guestKeyOf(touch.target));
  if (guest === undefined || after === undefined) return [];
  const host = world.proxmoxNodes?.get(`${after.metadata.namespace ?? ''}/${after.node}`);
  if (host?.online === true && host.maintenance === undefined) return [];
  return [
    faultOf(touch, 'target', {
      message: `Host ${after.node} ${host === undefined ? 'is not in this cluster' : host.online ? `is in maintenance (${host.maintenance ?? ''})` : 'is offline'}: nothing is moved there.`,
      remedy: 'Choose another host.',
    }),
  ];
};

const backupFits: Rule = (touch, world) => {
  const guest = guestBefore(touch, world);
  const wanted = world.change.targets.find(({ kind }) => kind === 'Storage')?.name;
  const storage =
    guest && world.proxmoxStorages?.get(`${guest.metadata.namespace ?? ''}/${guest.node}/${wanted ?? ''}`);
  if (guest === undefined || storage === undefined) return [];
  const free = storage.totalBytes - storage.usedBytes;
  if (!storage.active)
    return [
      faultOf(touch, 'inactive', {
        message: `Storage ${storage.storage} cannot be reached.`,
        remedy: 'Bring it back, or choose another one.',
      }),
    ];
  // A backup server shares what it has already; everywhere else a third of the disks is what compression leaves.
  if (storage.type === 'pbs' || free >= guest.diskBytes / 3) return [];
  return [
    faultOf(touch, 'no-space', {
      message: `Storage ${storage.storage} has ${sizeText(free)} left, too little for ${guestLabel(guest)}.`,
      remedy: 'Free space, or choose another storage.',
    }),
  ];
};

/** By action; what is not named here has only the rules for all. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  proxmox_start_guest: [notTemplate, criticalAsks],
  proxmox_shutdown_guest: [notTemplate, criticalAsks],
  proxmox_reboot_guest: [notTemplate, criticalAsks],
  proxmox_stop_guest: [notTemplate],
  proxmox_reset_guest: [notTemplate],
  proxmox_configure_guest: [liveConfigAsks],
  proxmox_create_snapshot: [snapshotFits],
  proxmox_delete_snapshot: [lastRestorePointAsks],
  proxmox_rollback_snapshot: rollbackRules,
  proxmox_clone_guest: [idIsFree],
  proxmox_create_guest: [idIsFree],
  proxmox_restore_backup: [idIsFree],
  proxmox_migrate_guest: [notTemplate, targetIsThere, criticalAsks],
  proxmox_run_backup: [backupFits],
  proxmox_destroy_guest: destroyRules,
  ...nodeRules,
};
