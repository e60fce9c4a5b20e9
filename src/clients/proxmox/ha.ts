import type { Guest, HaEntry, ProxmoxWrite } from './contract.ts';

/** Tasks of these kinds only hand a wish to the HA manager: they end at once, and the deed comes later or never. */
const REQUESTS = new Set(['hastart', 'hastop', 'hashutdown', 'hamigrate', 'harelocate']);
export const isHaRequest = (taskType: string | undefined): boolean => taskType !== undefined && REQUESTS.has(taskType);

/** Whether what a write asked of the manager is so now. `now` = the guest as the cluster lists it, wherever it is. */
export function isFulfilled(write: ProxmoxWrite, now: Guest | undefined): boolean {
  if (!now) return false;
  if (write.verb === 'migrate') return now.node === write.target;
  if (write.verb === 'start') return now.status === 'running';
  return now.status === 'stopped';
}

export const haStateOf = (services: readonly HaEntry[], { type, vmid }: Pick<Guest, 'type' | 'vmid'>): string => {
  const sid = `${type === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
  const entry = services.find(({ id }) => id === sid || id === `service:${sid}`);
  return entry ? `HA state ${entry.state}, requested ${entry.requestState ?? 'nothing'}` : 'not managed by HA any more';
};
