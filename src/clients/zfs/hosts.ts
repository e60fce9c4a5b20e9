import { sha256 } from '../../core/canonical.ts';
import { inputError } from '../../core/errors.ts';
import type { ZfsHosts, ZfsReader, ZfsWriter } from './contract.ts';

/** The hosts by their names. Errors: `input` `unknown_host`. */
export function createZfsHosts<T extends ZfsReader>(clients: readonly T[]): ZfsHosts<T> {
  const names = clients.map(({ host }) => host);
  return {
    names: async () => names,
    async host(name) {
      const found = clients.find(({ host }) => host === name);
      if (found) return found;
      throw inputError(
        'unknown_host',
        `Unable to reach ${name}: no ZFS host of this name is configured.`,
        `Hosts: ${names.join(', ')}.`,
      );
    },
    identity: async () => sha256((await Promise.all(clients.map((client) => client.identity()))).sort().join('\n')),
  };
}

/** The same host without a way to write. */
export const readOnly = (client: ZfsWriter): ZfsReader => ({
  host: client.host,
  identity: () => client.identity(),
  version: (signal) => client.version(signal),
  kernelState: (pool, signal) => client.kernelState(pool, signal),
  pools: (signal) => client.pools(signal),
  space: (signal) => client.space(signal),
  datasets: (signal) => client.datasets(signal),
  snapshots: (dataset, signal) => client.snapshots(dataset, signal),
  bookmarks: (dataset, signal) => client.bookmarks(dataset, signal),
  userProperties: (signal) => client.userProperties(signal),
  properties: (dataset, signal) => client.properties(dataset, signal),
  destroyPreview: (snapshot, signal) => client.destroyPreview(snapshot, signal),
  disks: (signal) => client.disks(signal),
  arcstats: (signal) => client.arcstats(signal),
  memoryBytes: (signal) => client.memoryBytes(signal),
  events: (signal) => client.events(signal),
  smart: (disk, signal) => client.smart(disk, signal),
});
