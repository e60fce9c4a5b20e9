import type { LabApi } from '../controller.ts';
import type { KubeJson } from '../json.ts';

/** Custom resources of Longhorn as far as the lab fills them in. */

export interface LonghornVolume extends KubeJson {
  spec: { size: string; numberOfReplicas: number; [field: string]: unknown };
  status?: VolumeStatus;
}
export interface VolumeStatus {
  state?: string;
  robustness?: string;
  currentNodeID?: string;
  lastDegradedAt?: string;
  lastBackup?: string;
  kubernetesStatus?: { pvName?: string; [field: string]: unknown };
  lastBackupAt?: string;
  [field: string]: unknown;
}

export interface LonghornReplica extends KubeJson {
  spec: {
    volumeName: string;
    nodeID: string;
    healthyAt: string;
    failedAt: string;
    /** The lab's own: upstream has it in the engine. */
    rebuildStartedAt?: string;
    [field: string]: unknown;
  };
  status?: { currentState?: string; [field: string]: unknown };
}

export interface LonghornNode extends KubeJson {
  spec: { allowScheduling: boolean; [field: string]: unknown };
  status?: object;
}

export interface LonghornBackup extends KubeJson {
  spec: { snapshotName?: string; labels?: Readonly<Record<string, string>>; [field: string]: unknown };
  status?: { state?: string; backupCreatedAt?: string; [field: string]: unknown };
}

export interface LonghornKinds {
  'volumes.longhorn.io': LonghornVolume;
  'replicas.longhorn.io': LonghornReplica;
  'nodes.longhorn.io': LonghornNode;
  'backups.longhorn.io': LonghornBackup;
  'backupvolumes.longhorn.io': KubeJson & { status?: object };
  'backuptargets.longhorn.io': KubeJson & {
    spec?: { backupTargetURL?: string; credentialSecret?: string };
    status?: { lastSyncedAt?: string };
  };
  'recurringjobs.longhorn.io': KubeJson & { spec?: { cron?: string; retain?: number } };
  'settings.longhorn.io': KubeJson & { value?: string };
}

/** Empty when Longhorn is not installed. What people write is not checked as tightly as upstream does it. */
export const longhornList = <R extends keyof LonghornKinds>(api: LabApi, resource: R): readonly LonghornKinds[R][] =>
  // The controller makes these objects in this shape.
  api.list(resource) as readonly unknown[] as readonly LonghornKinds[R][];
