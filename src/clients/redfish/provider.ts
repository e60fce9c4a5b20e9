import type { CycleDone, CycleRequest, OutletFacts, OutletReading, PowerProvider } from '../power/contract.ts';
import { offAndOn } from '../power/off-and-on.ts';
import { type RedfishBmc, RedfishConnection, type RedfishSystem, type ResetType } from './bmc.ts';

export interface RedfishOutlet {
  readonly host: string;
  readonly hostAddress?: string;
  readonly bmc: RedfishBmc;
}

/** Hosts behind a controller of their own that speaks Redfish. */
export function createRedfishProvider({
  outlets,
  pollMs = 1_000,
  confirmMs,
}: {
  readonly outlets: readonly RedfishOutlet[];
  readonly pollMs?: number;
  /** How long it may take until the controller shows what was asked. */
  readonly confirmMs?: number;
}): PowerProvider {
  const connections = new Map(outlets.map(({ host, bmc }) => [host, new RedfishConnection(bmc)]));
  const connectionOf = (host: string): RedfishConnection => {
    const found = connections.get(host);
    if (found) return found;
    throw new Error(`no Redfish controller of ${host}`);
  };
  const read = async (host: string, signal: AbortSignal): Promise<OutletReading> =>
    readingOf(await connectionOf(host).system(signal));
  return {
    outlets: outlets.map(({ host, hostAddress, bmc }): OutletFacts => {
      const facts = { host, way: 'bmc', strip: `Redfish ${bmc.url}`, child: bmc.system ?? bmc.url } as const;
      return { ...facts, idleWatts: 0, alsoFeeds: [], ...(hostAddress !== undefined && { hostAddress }) };
    }),
    identity: () => outlets.map(({ host, bmc: { url, system, trust } }) => [host, url, system ?? '', trust]),
    read,
    async cycle(host, request) {
      const connection = connectionOf(host);
      const system = await connection.system(request.signal);
      return cycleSystem(
        { host, connection, system, read, pollMs, ...(confirmMs !== undefined && { confirmMs }) },
        request,
      );
    },
  };
}

const readingOf = ({ id, name, power }: RedfishSystem): OutletReading => ({
  alias: name === '' ? id : name,
  ...(power !== 'other' && { on: power === 'On' }),
});

interface Cycled {
  readonly host: string;
  readonly connection: RedfishConnection;
  readonly system: RedfishSystem;
  readonly read: (host: string, signal: AbortSignal) => Promise<OutletReading>;
  readonly pollMs: number;
  readonly confirmMs?: number;
}

/** What can be seen is preferred: off and on in two steps. A controller that has only one step for it is asked for that one. */
async function cycleSystem(cycled: Cycled, request: CycleRequest): Promise<CycleDone> {
  const { host, connection, system, read, pollMs, confirmMs } = cycled;
  const can = (type: ResetType): boolean => system.resetTypes.length === 0 || system.resetTypes.includes(type);
  if (system.power === 'Off') return switchOn(cycled, request);
  if (can('ForceOff') && can('On'))
    return offAndOn(
      {
        label: host,
        read: (signal) => read(host, signal),
        switch: (state, signal) => connection.reset(system, state === 'off' ? 'ForceOff' : 'On', signal),
        isOff: ({ on }) => on === false,
        isOn: ({ on }) => on === true,
        pollMs,
        ...(confirmMs !== undefined && { confirmMs }),
      },
      request,
    );
  const type = can('PowerCycle') ? 'PowerCycle' : 'ForceRestart';
  request.progress(`${host}: ${type}`);
  request.demandRight();
  await connection.reset(system, type, request.signal);
  return { seen: [`${type} was accepted; this controller does not show that the power was away`] };
}

async function switchOn({ host, connection, system }: Cycled, request: CycleRequest): Promise<CycleDone> {
  request.progress(`${host} is off: switching it on`);
  request.demandRight();
  await connection.reset(system, 'On', request.signal);
  return { seen: ['before: off', 'On was accepted'] };
}
