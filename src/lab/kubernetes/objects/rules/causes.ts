import type { Json } from '../../json.ts';
import type { StatusCause } from '../fault.ts';
import { equalJson } from '../json.ts';

/** One thing wrong with one field. */
export type Cause = Required<StatusCause>;

const cause = (reason: string, field: string, message: string): Cause => ({ reason, message, field });
const withDetail = (head: string, detail: string): string => (detail === '' ? head : `${head}: ${detail}`);

export const required = (field: string, detail = ''): Cause =>
  cause('FieldValueRequired', field, withDetail('Required value', detail));

export const wrong = (field: string, value: Json | undefined, detail: string): Cause =>
  cause('FieldValueInvalid', field, `Invalid value: ${JSON.stringify(value ?? null)}: ${detail}`);

export const unsupported = (field: string, value: Json | undefined, known: readonly string[]): Cause =>
  cause(
    'FieldValueNotSupported',
    field,
    `Unsupported value: ${JSON.stringify(value ?? null)}: supported values: ${known.map((name) => `"${name}"`).join(', ')}`,
  );

export const forbiddenField = (field: string, detail: string): Cause =>
  cause('FieldValueForbidden', field, `Forbidden: ${detail}`);

export const duplicate = (field: string, value: Json | undefined, detail = ''): Cause =>
  cause('FieldValueDuplicate', field, withDetail(`Duplicate value: ${JSON.stringify(value ?? null)}`, detail));

export const notFoundCause = (field: string, value: Json | undefined): Cause =>
  cause('FieldValueNotFound', field, `Not found: ${JSON.stringify(value ?? null)}`);

export const IMMUTABLE = 'field is immutable';

/** One cause if the value differs from before. */
export const unchanged = (field: string, now: Json | undefined, before: Json | undefined): Cause[] =>
  equalJson(now ?? null, before ?? null) ? [] : [wrong(field, now, IMMUTABLE)];

/** A cause for a value outside a closed set; an absent value is not judged. */
export const oneOf = (field: string, value: Json | undefined, known: readonly string[]): Cause[] =>
  value === undefined || known.some((name) => name === value) ? [] : [unsupported(field, value, known)];

/** A cause for a negative number; an absent one is not judged. */
export const notNegative = (field: string, value: Json | undefined): Cause[] =>
  typeof value === 'number' && value < 0 ? [wrong(field, value, 'must be greater than or equal to 0')] : [];

/** A cause for every text rule (`names.ts`) the value breaks. */
export const named = (field: string, value: string, faults: (text: string) => readonly string[]): Cause[] =>
  faults(value).map((fault) => wrong(field, value, fault));

/** The same, but an empty value is a missing one. */
export const requiredName = (
  field: string,
  value: string | undefined,
  faults: (text: string) => readonly string[],
): Cause[] => (value === undefined || value === '' ? [required(field)] : named(field, value, faults));

export const portRange = (field: string, value: Json | undefined): Cause[] =>
  typeof value === 'number' && (value < 1 || value > 65_535)
    ? [wrong(field, value, 'must be between 1 and 65535, inclusive')]
    : [];
