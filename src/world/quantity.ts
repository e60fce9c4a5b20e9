import type { IntOrString } from './kubernetes/meta.ts';

const SUFFIX: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** A Kubernetes quantity as a number: cores for cpu, bytes for memory. `undefined` when it is not one. */
export function parseQuantity(quantity: IntOrString): number | undefined {
  if (typeof quantity === 'number') return quantity;
  const found = FORM.exec(quantity.trim());
  if (found === null) return undefined;
  const [, digits = '', exponent = '', suffix = ''] = found;
  return exponent === '' ? Number(digits) * (SUFFIX[suffix] ?? 1) : Number(digits + exponent);
}

/** `25%` of a total, or the number itself; rounded up as for maxSurge, or down as for maxUnavailable. */
export function resolvePercent(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const share = (Number.parseFloat(value) / 100) * total;
  if (!value.endsWith('%')) return Number(value);
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
