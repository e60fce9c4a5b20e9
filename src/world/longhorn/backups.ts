import type { Parts } from '../parts.ts';
import type { LonghornBackup } from './schema.ts';

type BackupParts = Pick<Parts, 'longhornVolumes' | 'longhornBackups'> & Partial<Pick<Parts, 'longhornBackupVolumes'>>;

/** The volume that a backup is of: Longhorn labels it before the status is there. */
const backedVolume = ({ status, metadata }: LonghornBackup): string =>
  status.volumeName || (metadata.labels['backup-volume'] ?? '');

export const targetOf = ({ spec, metadata }: LonghornBackup): string =>
  spec.backupTargetName || (metadata.labels['backup-target'] ?? '') || 'default';

/**
 * Key of a volume -> when its newest finished backup was made, as far as Backup, BackupVolume and the volume itself tell.
 * A volume without any has no entry.
 */
export function newestBackups({
  longhornVolumes,
  longhornBackups,
  longhornBackupVolumes,
}: BackupParts): ReadonlyMap<string, string> {
  const newest = new Map<string, string>();
  const note = (key: string, at: string | undefined): void => {
    if (at !== undefined && at > (newest.get(key) ?? '')) newest.set(key, at);
  };
  for (const backup of longhornBackups.values())
    if (backup.status.state === 'Completed')
      note(`${backup.metadata.namespace ?? ''}/${backedVolume(backup)}`, backup.status.backupCreatedAt);
  for (const { metadata, spec, status } of longhornBackupVolumes?.values() ?? [])
    note(`${metadata.namespace ?? ''}/${spec.volumeName || metadata.name}`, status.lastBackupAt);
  for (const [key, { status }] of longhornVolumes) note(key, status.lastBackupAt);
  return newest;
}
