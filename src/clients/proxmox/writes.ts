import type { Touch, WriteVerb } from '../../core/change.ts';
import { inputError } from '../../core/errors.ts';
import type { ProxmoxCall } from './call.ts';
import type {
  BackupWrite,
  CloneWrite,
  ConfigureWrite,
  DestroyWrite,
  MigrateWrite,
  NoteNodeWrite,
  PowerWrite,
  ProxmoxWrite,
  RestoreWrite,
  SnapshotWrite,
} from './contract.ts';
import { guestPath, nodePath } from './paths.ts';

/** The one call of a write. */
// oxlint-disable-next-line complexity -- one line per verb, and the compiler sees that none is missing
export function callOf(write: ProxmoxWrite): ProxmoxCall {
  switch (write.verb) {
    case 'reboot_node':
      return { method: 'POST', path: `${nodePath(write.node)}/status`, params: { command: 'reboot' } };
    case 'note_node':
      return noteCall(write);
    case 'restore':
      return restoreCall(write);
    case 'configure':
      return configureCall(write);
    case 'clone':
      return cloneCall(write);
    case 'migrate':
      return migrateCall(write);
    case 'backup':
      return backupCall(write);
    case 'destroy':
      return destroyCall(write);
    case 'snapshot':
    case 'delete_snapshot':
    case 'rollback':
      return snapshotCall(write);
    case 'start':
    case 'shutdown':
    case 'stop':
    case 'reboot':
    case 'reset':
      return powerCall(write);
  }
}

const noteCall = ({ node, digest, text }: NoteNodeWrite): ProxmoxCall => ({
  method: 'PUT',
  path: `${nodePath(node)}/config`,
  params: { ...(text === '' ? { delete: 'description' } : { description: text }), digest },
});

function restoreCall({ node, type, newid, archive, storage }: RestoreWrite): ProxmoxCall {
  const params =
    type === 'qemu'
      ? { vmid: newid, archive, storage, unique: true }
      : { vmid: newid, ostemplate: archive, restore: true, storage, unique: true };
  return { method: 'POST', path: `${nodePath(node)}/${type}`, params };
}

function powerCall({ verb, guest, timeoutSeconds }: PowerWrite): ProxmoxCall {
  if (verb === 'reset' && guest.type === 'lxc')
    throw inputError(
      'proxmox_unsupported',
      `Unable to reset container ${guest.vmid}: containers have no reset.`,
      'Reboot it, or stop and start it.',
    );
  const timed = (verb === 'shutdown' || verb === 'reboot') && timeoutSeconds !== undefined;
  return {
    method: 'POST',
    path: `${guestPath(guest)}/status/${verb}`,
    ...(timed && { params: { timeout: timeoutSeconds } }),
  };
}

function snapshotCall({ verb, guest, snapshot, description }: SnapshotWrite): ProxmoxCall {
  const base = `${guestPath(guest)}/snapshot`;
  if (verb === 'snapshot') return { method: 'POST', path: base, params: { snapname: snapshot, description } };
  const one = `${base}/${encodeURIComponent(snapshot)}`;
  return verb === 'rollback' ? { method: 'POST', path: `${one}/rollback` } : { method: 'DELETE', path: one };
}

function configureCall({ guest, set, remove, expect }: ConfigureWrite): ProxmoxCall {
  const removed = remove.length > 0 ? { delete: remove.join(',') } : {};
  return { method: 'PUT', path: `${guestPath(guest)}/config`, params: { ...set, ...removed, digest: expect.digest } };
}

function cloneCall({ guest, newid, name, full, storage, target }: CloneWrite): ProxmoxCall {
  const named = guest.type === 'qemu' ? { name } : { hostname: name };
  return { method: 'POST', path: `${guestPath(guest)}/clone`, params: { newid, full, storage, target, ...named } };
}

function migrateCall({ guest, target, online, withLocalDisks }: MigrateWrite): ProxmoxCall {
  const params =
    guest.type === 'qemu'
      ? { target, online, 'with-local-disks': withLocalDisks || undefined }
      : { target, restart: online };
  return { method: 'POST', path: `${guestPath(guest)}/migrate`, params };
}

const backupCall = ({ guest, storage, mode, protect }: BackupWrite): ProxmoxCall => ({
  method: 'POST',
  path: `${nodePath(guest.node)}/vzdump`,
  params: { vmid: guest.vmid, storage, mode, protected: protect || undefined },
});

/** Volumes that the configuration does not name are never searched for and removed. */
const destroyCall = ({ guest, purge }: DestroyWrite): ProxmoxCall => ({
  method: 'DELETE',
  path: guestPath(guest),
  params: { purge: purge || undefined, 'destroy-unreferenced-disks': false },
});

const VERBS: Partial<Record<ProxmoxWrite['verb'], WriteVerb>> = {
  snapshot: 'create',
  clone: 'create',
  restore: 'create',
  backup: 'create',
  destroy: 'delete',
  delete_snapshot: 'delete',
};

/** What a write touches; `namespace` of a Proxmox target is the name of the connection. A rollback touches the guest itself. */
export function touchOf(connection: string, write: ProxmoxWrite): Touch {
  const touch = (kind: string, name: string): Touch => ({
    target: { system: 'proxmox', kind, namespace: connection, name },
    verb: VERBS[write.verb] ?? 'patch',
  });
  if (write.verb === 'reboot_node') return touch('Node', write.node);
  if (write.verb === 'note_node') return touch('NodeNote', write.node);
  if (write.verb === 'restore' || write.verb === 'clone') return touch('Guest', String(write.newid));
  if (write.verb === 'snapshot' || write.verb === 'delete_snapshot')
    return touch('GuestSnapshot', `${write.guest.vmid}/${write.snapshot}`);
  if (write.verb === 'backup') return touch('Backup', String(write.guest.vmid));
  return touch('Guest', String(write.guest.vmid));
}
