import type { Permit } from '../../core/permit.ts';

/**
 * What gives hosts their power, by the host behind each. One way per host: nothing that is not configured is ever
 * switched, and there is no way to switch a whole strip.
 */

/** `strip` = an outlet of a power strip; `bmc` = the host's own management controller; `wake` = a magic packet, which cuts nothing. */
export type PowerWay = 'strip' | 'bmc' | 'wake';

export interface OutletFacts {
  /** The host that hangs on it: the name that Proxmox or Kubernetes gives it. */
  readonly host: string;
  readonly way: PowerWay;
  /** For people: name of the strip, `Redfish https://bmc1.lan`, `IPMI 192.168.1.9`, `Wake-on-LAN`. */
  readonly strip: string;
  /** What identifies the one thing that is switched: full id of an outlet, system of a BMC, MAC address. */
  readonly child: string;
  /** A running host draws at least that much; 0 where nothing measures. */
  readonly idleWatts: number;
  /** What else hangs on the strip and must never lose power. */
  readonly alsoFeeds: readonly string[];
  /** Where the host answers when it lives; absent = its name. */
  readonly hostAddress?: string;
}

/** What cannot be seen is absent: a magic packet has no state, many controllers measure nothing. */
export interface OutletReading {
  readonly alias: string;
  readonly on?: boolean;
  readonly watts?: number;
}

/** How often a kind of probe failed in a row. */
export interface Probe {
  /** `api` (TCP 8006), `ssh` (TCP 22). */
  readonly kind: string;
  readonly host: string;
  readonly failures: number;
  readonly tries: number;
}

/** Errors: `input` `unknown_outlet`; `target` `outlet_unreachable`, `outlet_output`, `outlet_login`, `outlet_gone` (the device has no such outlet). */
export interface PowerReader {
  outlets(): Promise<readonly OutletFacts[]>;
  read(host: string, signal: AbortSignal): Promise<OutletReading>;
  /** Tries the host and every other configured one, `tries` times each. */
  probe(host: string, tries: number, signal: AbortSignal): Promise<readonly Probe[]>;
  /** Earlier power cycles, from the journal. */
  attempts(signal: AbortSignal): Promise<readonly { readonly host: string; readonly at: string }[]>;
  identity(): Promise<string>;
}

/** What was seen on the way, one line each: watts before, while off and after, or that nothing could be seen. */
export interface CycleDone {
  readonly seen: readonly string[];
}

export interface PowerWriter extends PowerReader {
  /**
   * Off, verified off, at least `offSeconds`, on, verified on, as far as the way can. What does not confirm "off" is
   * switched on again and the call fails with `outlet_not_off`; `outlet_not_on` when the power did not come back.
   */
  cycle(
    host: string,
    options: { readonly offSeconds: number },
    permit: Permit,
    signal: AbortSignal,
    progress: (line: string) => void,
  ): Promise<CycleDone>;
}

export interface CycleRequest {
  readonly offSeconds: number;
  /** Throws unless the permit covers this host now; called right before the first write. */
  readonly demandRight: () => void;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** One kind of device. `cycle` and `read` are only called for hosts of `outlets`. */
export interface PowerProvider {
  readonly outlets: readonly OutletFacts[];
  /** What the devices are known by, as plain data. */
  identity(): readonly unknown[];
  read(host: string, signal: AbortSignal): Promise<OutletReading>;
  cycle(host: string, request: CycleRequest): Promise<CycleDone>;
}
