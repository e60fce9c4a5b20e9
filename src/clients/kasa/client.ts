import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { sha256 } from '../../core/canonical.ts';
import type { Touch } from '../../core/change.ts';
import { inputError, StewardError } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import type { CycleDone, OutletConfig, OutletReading, PowerWriter, Probe } from './contract.ts';
import { reaches } from './probe.ts';
import { exchange } from './wire.ts';

export interface KasaOptions {
  readonly outlets: readonly OutletConfig[];
  readonly checkPermit: CheckPermit;
  /** Earlier power cycles. */
  readonly attempts: (signal: AbortSignal) => Promise<readonly { readonly host: string; readonly at: string }[]>;
  readonly timeoutMs?: number;
  /** Between two looks at a meter. */
  readonly pollMs?: number;
  readonly reaches?: typeof reaches;
}

export const outletTouch = (host: string): Touch => ({
  target: { system: 'power', kind: 'Outlet', name: host },
  verb: 'patch',
});

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
const CONFIRM_MS = 20_000;
const PROBES = [
  ['api', 8006],
  ['ssh', 22],
] as const;

/** Errors: `config` `outlet_id` for an id that is not one outlet. */
export function createKasaClient(options: KasaOptions): PowerWriter {
  for (const { child, host } of options.outlets)
    if (!/^[0-9A-F]{40}\d{2}$/i.test(child))
      throw new StewardError(`Unable to use the outlet of ${host}: "${child}" is not the full id of one outlet.`, {
        kind: 'config',
        code: 'outlet_id',
        hint: 'It is the device id (40 hex digits) and two digits of the outlet; get_sysinfo shows it.',
      });
  return new KasaClient(options);
}

class KasaClient implements PowerWriter {
  readonly #options: KasaOptions;
  readonly #timeoutMs: number;
  readonly #pollMs: number;

  constructor(options: KasaOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
    this.#pollMs = options.pollMs ?? 1_000;
  }

  async outlets(): Promise<readonly OutletConfig[]> {
    return this.#options.outlets;
  }

  async identity(): Promise<string> {
    return sha256(JSON.stringify(this.#options.outlets.map(({ host, address, child }) => [host, address, child])));
  }

  attempts(signal: AbortSignal): ReturnType<PowerWriter['attempts']> {
    return this.#options.attempts(signal);
  }

  async read(host: string, signal: AbortSignal): Promise<OutletReading> {
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

  async probe(host: string, tries: number, signal: AbortSignal): Promise<readonly Probe[]> {
    const others = this.#options.outlets.map((outlet) => outlet.host).filter((other) => other !== host);
    const wanted = [host, ...others].flatMap((name) => PROBES.map(([kind, port]) => ({ name, kind, port })));
    const check = this.#options.reaches ?? reaches;
    return Promise.all(
      wanted.map(async ({ name, kind, port }) => {
        const address = this.#outlet(name).hostAddress ?? name;
        let failures = 0;
        for (let attempt = 0; attempt < tries; attempt++) if (!(await check(address, port, signal))) failures++;
        return { kind, host: name, failures, tries };
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
    const before = await this.read(host, signal);
    progress(`switching ${host} off (${before.alias}, ${before.watts} W)`);
    await this.#switch(host, 0, permit, signal);
    // From here on the power must come back, whoever has stopped waiting.
    const after = new AbortController().signal;
    const off = await this.#confirm(host, ({ on, watts }) => !on && watts < OFF_WATTS, after);
    if (off !== undefined) {
      progress(`${host} is off, for ${offSeconds} s`);
      await wait(offSeconds * 1000);
    }
    await this.#switch(host, 1, permit, after);
    const on = await this.#confirm(host, (reading) => reading.on && reading.watts >= OFF_WATTS, after);
    if (off === undefined) throw unconfirmed('outlet_not_off', `the outlet of ${host} did not go off`);
    if (on === undefined)
      throw unconfirmed('outlet_not_on', `the outlet of ${host} draws no power since it was switched on`);
    progress(`${host} has power again (${on.watts} W)`);
    return { wattsBefore: before.watts, wattsOff: off.watts, wattsAfter: on.watts };
  }

  #outlet(host: string): OutletConfig {
    const found = this.#options.outlets.find((outlet) => outlet.host === host);
    if (found) return found;
    throw inputError(
      'unknown_outlet',
      `Unable to find the outlet of "${host}": none is configured.`,
      `Hosts with one: ${this.#options.outlets.map((outlet) => outlet.host).join(', ') || 'none'}.`,
    );
  }

  async #confirm(
    host: string,
    isSo: (reading: OutletReading) => boolean,
    signal: AbortSignal,
  ): Promise<OutletReading | undefined> {
    for (let waited = 0; waited <= CONFIRM_MS; waited += this.#pollMs) {
      const reading = await this.read(host, signal).catch(() => undefined);
      if (reading !== undefined && isSo(reading)) return reading;
      await wait(this.#pollMs);
    }
    return undefined;
  }

  /** The only thing that is ever switched: one outlet by its full id. Without that context the whole strip would go. */
  async #switch(host: string, state: 0 | 1, permit: Permit, signal: AbortSignal): Promise<void> {
    // A permit that ran out while the power is off must not keep it off.
    if (state === 0) this.#options.checkPermit(permit, outletTouch(host));
    const outlet = this.#outlet(host);
    const question = { context: { child_ids: [outlet.child] }, system: { set_relay_state: { state } } };
    const reply = Switched.safeParse(await this.#ask(outlet, question, signal));
    if (reply.data?.system.set_relay_state.err_code === 0) return;
    throw unconfirmed('outlet_refused', `the strip refused to switch ${host} ${state === 0 ? 'off' : 'on'}`);
  }

  #ask({ address, port = 9999 }: OutletConfig, question: unknown, signal: AbortSignal): Promise<unknown> {
    return exchange({ address, port, timeoutMs: this.#timeoutMs }, question, signal);
  }
}

const unconfirmed = (code: string, reason: string): StewardError =>
  new StewardError(`Unable to cycle the power: ${reason}.`, {
    kind: 'target',
    code,
    hint: 'Go and look: the outlet may be another one than the map says.',
  });
