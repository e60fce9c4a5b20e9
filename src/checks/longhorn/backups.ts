import * as z from 'zod';
import { newestBackups, targetOf } from '../../world/longhorn/backups.ts';
import { claimOf } from '../../world/longhorn/relations.ts';
import type { LonghornBackupTarget, LonghornVolume } from '../../world/longhorn/schema.ts';
import { defineCheck, type FoundFault, type Seen } from '../define.ts';
import { count, durationText, isOlderThan, minutesSince, oneLine } from '../facts.ts';
import { needsNoBackup, shortName } from './facts.ts';

const NEEDS = ['longhornVolumes', 'longhornBackups', 'longhornBackupTargets'] as const;
const WANTS = ['longhornBackupVolumes', 'longhornCredentials', 'persistentVolumeClaims'] as const;
type World = Seen<(typeof NEEDS)[number]> & Partial<Seen<(typeof WANTS)[number]>>;

export default defineCheck({
  id: 'S02',
  title: 'Longhorn backs up every volume in time, to a target that answers with the credentials of today',
  severity: 'critical',
  why: 'Backups that stop say nothing: a key that was changed, or a target that does not answer, shows only in the age of the newest one. A volume that never had a backup is told by B01.',
  needs: NEEDS,
  wants: WANTS,
  params: z.strictObject({
    /** Age from which the newest backup of a volume is too old: a day, and what the job takes. */
    maxHours: z.int().positive().default(26),
  }),
  introduced: 'note',
  evaluate: (world, { params, now }) => [
    ...[...world.longhornBackupTargets].flatMap(([id, target]) =>
      target.spec.backupTargetURL === ''
        ? []
        : [...unavailable(id, target, now), ...credentialChanged(id, target, world)],
    ),
    ...late(world, params.maxHours, now),
  ],
});

/** A target that was made a moment ago has not been asked yet. */
const FIRST_SYNC_MINUTES = 10;

function unavailable(id: string, { metadata, spec, status }: LonghornBackupTarget, now: Date): readonly FoundFault[] {
  if (status.available) return [];
  if (status.lastSyncedAt === undefined && !isOlderThan(metadata.creationTimestamp, FIRST_SYNC_MINUTES, now)) return [];
  const said = status.conditions.find(({ type, status: is }) => type === 'Unavailable' && is === 'True')?.message;
  return [
    {
      target: `Backup target ${metadata.name}`,
      message: `Longhorn cannot reach its backup target ${metadata.name}: no volume is backed up.`,
      evidence: [spec.backupTargetURL, ...(said === undefined ? [] : [oneLine(said)])],
      remedy:
        'See whether the store answers and whether its credentials are right, then run one backup until it says Completed.',
      fingerprint: `S02:unavailable:${id}`,
      lessons: ['longhorn-backup-cred-rotation'],
      subject: { part: 'longhornBackupTargets', id },
    },
  ];
}

/** Nothing has come through since the key was changed: whether the manager took the new one is not proven. */
function credentialChanged(
  id: string,
  { metadata, spec }: LonghornBackupTarget,
  { longhornBackups, longhornCredentials }: World,
): readonly FoundFault[] {
  const credential = longhornCredentials?.get(`${metadata.namespace ?? ''}/${spec.credentialSecret}`);
  if (credential?.changedAt === undefined) return [];
  const { changedAt } = credential;
  const own = [...longhornBackups.values()].filter((backup) => targetOf(backup) === metadata.name);
  const success = own
    .flatMap(({ status }) => (status.state === 'Completed' ? (status.backupCreatedAt ?? []) : []))
    .sort();
  const last = success.at(-1);
  // Without any backup there is nothing that a change could have ended.
  if (last === undefined || last >= changedAt) return [];
  const failed = own.filter(
    ({ status, metadata: { creationTimestamp } }) => status.state === 'Error' && (creationTimestamp ?? '') > changedAt,
  );
  return [
    {
      target: `Backup target ${metadata.name}`,
      ...(failed.length === 0 && { severity: 'high' as const }),
      message: `The Secret of backup target ${metadata.name} was changed, and no backup has succeeded since.`,
      evidence: [
        `Secret ${metadata.namespace ?? ''}/${spec.credentialSecret} changed at ${changedAt}`,
        `newest Completed backup at ${last}`,
        ...[...Map.groupBy(failed, ({ status }) => oneLine(status.error || 'Error'))]
          .slice(0, 3)
          .map(([error, same]) => `${count(same.length, 'backup')} failed since: ${error}`),
      ],
      remedy: 'Restart the DaemonSet longhorn-manager, then run one backup and wait until it says Completed.',
      fingerprint: `S02:credential:${id}`,
      lessons: ['longhorn-backup-cred-rotation'],
      subject: { part: 'longhornBackupTargets', id },
    },
  ];
}

function late(world: World, hours: number, now: Date): readonly FoundFault[] {
  const newest = newestBackups(world);
  const old = [...world.longhornVolumes].flatMap(([id, volume]) => {
    const at = newest.get(id);
    return at !== undefined && isOlderThan(at, hours * 60, now) && isKept(volume, at, world)
      ? [{ id, volume, at }]
      : [];
  });
  // One fault per Longhorn: a target that is away makes all of them old at once.
  return [...Map.groupBy(old, ({ volume }) => volume.metadata.namespace ?? '')].map(
    ([namespace, volumes]): FoundFault => ({
      target: `Longhorn ${namespace}`,
      message: `${count(volumes.length, 'volume')} of Longhorn ${volumes.length === 1 ? 'has' : 'have'} no backup of the last ${hours} hours.`,
      evidence: volumes
        .toSorted((a, b) => `${a.at}${shortName(a.volume)}`.localeCompare(`${b.at}${shortName(b.volume)}`))
        .slice(0, 20)
        .map(({ volume, at }) => `${shortName(volume)}: ${durationText(minutesSince(at, now) ?? 0)} old`),
      remedy: `See why the recurring job fails (backups.longhorn.io, status.error). A volume that needs none gets the label no-backup.`,
      fingerprint: `S02:late:${namespace}`,
      lessons: ['longhorn-backup-cred-rotation', 'alert-on-missing-metric'],
    }),
  );
}

/** Whether it is meant to be backed up: standby volumes and throw-away ones are not, and a volume at rest since does not change. */
function isKept(volume: LonghornVolume, backupAt: string, { persistentVolumeClaims }: World): boolean {
  const { metadata, spec, status } = volume;
  if (spec.Standby || metadata.deletionTimestamp !== undefined) return false;
  if (needsNoBackup(metadata, persistentVolumeClaims?.get(claimOf(volume) ?? '')?.metadata)) return false;
  const { lastPodRefAt } = status.kubernetesStatus;
  return status.state !== 'detached' || (lastPodRefAt !== undefined && lastPodRefAt > backupAt);
}
