import { createProxmoxClient } from '../../src/clients/proxmox/client.ts';
import { createProxmoxClusters } from '../../src/clients/proxmox/clusters.ts';
import type { ProxmoxClusters, ProxmoxWriter } from '../../src/clients/proxmox/contract.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { CheckPermit } from '../../src/core/permit.ts';
import type { Lab } from '../../src/lab/lab.ts';

/** The product's own client on the Proxmox hosts of a lab, under the name `home`; undefined when it has none. */
export function proxmoxOf(
  { proxmox }: Pick<Lab, 'proxmox'>,
  checkPermit: CheckPermit = () => {
    throw new Error('nothing is written here');
  },
  clock: Clock = systemClock,
): { readonly clusters: ProxmoxClusters<ProxmoxWriter>; close(): Promise<void> } | undefined {
  if (proxmox === undefined) return undefined;
  const client = createProxmoxClient({
    config: {
      name: 'home',
      urls: [proxmox.url],
      auth: { token: proxmox.token.id, secret: proxmox.token.secret },
      trust: { system: true },
    },
    clock,
    checkPermit,
    pollMs: 20,
  });
  return {
    clusters: createProxmoxClusters([client]),
    close: () => client.close(),
  };
}
