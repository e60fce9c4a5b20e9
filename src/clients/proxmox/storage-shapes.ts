import * as z from 'zod';
import { Flag, listOf, MaybeNum, MaybeText, Num, Text, timeOf } from './coerce.ts';
import type { BackupJob, NodeDisk, ReplicationJob, ThinPool, Volume } from './contract.ts';

const VolumeRow = z.looseObject({
  volid: z.string(),
  content: Text,
  size: Num,
  vmid: MaybeNum,
  ctime: MaybeNum,
  protected: Flag,
  verification: z.looseObject({ state: Text }).optional(),
});

export const volumesOf = (data: unknown, storage: string): Volume[] =>
  z
    .array(VolumeRow)
    .parse(data)
    .map((row) => ({
      volid: row.volid,
      storage,
      content: row.content,
      sizeBytes: row.size,
      vmid: row.vmid,
      createdAt: timeOf(row.ctime),
      protected: row.protected,
      verified: row.verification?.state === 'ok' ? 'ok' : row.verification?.state === 'failed' ? 'failed' : 'unknown',
    }));

const JobRow = z.looseObject({
  id: Text,
  enabled: MaybeNum,
  schedule: Text,
  storage: Text,
  all: Flag,
  vmid: MaybeText,
  exclude: MaybeText,
  'next-run': MaybeNum,
});

export const backupJobsOf = (data: unknown): BackupJob[] =>
  z
    .array(JobRow)
    .parse(data)
    .map((row) => ({
      id: row.id,
      enabled: row.enabled !== 0,
      schedule: row.schedule,
      storage: row.storage,
      all: row.all,
      vmids: listOf(row.vmid).map(Number),
      excluded: listOf(row.exclude).map(Number),
      nextRunAt: timeOf(row['next-run']),
    }));

export const vmidsOf = (data: unknown): number[] =>
  z
    .array(z.looseObject({ vmid: Num }))
    .parse(data)
    .map(({ vmid }) => vmid);

const ReplicationRow = z.looseObject({
  id: Text,
  guest: Num,
  source: Text,
  target: Text,
  fail_count: Num,
  last_sync: MaybeNum,
  error: MaybeText,
});

export const replicationOf = (data: unknown, node: string): ReplicationJob[] =>
  z
    .array(ReplicationRow)
    .parse(data)
    .map((row) => ({
      id: row.id,
      guest: row.guest,
      source: row.source || node,
      target: row.target,
      failCount: row.fail_count,
      lastSyncAt: timeOf(row.last_sync),
      error: row.error,
    }));

const DiskRow = z.looseObject({
  devpath: Text,
  by_id_link: MaybeText,
  serial: Text,
  model: Text,
  type: Text,
  size: Num,
  health: Text,
  wearout: MaybeNum,
  used: Text,
});

export const disksOf = (data: unknown, node: string): NodeDisk[] =>
  z
    .array(DiskRow)
    .parse(data)
    .map((row) => ({
      node,
      device: row.devpath,
      byId: row.by_id_link,
      serial: row.serial,
      model: row.model.trim(),
      type: row.type || 'unknown',
      sizeBytes: row.size,
      health: row.health,
      wearout: row.wearout,
      used: row.used,
    }));

const ThinPoolRow = z.looseObject({
  vg: Text,
  lv: Text,
  lv_size: Num,
  used: Num,
  metadata_size: Num,
  metadata_used: Num,
});

export const thinPoolsOf = (data: unknown, node: string): ThinPool[] =>
  z
    .array(ThinPoolRow)
    .parse(data)
    .map((row) => ({
      node,
      group: row.vg,
      name: row.lv,
      sizeBytes: row.lv_size,
      usedBytes: row.used,
      metadataBytes: row.metadata_size,
      metadataUsedBytes: row.metadata_used,
    }));
