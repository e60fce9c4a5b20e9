import type { Permit } from '../../core/permit.ts';

/** Outlets of power strips, by the host behind each. There is no way to switch a whole strip, and no outlet that is not configured. */

export interface OutletConfig {
  /** The host that hangs on it: the name that Proxmox or Kubernetes gives it. */
  readonly host: string;
  /** Name of the strip, for people. */
  readonly strip: string;
  readonly address: string;
  readonly port?: number;
  /** Full id: the 40 hex digits of the strip and two of the outlet. */
  readonly child: string;
  /** A running host draws at least that much. */
  readonly idleWatts: number;
  /** What else hangs on the strip and must never lose power. */
  readonly alsoFeeds: readonly string[];
  /** Where the host answers when it lives; absent = its name. */
  readonly hostAddress?: string;
}

export interface OutletReading {
  readonly alias: string;
  readonly on: boolean;
  readonly watts: number;
}

/** How often a kind of probe failed in a row. */
export interface Probe {
  /** `api` (TCP 8006), `ssh` (TCP 22). */
  readonly kind: string;
  readonly host: string;
  readonly failures: number;
  readonly tries: number;
}

/** Errors: `input` `unknown_outlet`; `target` `outlet_unreachable`, `outlet_output`, `outlet_gone` (the strip has no such outlet). */
export interface PowerReader {
  outlets(): Promise<readonly OutletConfig[]>;
  read(host: string, signal: AbortSignal): Promise<OutletReading>;
  /** Tries the host and every other configured one, `tries` times each. */
  probe(host: string, tries: number, signal: AbortSignal): Promise<readonly Probe[]>;
  /** Earlier power cycles, from the journal. */
  attempts(signal: AbortSignal): Promise<readonly { readonly host: string; readonly at: string }[]>;
  identity(): Promise<string>;
}

/** What was seen while the power was off and after it came back. */
export interface CycleDone {
  readonly wattsBefore: number;
  readonly wattsOff: number;
  readonly wattsAfter: number;
}

export interface PowerWriter extends PowerReader {
  /**
   * Off, verified off by state and watts, at least `offSeconds`, on, verified on. A strip that does not confirm "off" is
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
