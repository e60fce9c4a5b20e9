import type { Json } from '../../json.ts';
import { type Cause, notNegative, wrong } from './causes.ts';

const isPercent = (value: Json | undefined): value is string => typeof value === 'string' && /^\d+%$/.test(value);

/** A count or a percentage. */
export function countOrPercent(value: Json | undefined, field: string): Cause[] {
  if (typeof value === 'number') return notNegative(field, value);
  if (value === undefined || isPercent(value)) return [];
  return [
    wrong(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}

export const notOver100 = (value: Json | undefined, field: string): Cause[] =>
  isPercent(value) && Number.parseInt(value, 10) > 100 ? [wrong(field, value, 'must not be greater than 100%')] : [];

export const isZero = (value: Json | undefined): boolean =>
  value === undefined || value === 0 || (isPercent(value) && Number.parseInt(value, 10) === 0);
