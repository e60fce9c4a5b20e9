import type { OutletFacts, PowerProvider } from '../power/contract.ts';
import { type Destination, sendMagicPacket } from './packet.ts';

export interface WakeOutlet extends Destination {
  readonly host: string;
  readonly hostAddress?: string;
  /** Of the card that the host listens on: `aa:bb:cc:dd:ee:ff`. */
  readonly mac: string;
}

const TIMES = 3;

/** Hosts that can only be woken. It cuts nothing and shows nothing: whether it worked is seen when the host answers. */
export function createWakeProvider({ outlets }: { readonly outlets: readonly WakeOutlet[] }): PowerProvider {
  const outletOf = (host: string): WakeOutlet => {
    const found = outlets.find((outlet) => outlet.host === host);
    if (found) return found;
    throw new Error(`nothing wakes ${host}`);
  };
  return {
    outlets: outlets.map(({ host, hostAddress, mac }): OutletFacts => {
      const facts = { host, way: 'wake', strip: 'Wake-on-LAN', child: mac.toLowerCase() } as const;
      return { ...facts, idleWatts: 0, alsoFeeds: [], ...(hostAddress !== undefined && { hostAddress }) };
    }),
    identity: () => outlets.map(({ host, mac, broadcast, port }) => [host, mac, broadcast, port]),
    read: async (host) => ({ alias: outletOf(host).mac }),
    async cycle(host, { demandRight, progress, signal }) {
      const { mac, ...destination } = outletOf(host);
      signal.throwIfAborted();
      progress(`waking ${host} (${mac})`);
      demandRight();
      await sendMagicPacket(mac, destination, TIMES);
      return {
        seen: [`magic packet for ${mac} sent to ${destination.broadcast}:${destination.port}; nothing was cut`],
      };
    },
  };
}
