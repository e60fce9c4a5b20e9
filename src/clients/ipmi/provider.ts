import { inputError, StewardError } from '../../core/errors.ts';
import { localRunner } from '../command/local.ts';
import type { CommandRunner, CommandSpec } from '../command/spec.ts';
import type { CycleDone, CycleRequest, OutletFacts, OutletReading, PowerProvider } from '../power/contract.ts';
import { offAndOn } from '../power/off-and-on.ts';

export interface IpmiOutlet {
  readonly host: string;
  readonly hostAddress?: string;
  readonly address: string;
  readonly port?: number;
  readonly user: string;
  /** Holds the password alone; read by ipmitool itself, so that it stands in no argument and in no memory of ours. */
  readonly passwordFile: string;
  /** 17 (SHA-256) unless told; old controllers know only 3. */
  readonly cipherSuite?: number;
}

export interface IpmiOptions {
  readonly outlets: readonly IpmiOutlet[];
  /** Where `ipmitool` is looked for, `:`-separated. */
  readonly path: string;
  /** Between two looks. */
  readonly pollMs?: number;
  readonly timeoutMs?: number;
}

type Word = 'status' | 'off' | 'on';
const WORDS: readonly Word[] = ['status', 'off', 'on'];

/** Every argument that ipmitool is ever started with. */
export function argvOf(outlet: IpmiOutlet, word: Word): string[] {
  const { address, port = 623, user, passwordFile, cipherSuite = 17 } = outlet;
  const where = ['-I', 'lanplus', '-H', address, '-p', String(port), '-U', user, '-f', passwordFile];
  return ['ipmitool', ...where, '-C', String(cipherSuite), '-N', '3', '-R', '2', 'chassis', 'power', word];
}

/** Hosts behind a controller that speaks IPMI 2.0, through the program `ipmitool`. */
export function createIpmiProvider({ outlets, path, pollMs = 1_000, timeoutMs = 20_000 }: IpmiOptions): PowerProvider {
  const specs = outlets.flatMap((outlet) =>
    // The permit is asked for by `demandRight`, right before the first write.
    WORDS.map((word): CommandSpec => ({ name: `power ${word}`, argv: argvOf(outlet, word), writes: false })),
  );
  const runner = localRunner({ specs, checkPermit: () => undefined, path });
  const ipmi = new Ipmi(outlets, runner, timeoutMs);
  return {
    outlets: outlets.map(({ host, hostAddress, address }): OutletFacts => {
      const facts = { host, way: 'bmc', strip: `IPMI ${address}`, child: address } as const;
      return { ...facts, idleWatts: 0, alsoFeeds: [], ...(hostAddress !== undefined && { hostAddress }) };
    }),
    identity: () => outlets.map(({ host, address, port = 623 }) => [host, address, port]),
    read: (host, signal) => ipmi.read(host, signal),
    cycle: (host, request) => ipmi.cycle(host, request, pollMs),
  };
}

class Ipmi {
  readonly #outlets: readonly IpmiOutlet[];
  readonly #runner: CommandRunner;
  readonly #timeoutMs: number;

  constructor(outlets: readonly IpmiOutlet[], runner: CommandRunner, timeoutMs: number) {
    this.#outlets = outlets;
    this.#runner = runner;
    this.#timeoutMs = timeoutMs;
  }

  async read(host: string, signal: AbortSignal): Promise<OutletReading> {
    const said = await this.#run(host, 'status', signal);
    const [, state] = /^Chassis Power is (on|off)$/m.exec(said) ?? [];
    if (state === undefined)
      throw new StewardError(`Unable to read the power of ${host}: ipmitool answers in an unknown form.`, {
        kind: 'target',
        code: 'outlet_output',
      });
    return { alias: host, on: state === 'on' };
  }

  async cycle(host: string, request: CycleRequest, pollMs: number): Promise<CycleDone> {
    const { on } = await this.read(host, request.signal);
    if (on === false) return this.#switchOn(host, request);
    return offAndOn(
      {
        label: host,
        read: (signal) => this.read(host, signal),
        switch: async (state, signal) => void (await this.#run(host, state, signal)),
        isOff: (reading) => reading.on === false,
        isOn: (reading) => reading.on === true,
        pollMs,
      },
      request,
    );
  }

  async #switchOn(host: string, { progress, demandRight, signal }: CycleRequest): Promise<CycleDone> {
    progress(`${host} is off: switching it on`);
    demandRight();
    await this.#run(host, 'on', signal);
    return { seen: ['before: off', '"on" was accepted'] };
  }

  async #run(host: string, word: Word, signal: AbortSignal): Promise<string> {
    const outlet = this.#outlets.find((one) => one.host === host);
    if (outlet === undefined) throw inputError('unknown_outlet', `Unable to switch "${host}".`, 'Configure it.');
    const request = { argv: argvOf(outlet, word), timeoutMs: this.#timeoutMs };
    const { exitCode, stdout, stderr } = await this.#runner.run(request, signal);
    if (exitCode === 0) return stdout;
    throw faultOf(outlet, stderr || stdout);
  }
}

/** ipmitool says the same of a wrong password, a wrong cipher suite and a port where nobody answers. */
const faultOf = ({ address }: IpmiOutlet, said: string): StewardError => {
  const words = said.trim().split('\n')[0]?.slice(0, 200).replace(/\.$/, '') ?? '';
  return new StewardError(`Unable to ask the controller at ${address}: ${words || 'no word'}.`, {
    kind: 'target',
    code: 'outlet_unreachable',
    hint: 'Check address and port, user and passwordFile (an operator on the LAN channel), that IPMI over LAN is on, and cipherSuite (old ones know only 3).',
  });
};
