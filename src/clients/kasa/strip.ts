import * as z from 'zod';
import { configError, StewardError } from '../../core/errors.ts';
import type { CycleDone, CycleRequest, OutletFacts, OutletReading, PowerProvider } from '../power/contract.ts';
import { offAndOn } from '../power/off-and-on.ts';
import { exchange } from './wire.ts';

export interface KasaOutlet extends Omit<OutletFacts, 'way'> {
  readonly address: string;
  readonly port?: number;
}

export interface KasaOptions {
  /** `child` is the full id: the 40 hex digits of the strip and two of the outlet. */
  readonly outlets: readonly KasaOutlet[];
  readonly timeoutMs?: number;
  /** Between two looks at a meter. */
  readonly pollMs?: number;
}

const SysInfo = z.looseObject({
  system: z.looseObject({
    get_sysinfo: z.looseObject({
      children: z
        .array(z.looseObject({ id: z.string(), state: z.number(), alias: z.string().default('') }))
        .default([]),
    }),
  }),
});
const Meter = z.looseObject({
  emeter: z.looseObject({
    get_realtime: z.looseObject({ power_mw: z.number().optional(), power: z.number().optional() }),
  }),
});
const Switched = z.looseObject({ system: z.looseObject({ set_relay_state: z.looseObject({ err_code: z.number() }) }) });

/** Watts below which an outlet counts as off: meters never show exactly nothing. */
const OFF_WATTS = 2;

/** Outlets of Kasa strips (HS300), each known by its full id. Errors: `config` `outlet_id` for an id that is not one outlet. */
export function createKasaProvider({ outlets, timeoutMs = 5_000, pollMs = 1_000 }: KasaOptions): PowerProvider {
  for (const { child, host } of outlets)
    if (!/^[0-9A-F]{40}\d{2}$/i.test(child))
      throw configError(
        'outlet_id',
        `Unable to use the outlet of ${host}: "${child}" is not the full id of one outlet.`,
        'It is the device id (40 hex digits) and two digits of the outlet; get_sysinfo shows it.',
      );
  return new KasaProvider(outlets, timeoutMs, pollMs);
}

class KasaProvider implements PowerProvider {
  readonly outlets: readonly OutletFacts[];
  readonly #outlets: readonly KasaOutlet[];
  readonly #timeoutMs: number;
  readonly #pollMs: number;

  constructor(outlets: readonly KasaOutlet[], timeoutMs: number, pollMs: number) {
    this.#outlets = outlets;
    this.outlets = outlets.map(({ address: _address, port: _port, ...facts }) => ({ ...facts, way: 'strip' }));
    this.#timeoutMs = timeoutMs;
    this.#pollMs = pollMs;
  }

  identity(): readonly unknown[] {
    return this.#outlets.map(({ host, address, child }) => [host, address, child]);
  }

  async read(host: string, signal: AbortSignal): Promise<OutletReading & { on: boolean; watts: number }> {
    const outlet = this.#outlet(host);
    const info = SysInfo.safeParse(await this.#ask(outlet, { system: { get_sysinfo: {} } }, signal));
    // Some strips give the short id of an outlet, two digits.
    const child = info.data?.system.get_sysinfo.children.find(
      ({ id }) => id.toLowerCase() === outlet.child.toLowerCase() || id === outlet.child.slice(-2),
    );
    if (child === undefined)
      throw new StewardError(
        `Unable to read the outlet of ${host}: ${info.success ? 'the strip has no outlet of that id' : 'the strip answers in an unknown form'}.`,
        { kind: 'target', code: info.success ? 'outlet_gone' : 'outlet_output' },
      );
    const meter = Meter.safeParse(
      await this.#ask(outlet, { context: { child_ids: [outlet.child] }, emeter: { get_realtime: {} } }, signal),
    );
    const { power_mw, power } = meter.data?.emeter.get_realtime ?? {};
    if (power_mw === undefined && power === undefined)
      throw new StewardError(`Unable to read the meter of ${host}: the strip answers in an unknown form.`, {
        kind: 'target',
        code: 'outlet_output',
      });
    return {
      alias: child.alias,
      on: child.state === 1,
      watts: power_mw === undefined ? (power ?? 0) : power_mw / 1000,
    };
  }

  cycle(host: string, request: CycleRequest): Promise<CycleDone> {
    return offAndOn(
      {
        label: `the outlet of ${host}`,
        read: (signal) => this.read(host, signal),
        switch: (state, signal) => this.#switch(host, state === 'on' ? 1 : 0, signal),
        isOff: ({ on, watts = 0 }) => on === false && watts < OFF_WATTS,
        isOn: ({ on, watts = 0 }) => on === true && watts >= OFF_WATTS,
        pollMs: this.#pollMs,
      },
      request,
    );
  }

  #outlet(host: string): KasaOutlet {
    const found = this.#outlets.find((outlet) => outlet.host === host);
    if (found) return found;
    throw new Error(`the strip has no outlet of ${host}`);
  }

  /** The only thing that is ever switched: one outlet by its full id. Without that context the whole strip would go. */
  async #switch(host: string, state: 0 | 1, signal: AbortSignal): Promise<void> {
    const outlet = this.#outlet(host);
    const question = { context: { child_ids: [outlet.child] }, system: { set_relay_state: { state } } };
    const reply = Switched.safeParse(await this.#ask(outlet, question, signal));
    if (reply.data?.system.set_relay_state.err_code === 0) return;
    throw new StewardError(
      `Unable to cycle the power: the strip refused to switch ${host} ${state === 0 ? 'off' : 'on'}.`,
      { kind: 'target', code: 'outlet_refused', hint: 'Go and look at the strip.' },
    );
  }

  #ask({ address, port = 9999 }: KasaOutlet, question: unknown, signal: AbortSignal): Promise<unknown> {
    return exchange({ address, port, timeoutMs: this.#timeoutMs }, question, signal);
  }
}
