import { sha256 } from '../../core/canonical.ts';
import { inputError } from '../../core/errors.ts';
import type { ProxmoxClusters, ProxmoxReader } from './contract.ts';

/** The connections by their names. Errors: `input` `unknown_cluster`. */
export function createProxmoxClusters<T extends ProxmoxReader>(clients: readonly T[]): ProxmoxClusters<T> {
  const names = clients.map(({ name }) => name);
  return {
    names: async () => names,
    async cluster(name) {
      const found = clients.find((client) => client.name === name);
      if (found) return found;
      throw inputError(
        'unknown_cluster',
        `Unable to reach "${name}": no Proxmox connection of this name is configured.`,
        `Connections: ${names.join(', ')}.`,
      );
    },
    identity: async () => sha256((await Promise.all(clients.map((client) => client.identity()))).sort().join('\n')),
  };
}

/** The same connection without a way to write. */
export const readOnly = (client: ProxmoxReader): ProxmoxReader => ({
  name: client.name,
  ...(client.ownIds && { ownIds: client.ownIds }),
  identity: () => client.identity(),
  version: (signal) => client.version(signal),
  missingPrivileges: (signal) => client.missingPrivileges(signal),
  clusterStatus: (signal) => client.clusterStatus(signal),
  nodeStatus: (node, signal) => client.nodeStatus(node, signal),
  nodeNote: (node, signal) => client.nodeNote(node, signal),
  guests: (signal) => client.guests(signal),
  guestConfig: (guest, signal) => client.guestConfig(guest, signal),
  guestStatus: (guest, signal) => client.guestStatus(guest, signal),
  snapshots: (guest, signal) => client.snapshots(guest, signal),
  migrationCheck: (guest, target, signal) => client.migrationCheck(guest, target, signal),
  storages: (signal) => client.storages(signal),
  volumes: (node, storage, content, signal) => client.volumes(node, storage, content, signal),
  tasks: (options, signal) => client.tasks(options, signal),
  task: (upid, signal) => client.task(upid, signal),
  taskLog: (upid, limit, signal) => client.taskLog(upid, limit, signal),
  ha: (signal) => client.ha(signal),
  backupJobs: (signal) => client.backupJobs(signal),
  notBackedUp: (signal) => client.notBackedUp(signal),
  replication: (signal) => client.replication(signal),
  disks: (node, signal) => client.disks(node, signal),
  smart: (node, device, signal) => client.smart(node, device, signal),
  thinPools: (node, signal) => client.thinPools(node, signal),
  isFree: (vmid, signal) => client.isFree(vmid, signal),
});
