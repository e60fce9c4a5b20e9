import * as z from 'zod';
import { newestBackups } from '../../world/longhorn/backups.ts';
import { claimOf } from '../../world/longhorn/relations.ts';
import type { Parts } from '../../world/parts.ts';
import { ownerOf, volumesByDataset } from '../../world/zfs/relations.ts';
import { defineCheck, type FoundFault, type Seen } from '../define.ts';
import { count, enumerate, isOlderThan } from '../facts.ts';
import { needsNoBackup } from '../longhorn/facts.ts';
import { hasTag } from '../proxmox/facts.ts';

const WANTS = [
  'proxmoxGuests',
  'proxmoxBackups',
  'zfsDatasets',
  'zfsSnapshots',
  'persistentVolumes',
  'persistentVolumeClaims',
  'longhornVolumes',
  'longhornBackups',
  'longhornBackupVolumes',
] as const;
type World = Seen<'namespaces'> & Partial<Seen<(typeof WANTS)[number]>>;

/** A person's word on a claim, a dataset or a guest: which class of backup it has, or `none`. */
const CLASS = 'steward.dev/backup';

export default defineCheck({
  id: 'B01',
  title: 'Whatever holds data has a backup that is known, or a word that it needs none',
  severity: 'critical',
  why: 'What nobody decided about is what is missing after the fire. Databases inside of volumes, and what restic or a NAS keeps, cannot be seen from here: a class says it.',
  needs: ['namespaces'],
  wants: WANTS,
  demands: WANTS,
  params: z.strictObject({}),
  introduced: 'note',
  evaluate: (world, { now }) => [...guests(world), ...claims(world), ...longhornClaims(world, now)],
});

/** One finding per place, so that twenty uncovered things are one thing to decide. */
const faultOf = (
  kind: string,
  what: string,
  missing: readonly string[],
  total: number,
  remedy: string,
): readonly FoundFault[] =>
  missing.length === 0
    ? []
    : [
        {
          target: what,
          severity: 'high',
          message: `${missing.length} of ${count(total, kind)} have no backup that is known: ${enumerate(missing)}.`,
          evidence: missing.slice(0, 20),
          remedy,
          fingerprint: `B01:${kind}:${what}`,
          lessons: ['backup-alert-on-absence'],
        },
      ];

function guests({ proxmoxGuests, proxmoxBackups }: World): readonly FoundFault[] {
  if (proxmoxGuests === undefined || proxmoxBackups === undefined) return [];
  return [
    ...Map.groupBy(
      [...proxmoxGuests].filter(([, { template }]) => !template),
      ([, { metadata }]) => metadata.namespace ?? '',
    ),
  ].flatMap(([cluster, own]) => {
    const missing = own.filter(([key, guest]) => {
      const backup = proxmoxBackups.get(key);
      if (backup === undefined) return false; // it is planned, and has nothing yet
      const isKept = (backup?.jobs.some(({ enabled }) => enabled) ?? false) || (backup?.archives.length ?? 0) > 0;
      return !isKept && !hasTag(guest, 'no-backup', 'nobackup') && guest.metadata.annotations[CLASS] === undefined;
    });
    return faultOf(
      'guest',
      `Guests of ${cluster}`,
      missing.map(([, { vmid, name }]) => `${vmid} ${name}`),
      own.length,
      `Add them to a backup job, tag them no-backup, or write "${CLASS}: <class>" into their notes.`,
    );
  });
}

/** Claims whose volume lies on a dataset that we see: there the evidence would be, too. */
function claims({
  zfsDatasets,
  zfsSnapshots,
  persistentVolumes,
  persistentVolumeClaims,
}: World): readonly FoundFault[] {
  if (
    zfsDatasets === undefined ||
    zfsSnapshots === undefined ||
    persistentVolumes === undefined ||
    persistentVolumeClaims === undefined
  )
    return [];
  const parts = { zfsDatasets, zfsSnapshots, persistentVolumes, persistentVolumeClaims };
  const found = [...volumesByDataset(parts)].flatMap(([dataset, volumes]) =>
    volumes.flatMap(({ spec }) => {
      const claim = `${spec.claimRef?.namespace ?? ''}/${spec.claimRef?.name ?? ''}`;
      const object = persistentVolumeClaims.get(claim);
      return object === undefined
        ? []
        : [{ claim, dataset, isCovered: object.metadata.annotations[CLASS] !== undefined || isKept(dataset, parts) }];
    }),
  );
  return [...Map.groupBy(found, ({ dataset }) => dataset.split('/').slice(0, 2).join('/'))].flatMap(([pool, own]) =>
    faultOf(
      'volume',
      `Volumes on ${pool}`,
      own.filter(({ isCovered }) => !isCovered).map(({ claim }) => claim),
      own.length,
      `Replicate or back up their datasets and say so: annotation ${CLASS} on the claim, or user property steward.dev:backup on the dataset.`,
    ),
  );
}

/** A volume that was made today has its first backup tonight. */
const FIRST_BACKUP_MINUTES = 26 * 60;

/** Claims on Longhorn: a Completed backup is the evidence, however old; how old it may be is S02's. */
function longhornClaims({ longhornVolumes, longhornBackups, ...world }: World, now: Date): readonly FoundFault[] {
  if (longhornVolumes === undefined || longhornBackups === undefined) return [];
  const { longhornBackupVolumes, persistentVolumeClaims } = world;
  const newest = newestBackups({
    longhornVolumes,
    longhornBackups,
    ...(longhornBackupVolumes && { longhornBackupVolumes }),
  });
  const used = [...longhornVolumes].flatMap(([id, volume]) => {
    const claim = claimOf(volume);
    if (claim === undefined || volume.spec.Standby) return [];
    const object = persistentVolumeClaims?.get(claim)?.metadata;
    const isDecided = object?.annotations[CLASS] !== undefined || needsNoBackup(volume.metadata, object);
    const isNew = !isOlderThan(volume.metadata.creationTimestamp, FIRST_BACKUP_MINUTES, now);
    return [{ claim, isCovered: isDecided || isNew || newest.has(id) }];
  });
  return faultOf(
    'volume',
    'Volumes on Longhorn',
    used.filter(({ isCovered }) => !isCovered).map(({ claim }) => claim),
    used.length,
    `Give Longhorn a backup target and them a recurring job, label them no-backup, or annotate the claim with ${CLASS}: <class>.`,
  );
}

/** A property that says so, here or above, or snapshots that replication keeps. */
function isKept(key: string, parts: Pick<Parts, 'zfsDatasets' | 'zfsSnapshots'>): boolean {
  if (ownerOf(key, { zfsDatasets: new Map(), zfsSnapshots: parts.zfsSnapshots })?.kind === 'replication') return true;
  for (let at = key; at.includes('/'); at = at.slice(0, at.lastIndexOf('/')))
    if (parts.zfsDatasets.get(at)?.properties['steward.dev:backup'] !== undefined) return true;
  return false;
}
