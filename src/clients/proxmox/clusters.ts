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
