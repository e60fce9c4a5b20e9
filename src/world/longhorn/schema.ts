import * as z from 'zod';
import { Condition, list, Meta, Time } from '../kubernetes/meta.ts';

/**
 * Custom resources of Longhorn, `longhorn.io/v1beta2`, as 1.8 to 1.12 write them; every one is in the namespace of
 * Longhorn. Source: k8s/pkg/apis/longhorn/v1beta2/*.go of longhorn/longhorn-manager. Texts that Longhorn leaves empty
 * (`""` for "no time", "no node") are empty here, too.
 */

const Text = z.string().default('');
/** A time as Longhorn writes it: RFC 3339, or empty. */
const Moment = z
  .string()
  .nullish()
  .transform((text) => (text === null || text === '' ? undefined : text));

/** volume.go: `robustness` is healthy or degraded while attached, faulted, or unknown while detached. */
export const LonghornVolume = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    numberOfReplicas: z.number().default(0),
    /** `disabled`, `best-effort` or `strict-local`: the last has one replica by nature. */
    dataLocality: Text,
    /** A standby volume is fed from the backups of another cluster and makes none. */
    Standby: z.boolean().default(false),
    /** Of 1.8 and later; empty = `default`. */
    backupTargetName: Text,
  }),
  status: z
    .looseObject({
      /** creating | attached | detached | attaching | detaching | deleting */
      state: Text,
      robustness: Text,
      currentNodeID: Text,
      lastDegradedAt: Moment,
      lastBackupAt: Moment,
      kubernetesStatus: z
        .looseObject({
          pvName: Text,
          pvStatus: Text,
          namespace: Text,
          pvcName: Text,
          lastPVCRefAt: Moment,
          lastPodRefAt: Moment,
        })
        .prefault({}),
      conditions: list(Condition),
    })
    .prefault({}),
});
export type LonghornVolume = z.output<typeof LonghornVolume>;

/**
 * replica.go with the embedded InstanceSpec and InstanceStatus. It holds the data when `healthyAt` is set and `failedAt`
 * is not; a replica that has neither, and runs, is being rebuilt.
 */
export const LonghornReplica = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    volumeName: Text,
    nodeID: Text,
    healthyAt: Moment,
    failedAt: Moment,
    diskPath: Text,
    active: z.boolean().default(true),
    rebuildRetryCount: z.number().default(0),
  }),
  status: z.looseObject({ currentState: Text, conditions: list(Condition) }).prefault({}),
});
export type LonghornReplica = z.output<typeof LonghornReplica>;

/** node.go; its name is that of the Kubernetes node. */
export const LonghornNode = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({
    allowScheduling: z.boolean().default(false),
    evictionRequested: z.boolean().default(false),
    disks: z
      .record(z.string(), z.looseObject({ path: Text, allowScheduling: z.boolean().default(false) }))
      .nullish()
      .transform((disks) => disks ?? {}),
  }),
  status: z.looseObject({ conditions: list(Condition) }).prefault({}),
});
export type LonghornNode = z.output<typeof LonghornNode>;

/** backup.go: Completed, Error and Unknown are final. The volume's name also stands in the label `backup-volume`. */
export const LonghornBackup = z.looseObject({
  metadata: Meta,
  /** `backupTargetName` since 1.8; empty = `default`. */
  spec: z.looseObject({ backupTargetName: Text }).prefault({}),
  status: z.looseObject({ state: Text, error: Text, volumeName: Text, backupCreatedAt: Moment }).prefault({}),
});
export type LonghornBackup = z.output<typeof LonghornBackup>;

/** backuptarget.go: without a URL it is not configured. */
export const LonghornBackupTarget = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({ backupTargetURL: Text, credentialSecret: Text }).prefault({}),
  status: z
    .looseObject({ available: z.boolean().default(false), conditions: list(Condition), lastSyncedAt: Time })
    .prefault({}),
});
export type LonghornBackupTarget = z.output<typeof LonghornBackupTarget>;

/** backupvolume.go: what the target holds of one volume. `spec.volumeName` since 1.8, before that its name. */
export const LonghornBackupVolume = z.looseObject({
  metadata: Meta,
  spec: z.looseObject({ volumeName: Text, backupTargetName: Text }).prefault({}),
  status: z.looseObject({ lastBackupName: Text, lastBackupAt: Moment }).prefault({}),
});
export type LonghornBackupVolume = z.output<typeof LonghornBackupVolume>;

/** setting.go: `value` is a text, or since 1.10 JSON by data engine (`{"v1":"3","v2":"3"}`). */
export const LonghornSetting = z.looseObject({ metadata: Meta, value: Text });
export type LonghornSetting = z.output<typeof LonghornSetting>;

/** When the Secret of a backup target changed last. Nothing of what it holds is kept. Key = `namespace/name`. */
export const LonghornCredential = z.strictObject({
  metadata: Meta,
  /** From its field managers, or its creation; absent = it is not there, or could not be read. */
  changedAt: z.exactOptional(z.string()),
  unread: z.exactOptional(z.string()),
});
export type LonghornCredential = z.output<typeof LonghornCredential>;

/** What is listed from the API; credentials are looked up one by one. */
export const longhornKinds = {
  longhornVolumes: LonghornVolume,
  longhornReplicas: LonghornReplica,
  longhornNodes: LonghornNode,
  longhornBackups: LonghornBackup,
  longhornBackupTargets: LonghornBackupTarget,
  longhornBackupVolumes: LonghornBackupVolume,
  longhornSettings: LonghornSetting,
} as const;

export const longhornSchemas = { ...longhornKinds, longhornCredentials: LonghornCredential } as const;
