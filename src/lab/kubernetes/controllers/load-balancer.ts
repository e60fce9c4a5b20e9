import { all, type Service } from './kinds.ts';
import type { LoopController } from './loop.ts';
import { isDeleting, writeStatus } from './support.ts';

const NAME = 'metallb-controller';

const addressOf = ({ status }: Service): string | undefined => status?.loadBalancer?.ingress?.[0]?.ip;

/** Gives LoadBalancer services addresses from a pool, in order; without a pool they stay pending. */
export const createLoadBalancerController = (pool: readonly string[]): LoopController => ({
  name: NAME,
  watches: ['services'],
  reconcile(api) {
    const services = all(api, 'services').filter(({ spec }) => spec.type === 'LoadBalancer');
    const used = new Set(services.map(addressOf));
    for (const service of services) {
      if (addressOf(service) || isDeleting(service) || pool.length === 0) continue;
      const wanted = service.spec.loadBalancerIP;
      const ip = wanted && pool.includes(wanted) ? wanted : pool.find((address) => !used.has(address));
      if (ip === undefined) {
        const message = `Failed to allocate IP for "${service.metadata.namespace}/${service.metadata.name}": no available IPs`;
        api.event(service, 'Warning', 'AllocationFailed', message, NAME);
        continue;
      }
      used.add(ip);
      writeStatus(api, 'services', service, { ...service.status, loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } });
      api.event(service, 'Normal', 'IPAllocated', `Assigned IP ["${ip}"]`, NAME);
    }
    return undefined;
  },
});
