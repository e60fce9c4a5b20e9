import type {
  BackupJob,
  ClusterNode,
  DiskSmart,
  Guest,
  GuestConfig,
  GuestSnapshot,
  HaEntry,
  NodeDisk,
  NodeStatus,
  ReplicationJob,
  Storage,
  Task,
  ThinPool,
  Volume,
} from '../../clients/proxmox/contract.ts';
import type {
  ProxmoxBackup,
  ProxmoxDisk,
  ProxmoxGuest,
  ProxmoxHa,
  ProxmoxNode,
  ProxmoxReplication,
  ProxmoxStorage,
  ProxmoxTask,
  ProxmoxThinPool,
} from './schema.ts';

/** Builders of world objects from what the client reads; actions use the same ones for what they plan. */

export const proxmoxKey = (cluster: string, name: string | number): string => `${cluster}/${name}`;

export const metadataOf = (
  cluster: string | undefined,
  name: string | number,
  uid = '',
  annotations: Readonly<Record<string, string>> = {},
) => ({
  name: String(name),
  ...(cluster !== undefined && { namespace: cluster }),
  uid,
  resourceVersion: '',
  creationTimestamp: undefined,
  deletionTimestamp: undefined,
  labels: {},
  annotations: { ...annotations },
  ownerReferences: [],
});

/** Lines `steward.dev/<name>: <value>` of a note. */
export function annotationsIn(note: string | undefined): Record<string, string> {
  const lines = (note ?? '').matchAll(/^\s*(steward\.dev\/[a-z-]+):\s*(\S.*)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value.trim()]));
}

export const MAINTENANCE = 'steward.dev/maintenance';

export function nodeObject(
  cluster: string,
  { name, online, votes, address }: ClusterNode,
  status: NodeStatus | undefined,
  note: string | undefined,
): ProxmoxNode {
  const annotations = annotationsIn(note);
  const maintenance = annotations[MAINTENANCE];
  return {
    metadata: metadataOf(cluster, name, '', annotations),
    online,
    votes,
    ...(address !== undefined && { address }),
    ...(status && {
      version: status.version,
      uptimeSeconds: status.uptimeSeconds,
      memoryBytes: status.memoryBytes,
      memoryUsedBytes: status.memoryUsedBytes,
    }),
    ...(maintenance !== undefined && { maintenance }),
  };
}

export interface GuestLook {
  readonly config?: GuestConfig | undefined;
  readonly snapshots?: readonly GuestSnapshot[] | undefined;
  readonly unread?: string | undefined;
}

export function guestObject(
  cluster: string,
  { hastate, lock, ...guest }: Guest,
  { config, snapshots, unread }: GuestLook = {},
): ProxmoxGuest {
  const note = config?.options['description'];
  return {
    metadata: metadataOf(cluster, guest.vmid, config?.uuid ?? '', annotationsIn(note)),
    ...guest,
    tags: [...guest.tags],
    ...(lock !== undefined && { lock }),
    ...(hastate !== undefined && { haState: hastate }),
    ...(config && { config: configIn(config) }),
    ...(snapshots && {
      snapshots: snapshots.map(({ name, takenAt }) => ({ name, ...(takenAt !== undefined && { takenAt }) })),
    }),
    ...(unread !== undefined && { unread }),
  };
}

/** Passwords and keys of cloud-init never enter the world. */
const SECRET_OPTION = /^(?:cipassword|sshkeys)$/;

const configIn = ({ digest, uuid, protection, options, pending }: GuestConfig) => ({
  digest,
  ...(uuid !== undefined && { uuid }),
  protection,
  options: Object.fromEntries(Object.entries(options).filter(([name]) => !SECRET_OPTION.test(name))),
  pending: Object.keys(pending),
});

export const storageObject = (cluster: string, storage: Storage): ProxmoxStorage => ({
  metadata: metadataOf(cluster, `${storage.node}/${storage.storage}`),
  ...storage,
  content: [...storage.content],
});

export const taskObject = (cluster: string, { upid, endedAt, ...task }: Task): ProxmoxTask => ({
  metadata: metadataOf(cluster, upid, upid),
  ...task,
  ...(endedAt !== undefined && { endedAt }),
});

/** `vm:101` -> 101. */
export const vmidOfService = (id: string): number | undefined => {
  const found = /(?:vm|ct):(\d+)/.exec(id)?.[1];
  return found === undefined ? undefined : Number(found);
};

export function haObject(cluster: string, { id, node, state, requestState }: HaEntry): ProxmoxHa {
  const vmid = vmidOfService(id);
  return {
    metadata: metadataOf(cluster, id.replace(/^service:/, '')),
    ...(vmid !== undefined && { vmid }),
    ...(node !== undefined && { node }),
    state,
    ...(requestState !== undefined && { requestState }),
  };
}

export const replicationObject = (
  cluster: string,
  { id, guest, lastSyncAt, error, ...job }: ReplicationJob,
): ProxmoxReplication => ({
  metadata: metadataOf(cluster, id),
  vmid: guest,
  ...job,
  ...(lastSyncAt !== undefined && { lastSyncAt }),
  ...(error !== undefined && { error }),
});

export const diskObject = (cluster: string, { byId, wearout, ...disk }: NodeDisk, smart?: DiskSmart): ProxmoxDisk => ({
  metadata: metadataOf(cluster, `${disk.node}/${disk.device.replace(/^\/dev\//, '')}`, disk.serial),
  ...disk,
  ...(byId !== undefined && { byId }),
  ...(wearout !== undefined && { wearout }),
  ...(smart !== undefined && { smart: { ...smart } }),
});

export const thinPoolObject = (cluster: string, pool: ThinPool): ProxmoxThinPool => ({
  metadata: metadataOf(cluster, `${pool.node}/${pool.group}/${pool.name}`),
  ...pool,
});

/** An archive with the node that it lies on, when it lies on one alone. */
export type FoundArchive = Volume & { readonly node?: string };

export interface BackupFacts {
  readonly guests: readonly Guest[];
  readonly jobs: readonly BackupJob[];
  readonly uncovered: readonly number[];
  readonly archives: readonly FoundArchive[];
  readonly unread: readonly string[];
}

const MOST_ARCHIVES = 30;

/** One object per guest that exists or of which something is kept. */
export function backupObjects(cluster: string, facts: BackupFacts): Map<string, ProxmoxBackup> {
  const archives = Map.groupBy(facts.archives, ({ vmid }) => vmid);
  const vmids = new Set([
    ...facts.guests.map(({ vmid }) => vmid),
    ...[...archives.keys()].filter((id) => id !== undefined),
  ]);
  return new Map(
    [...vmids].map((vmid) => [
      proxmoxKey(cluster, vmid),
      {
        metadata: metadataOf(cluster, vmid),
        vmid,
        uncovered: facts.uncovered.includes(vmid),
        jobs: facts.jobs
          .filter((job) => isCovered(job, vmid))
          .map(({ id, schedule, storage, enabled }) => ({ id, schedule, storage, enabled })),
        archives: (archives.get(vmid) ?? []).toSorted(newestFirst).slice(0, MOST_ARCHIVES).map(archiveIn),
        unread: [...facts.unread],
      },
    ]),
  );
}

const isCovered = ({ all, vmids, excluded }: BackupJob, vmid: number): boolean =>
  all ? !excluded.includes(vmid) : vmids.includes(vmid);

const newestFirst = (a: Volume, b: Volume): number => ((a.createdAt ?? '') < (b.createdAt ?? '') ? 1 : -1);

const archiveIn = ({ volid, storage, node, createdAt, sizeBytes, protected: isProtected, verified }: FoundArchive) => ({
  volid,
  storage,
  ...(node !== undefined && { node }),
  ...(createdAt !== undefined && { createdAt }),
  sizeBytes,
  protected: isProtected,
  verified,
});
