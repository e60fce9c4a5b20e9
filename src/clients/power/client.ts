import { sha256 } from '../../core/canonical.ts';
import type { Touch } from '../../core/change.ts';
import { configError, inputError } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import type { CycleDone, OutletFacts, OutletReading, PowerProvider, PowerWriter, Probe } from './contract.ts';
import type { Reaches } from './probe.ts';

export interface PowerOptions {
  readonly providers: readonly PowerProvider[];
  readonly checkPermit: CheckPermit;
  /** Earlier power cycles. */
  readonly attempts: PowerWriter['attempts'];
  /** Whether something takes connections at an address. */
  readonly reaches: Reaches;
}

export const outletTouch = (host: string): Touch => ({
  target: { system: 'power', kind: 'Outlet', name: host },
  verb: 'patch',
});

const PROBES = [
  ['api', 8006],
  ['ssh', 22],
] as const;

/** Every configured way to switch a host, as one. Errors: `config` `outlet_twice` when a host has two. */
export function createPowerClient(options: PowerOptions): PowerWriter {
  const byHost = new Map<string, PowerProvider>();
  for (const provider of options.providers)
    for (const { host } of provider.outlets) {
      if (byHost.has(host))
        throw configError(
          'outlet_twice',
          `Unable to switch ${host}: it is configured twice.`,
          'Keep the way that cuts the power for certain; one host has one.',
        );
      byHost.set(host, provider);
    }
  return new PowerClient(options, byHost);
}

class PowerClient implements PowerWriter {
  readonly #options: PowerOptions;
  readonly #byHost: ReadonlyMap<string, PowerProvider>;

  constructor(options: PowerOptions, byHost: ReadonlyMap<string, PowerProvider>) {
    this.#options = options;
    this.#byHost = byHost;
  }

  async outlets(): Promise<readonly OutletFacts[]> {
    return this.#options.providers.flatMap(({ outlets }) => outlets);
  }

  async identity(): Promise<string> {
    return sha256(JSON.stringify(this.#options.providers.map((provider) => provider.identity())));
  }

  attempts(signal: AbortSignal): ReturnType<PowerWriter['attempts']> {
    return this.#options.attempts(signal);
  }

  async read(host: string, signal: AbortSignal): Promise<OutletReading> {
    return this.#providerOf(host).read(host, signal);
  }

  async probe(host: string, tries: number, signal: AbortSignal): Promise<readonly Probe[]> {
    this.#providerOf(host);
    const outlets = (await this.outlets()).toSorted((a, b) => Number(b.host === host) - Number(a.host === host));
    const wanted = outlets.flatMap((outlet) => PROBES.map(([kind, port]) => ({ outlet, kind, port })));
    return Promise.all(
      wanted.map(async ({ outlet, kind, port }) => {
        const address = outlet.hostAddress ?? outlet.host;
        let failures = 0;
        for (let attempt = 0; attempt < tries; attempt++)
          if (!(await this.#options.reaches(address, port, signal))) failures++;
        return { kind, host: outlet.host, failures, tries };
      }),
    );
  }

  async cycle(
    host: string,
    { offSeconds }: { readonly offSeconds: number },
    permit: Permit,
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<CycleDone> {
    const demandRight = (): void => this.#options.checkPermit(permit, outletTouch(host));
    demandRight();
    return this.#providerOf(host).cycle(host, { offSeconds, demandRight, signal, progress });
  }

  #providerOf(host: string): PowerProvider {
    const found = this.#byHost.get(host);
    if (found) return found;
    throw inputError(
      'unknown_outlet',
      `Unable to find the outlet of "${host}": none is configured.`,
      `Hosts with one: ${[...this.#byHost.keys()].join(', ') || 'none'}.`,
    );
  }
}
