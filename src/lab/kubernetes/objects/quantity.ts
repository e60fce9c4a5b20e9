/** How a quantity was written, which decides how it is written again. */
export type QuantityFormat = 'binary' | 'decimal' | 'exponent';

/** An exact quantity: `nano` is the value times 10^9 (the API keeps no finer fraction and rounds up). */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const NANO = 1_000_000_000n;
const SHAPE = /^([+-]?)(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]?|[eE][+-]?\d+)$/;
const DECIMAL_EXPONENT: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIX = new Map(Object.entries(DECIMAL_EXPONENT).map(([suffix, exponent]) => [exponent, suffix]));
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The words of the real API for anything that is no quantity. */
export const QUANTITY_MESSAGE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** Reads `500m`, `1.5Gi`, `2e3`, or a plain number; undefined when it is no quantity. */
export function parseQuantity(input: string | number): Quantity | undefined {
  const match = SHAPE.exec(String(input));
  if (!match) return undefined;
  const [, sign = '', digits = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const unsigned = BigInt(`${whole}${fraction}` || '0');
  const scale = unitOf(suffix);
  if (!scale) return undefined;
  const numerator = unsigned * scale.factor * NANO * 10n ** BigInt(Math.max(scale.exponent, 0));
  const denominator = 10n ** BigInt(fraction.length + Math.max(-scale.exponent, 0));
  const nano = (numerator + denominator - 1n) / denominator;
  return { nano: sign === '-' ? -nano : nano, format: scale.format };
}

function unitOf(suffix: string): { factor: bigint; exponent: number; format: QuantityFormat } | undefined {
  const binary = BINARY_SUFFIXES.indexOf(suffix);
  if (binary > 0) return { factor: 1024n ** BigInt(binary), exponent: 0, format: 'binary' };
  const decimal = DECIMAL_EXPONENT[suffix];
  if (decimal !== undefined) return { factor: 1n, exponent: decimal, format: 'decimal' };
  const exponent = Number(suffix.slice(1));
  return Math.abs(exponent) > 30 ? undefined : { factor: 1n, exponent, format: 'exponent' };
}

/** The canonical text: `1000m` -> `1`, `0.5` -> `500m`, `1024Mi` -> `1Gi`, `0.5Gi` -> `512Mi`. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const size = nano < 0n ? -nano : nano;
  const sign = nano < 0n ? '-' : '';
  if (format === 'binary' && size >= 1024n * NANO && size % NANO === 0n) return sign + binaryText(size / NANO);
  return sign + decimalText(size, format === 'exponent');
}

function binaryText(value: bigint): string {
  let [rest, power] = [value, 0];
  while (rest % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) [rest, power] = [rest / 1024n, power + 1];
  return `${rest}${BINARY_SUFFIXES[power] ?? ''}`;
}

function decimalText(nano: bigint, asExponent: boolean): string {
  let [rest, exponent] = [nano, -9];
  while (rest % 1000n === 0n && exponent < 18) [rest, exponent] = [rest / 1000n, exponent + 3];
  if (asExponent) return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
  return `${rest}${DECIMAL_SUFFIX.get(exponent) ?? ''}`;
}

/** The canonical text of a quantity as the API would store it; undefined when it is none. */
export function canonicalQuantity(input: string | number): string | undefined {
  const quantity = parseQuantity(input);
  return quantity && formatQuantity(quantity);
}

/** The value in units (cores, bytes) as a plain number; 0 for what is no quantity. */
export function quantityNumber(input: string | number | undefined): number {
  const quantity = input === undefined ? undefined : parseQuantity(input);
  if (!quantity) return 0;
  return Number(quantity.nano / NANO) + Number(quantity.nano % NANO) / 1e9;
}

/** The exact sum; written in the format of the first. */
export function sumQuantities(inputs: readonly (string | number)[]): string {
  const parsed = inputs.map(parseQuantity).filter((quantity) => quantity !== undefined);
  const nano = parsed.reduce((sum, quantity) => sum + quantity.nano, 0n);
  return formatQuantity({ nano, format: parsed[0]?.format ?? 'decimal' });
}

/** Below 0, 0 or above 0 as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: string | number, b: string | number): number {
  const [left, right] = [parseQuantity(a)?.nano ?? 0n, parseQuantity(b)?.nano ?? 0n];
  return left < right ? -1 : left > right ? 1 : 0;
}
