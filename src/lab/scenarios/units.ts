import * as z from 'zod';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `15m`, `12h`, `40d` -> milliseconds. */
export const Duration = z
  .string()
  .regex(/^\d+(ms|s|m|h|d)$/, 'must be a whole number with ms, s, m, h or d, as in 40d')
  .transform((text) => {
    const [, count = '0', unit = 's'] = /^(\d+)(\w+)$/.exec(text) ?? [];
    return Number(count) * (UNITS[unit] ?? 1000);
  });

const lastOctet = (address: string): { network: string; host: number } => {
  const dot = address.lastIndexOf('.');
  return { network: address.slice(0, dot), host: Number(address.slice(dot + 1)) };
};

/** `192.168.20.200-220` -> every address of the range. */
export const AddressRange = z
  .string()
  .regex(/^(\d{1,3}\.){3}\d{1,3}-\d{1,3}$/, 'must be a range within one network, as in 192.168.20.200-220')
  .transform((text) => {
    const [first = '', last = ''] = text.split('-');
    const { network, host } = lastOctet(first);
    return Array.from({ length: Math.max(0, Number(last) - host + 1) }, (_, index) => `${network}.${host + index}`);
  });
