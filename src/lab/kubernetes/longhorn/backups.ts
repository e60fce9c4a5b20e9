import type { LabApi } from '../controller.ts';
import { parseCron } from '../controllers/cron-schedule.ts';
import { all, one } from '../controllers/kinds.ts';
import {
  attemptCreate,
  controllerOf,
  earliest,
  safeHash,
  timestamp,
  tolerate,
  writeStatus,
} from '../controllers/support.ts';
import type { KubeJson } from '../json.ts';
import { longhornObject } from './definitions.ts';
import type { LonghornPlan } from './facts.ts';
import { type LonghornBackup, longhornList } from './kinds.ts';

const GROUP_OF_TARGET = { 'backup-target': 'default' };

/** Says what the target is like, runs the recurring job when it is due, and finishes backups that anybody asked for. */
export function keepBackups(api: LabApi, plan: LonghornPlan): Date | undefined {
  const [target] = longhornList(api, 'backuptargets.longhorn.io');
  if (target === undefined) return undefined;
  const url = target.spec?.backupTargetURL ?? '';
  writeStatus(api, 'backuptargets.longhorn.io', target, {
    available: url !== '',
    conditions: [],
    ...(url !== '' && { lastSyncedAt: target.status?.lastSyncedAt ?? timestamp(api.now()) }),
  });
  if (url === '') return undefined;
  const next = runJobs(api, plan);
  for (const backup of longhornList(api, 'backups.longhorn.io'))
    if (backup.status?.state === undefined) finish(api, plan, backup);
  return next;
}

/** One backup of every volume per due time, named after both; the oldest beyond what is kept go. */
function runJobs(api: LabApi, plan: LonghornPlan): Date | undefined {
  const moments = longhornList(api, 'recurringjobs.longhorn.io').map(({ metadata, spec }) => {
    const schedule = parseCron(spec?.cron ?? '');
    const due = schedule && lastDue(schedule, api.now());
    if (due !== undefined && due > new Date(metadata.creationTimestamp)) runJob(api, plan, due, spec?.retain);
    return schedule?.next(api.now());
  });
  return earliest(...moments);
}

function runJob(api: LabApi, plan: LonghornPlan, due: Date, retain = plan.retain): void {
  for (const { metadata } of longhornList(api, 'volumes.longhorn.io'))
    if (new Date(metadata.creationTimestamp) < due) request(api, plan, metadata.name, due);
  dropOld(api, plan, retain);
}

/** What was due longer ago is not made up for. */
const LATE_MS = 3_600_000;

function lastDue(schedule: NonNullable<ReturnType<typeof parseCron>>, now: Date): Date | undefined {
  let due: Date | undefined;
  for (let next = schedule.next(new Date(+now - LATE_MS)); next && next <= now; next = schedule.next(next)) due = next;
  return due;
}

function request(api: LabApi, plan: LonghornPlan, volume: string, due: Date): void {
  const name = `backup-${safeHash(`${volume}/${+due}`, 16)}`;
  if (api.get('backups.longhorn.io', plan.namespace, name)) return;
  const labels = { ...GROUP_OF_TARGET, 'backup-volume': volume };
  const spec = { snapshotName: `daily-ba-${safeHash(name, 12)}`, labels: { RecurringJob: 'daily-backup' } };
  attemptCreate(api, 'backups.longhorn.io', longhornObject('Backup', plan, name, { spec }, labels));
}

function finish(api: LabApi, plan: LonghornPlan, backup: LonghornBackup): void {
  const volumeName = backup.metadata.labels?.['backup-volume'] ?? '';
  const now = timestamp(api.now());
  const common = { snapshotName: backup.spec.snapshotName ?? '', volumeName, lastSyncedAt: now };
  const refused = whyRefused(api, plan);
  if (refused !== undefined)
    return writeStatus(api, 'backups.longhorn.io', backup, { ...common, state: 'Error', progress: 0, error: refused });
  writeStatus(api, 'backups.longhorn.io', backup, {
    ...common,
    state: 'Completed',
    progress: 100,
    snapshotCreatedAt: now,
    backupCreatedAt: now,
    url: `${plan.target?.url ?? ''}?backup=${backup.metadata.name}&volume=${volumeName}`,
  });
  noteNewest(api, plan, volumeName, backup.metadata.name, now);
}

function noteNewest(api: LabApi, plan: LonghornPlan, volume: string, lastBackup: string, lastBackupAt: string): void {
  const found = longhornList(api, 'volumes.longhorn.io').find(({ metadata }) => metadata.name === volume);
  if (found) writeStatus(api, 'volumes.longhorn.io', found, { ...found.status, lastBackup, lastBackupAt });
  const name = `${volume}-${safeHash(volume, 8)}`;
  if (!api.get('backupvolumes.longhorn.io', plan.namespace, name))
    attemptCreate(
      api,
      'backupvolumes.longhorn.io',
      longhornObject(
        'BackupVolume',
        plan,
        name,
        { spec: { backupTargetName: 'default', volumeName: volume } },
        { ...GROUP_OF_TARGET, 'backup-volume': volume },
      ),
    );
  const kept = api.get('backupvolumes.longhorn.io', plan.namespace, name);
  if (kept)
    writeStatus(api, 'backupvolumes.longhorn.io', kept, {
      lastBackupName: lastBackup,
      lastBackupAt,
      lastSyncedAt: timestamp(api.now()),
    });
}

/** The managers go on with the credentials that they read when they started. */
function whyRefused(api: LabApi, plan: LonghornPlan): string | undefined {
  const secret = one(api, 'secrets', plan.namespace, plan.target?.secret ?? '');
  if (secret === undefined) return `secret ${plan.target?.secret ?? ''} not found`;
  const started = all(api, 'pods', plan.namespace)
    .filter((pod) => controllerOf(pod)?.name === 'longhorn-manager')
    .map(({ metadata }) => metadata.creationTimestamp)
    .sort();
  const [first] = started;
  if (first === undefined || changeOf(secret) <= first) return undefined;
  return 'AWS Error: InvalidAccessKeyId The AWS Access Key Id you provided does not exist in our records. 403';
}

const changeOf = ({ metadata }: KubeJson): string =>
  [
    metadata.creationTimestamp,
    ...(metadata.managedFields ?? []).flatMap(({ time }) => (typeof time === 'string' ? [time] : [])),
  ]
    .sort()
    .at(-1) ?? '';

function dropOld(api: LabApi, plan: LonghornPlan, keep: number): void {
  const byVolume = Map.groupBy(
    longhornList(api, 'backups.longhorn.io'),
    ({ metadata }) => metadata.labels?.['backup-volume'] ?? '',
  );
  for (const own of byVolume.values())
    for (const { metadata } of own
      .toSorted((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1))
      .slice(keep))
      tolerate(() => api.delete('backups.longhorn.io', plan.namespace, metadata.name, {}));
}
