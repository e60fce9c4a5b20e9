import { setTimeout as wait } from 'node:timers/promises';
import { StewardError } from '../../core/errors.ts';
import type { CycleDone, CycleRequest, OutletReading } from './contract.ts';

/** What a device must offer so that its power can be cut, seen to be cut, and given back. */
export interface Switchable {
  /** For people: `outlet 3 of rack`. */
  readonly label: string;
  readonly read: (signal: AbortSignal) => Promise<OutletReading>;
  readonly switch: (state: 'off' | 'on', signal: AbortSignal) => Promise<void>;
  readonly isOff: (reading: OutletReading) => boolean;
  readonly isOn: (reading: OutletReading) => boolean;
  /** Between two looks. */
  readonly pollMs: number;
  /** How long it may take until it shows what was asked; 20 s unless told. */
  readonly confirmMs?: number;
}

const CONFIRM_MS = 20_000;
const wattsOf = ({ watts }: OutletReading): string => (watts === undefined ? '' : `, ${watts} W`);

/** As a fence does it: off, seen to be off, a pause, on, seen to be on. From "off" on the power comes back, whoever has stopped waiting. */
export async function offAndOn(device: Switchable, request: CycleRequest): Promise<CycleDone> {
  const { offSeconds, demandRight, signal, progress } = request;
  const before = await device.read(signal);
  progress(`switching ${device.label} off (${before.alias}${wattsOf(before)})`);
  demandRight();
  await device.switch('off', signal);
  const after = new AbortController().signal;
  const off = await confirm(device, device.isOff, after);
  if (off !== undefined) {
    progress(`${device.label} is off, for ${offSeconds} s`);
    await wait(offSeconds * 1000);
  }
  // A permit that ran out while the power is off must not keep it off.
  await device.switch('on', after);
  const on = await confirm(device, device.isOn, after);
  if (off === undefined) throw unconfirmed('outlet_not_off', `${device.label} did not go off`);
  if (on === undefined) throw unconfirmed('outlet_not_on', `${device.label} gives no power since it was switched on`);
  progress(`${device.label} has power again${wattsOf(on)}`);
  return { seen: [`before: on${wattsOf(before)}`, `seen off${wattsOf(off)}`, `seen on again${wattsOf(on)}`] };
}

async function confirm(
  { read, pollMs, confirmMs = CONFIRM_MS }: Switchable,
  isSo: (reading: OutletReading) => boolean,
  signal: AbortSignal,
): Promise<OutletReading | undefined> {
  for (let waited = 0; waited <= confirmMs; waited += pollMs) {
    const reading = await read(signal).catch(() => undefined);
    if (reading !== undefined && isSo(reading)) return reading;
    await wait(pollMs);
  }
  return undefined;
}

const unconfirmed = (code: string, reason: string): StewardError =>
  new StewardError(`Unable to cycle the power: ${reason}.`, {
    kind: 'target',
    code,
    hint: 'Go and look: it may be another outlet than the configuration says.',
  });
