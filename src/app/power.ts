import { readFile } from 'node:fs/promises';
import type { PowerProvider, PowerReader, PowerWriter } from '../clients/power/contract.ts';
import type { Reaches } from '../clients/power/probe.ts';
import type { PowerConfig } from '../config/power.ts';
import { configError, messageOf } from '../core/errors.ts';
import type { CheckPermit } from '../core/permit.ts';
import type { SqliteJournal } from '../guard/journal/sqlite-journal.ts';
import type { ProxmoxLab } from '../lab/proxmox/lab.ts';
import { type Lazy, lazy, standIn } from './lazy.ts';

/** What is configured, or what a lab has. */
export interface PowerSource extends PowerConfig {
  /** Answers for hosts that are nowhere on the network: those of a lab. */
  readonly reaches?: Reaches;
}

interface PowerNeeds {
  readonly record: () => Promise<{
    readonly journal: SqliteJournal;
    readonly permits: { readonly check: CheckPermit };
  }>;
  /** Where programs are looked for. */
  readonly programPath: string;
  /** Hears secrets as they are read, so that no tool shows them. */
  readonly learn: (secrets: readonly string[]) => void;
}

/** How many hosts can be switched; 0 = that system is not configured. */
export const countWays = ({ outlets, redfish, ipmi, wake }: PowerConfig): number =>
  outlets.length + redfish.length + ipmi.length + wake.length;

/** How many entries of the journal are looked through for earlier power cycles: far more than a day has. */
const LOOK_BACK = 1_000;

/** The client of everything that is configured; no device is asked before the first use. */
export const openPower = (source: PowerSource, needs: PowerNeeds): Lazy<PowerWriter> =>
  lazy(async () => {
    const [{ createPowerClient }, { reaches }, { journal, permits }] = await Promise.all([
      import('../clients/power/client.ts'),
      import('../clients/power/probe.ts'),
      needs.record(),
    ]);
    const providers = await Promise.all(PROVIDERS.map((open) => open(source, needs)));
    return createPowerClient({
      providers: providers.filter((provider) => provider.outlets.length > 0),
      checkPermit: permits.check,
      reaches: source.reaches ?? reaches,
      async attempts() {
        const entries = await journal.list({ limit: LOOK_BACK });
        return entries
          .filter(({ event, action }) => event === 'intent' && action === 'power_cycle')
          .flatMap(({ targets, at }) => targets.map((target) => ({ host: target.replace(/^power:Outlet\//, ''), at })));
      },
    });
  });

type OpenProvider = (source: PowerSource, needs: PowerNeeds) => Promise<PowerProvider>;

const answersAt = (hostAddress: string | undefined) => (hostAddress === undefined ? {} : { hostAddress });

const openStrips: OpenProvider = async ({ outlets }) => {
  const { createKasaProvider } = await import('../clients/kasa/strip.ts');
  return createKasaProvider({
    outlets: outlets.map(({ name, hostAddress, ...outlet }) => ({
      host: name,
      ...outlet,
      ...answersAt(hostAddress),
    })),
  });
};

const openRedfish: OpenProvider = async ({ redfish }, { learn }) => {
  const { createRedfishProvider } = await import('../clients/redfish/provider.ts');
  const outlets = await Promise.all(
    redfish.map(async ({ name, hostAddress, url, user, passwordFile, system, ca, fingerprints }) => {
      const password = await textIn(passwordFile, name);
      learn([password]);
      const trust =
        ca !== undefined
          ? { ca: await textIn(ca, name) }
          : fingerprints !== undefined
            ? { fingerprints }
            : ({ system: true } as const);
      const bmc = { url, user, password, trust, ...(system !== undefined && { system }) };
      return { host: name, bmc, ...answersAt(hostAddress) };
    }),
  );
  return createRedfishProvider({ outlets });
};

const openIpmi: OpenProvider = async ({ ipmi }, { programPath }) => {
  const { createIpmiProvider } = await import('../clients/ipmi/provider.ts');
  return createIpmiProvider({
    outlets: ipmi.map(({ name, hostAddress, ...outlet }) => ({ host: name, ...outlet, ...answersAt(hostAddress) })),
    path: programPath,
  });
};

const openWake: OpenProvider = async ({ wake }) => {
  const { createWakeProvider } = await import('../clients/wol/provider.ts');
  return createWakeProvider({
    outlets: wake.map(({ name, hostAddress, ...outlet }) => ({ host: name, ...outlet, ...answersAt(hostAddress) })),
  });
};

/** Every way to switch a host. */
const PROVIDERS: readonly OpenProvider[] = [openStrips, openRedfish, openIpmi, openWake];

async function textIn(file: string, host: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw configError(
      'secret_unreadable',
      `Unable to switch ${host}: ${file} cannot be read (${messageOf(error)}).`,
      'Correct power in the configuration.',
      error,
    );
  }
}

const READS = { outlets: true, read: true, probe: true, attempts: true, identity: true } as const satisfies Record<
  keyof PowerReader,
  true
>;

/** For tools: there is no switching in it. */
export const lazyPowerReader = (load: Lazy<PowerReader>): PowerReader => standIn(load, READS);

/** For the guard alone. */
export const lazyPowerWriter = (load: Lazy<PowerWriter>): PowerWriter => standIn(load, { ...READS, cycle: true });

/** The strip of a lab, as a configuration would name it; on a lab nothing else is ever switched. */
export function labPower(lab: ProxmoxLab | undefined): PowerSource {
  const none = { outlets: [], redfish: [], ipmi: [], wake: [] };
  if (lab?.strip === undefined) return none;
  const { name, address, port, outlets } = lab.strip;
  return {
    ...none,
    outlets: outlets.map(({ host, child }) => ({
      name: host,
      strip: name,
      address,
      port,
      child,
      idleWatts: 10,
      alsoFeeds: [],
    })),
    reaches: async (host) => {
      lab.cluster.settle();
      return lab.cluster.state.nodes.get(host)?.online === true;
    },
  };
}
