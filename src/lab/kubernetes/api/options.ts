import type { JsonObject } from '../json.ts';
import { listAt, numberAt, objectAt, textAt } from '../objects/json.ts';
import type { DeleteOptions, Propagation } from './deletion.ts';
import { badRequest, type FieldError, invalidOptions } from './fault.ts';
import type { PatchType } from './patching.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

const unsupported = (field: string, value: string, supported: readonly string[]): FieldError => ({
  field,
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${value}: supported values: ${supported.map((name) => JSON.stringify(name)).join(', ')}`,
});

const FIELD_VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

/** `?dryRun=All`; throws 422 for another value. */
export function isDryRun(values: readonly string[], kind: string): boolean {
  const asked = values.filter((value) => value !== '');
  if (asked.some((value) => value !== 'All'))
    throw invalidOptions(kind, [unsupported('dryRun', JSON.stringify(asked), ['All'])]);
  return asked.length > 0;
}

/** What shall happen to unknown fields; the server's own default is to warn. Throws 422. */
export function fieldValidation(query: URLSearchParams, kind: string): FieldValidation {
  const value = query.get('fieldValidation') ?? '';
  if (!FIELD_VALIDATIONS.includes(value))
    throw invalidOptions(kind, [unsupported('fieldValidation', JSON.stringify(value), FIELD_VALIDATIONS)]);
  return value === 'Strict' || value === 'Ignore' ? value : 'Warn';
}

/** Options of a PATCH that only make sense together; throws 422. */
export function checkPatchOptions(query: URLSearchParams, type: PatchType): void {
  if (type === 'apply' && !query.get('fieldManager'))
    throw invalidOptions('PatchOptions', [
      { field: 'fieldManager', reason: 'FieldValueRequired', message: 'Required value: is required for apply patch' },
    ]);
  if (type !== 'apply' && query.has('force'))
    throw invalidOptions('PatchOptions', [
      { field: 'force', reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch' },
    ]);
}

const PROPAGATIONS = ['Foreground', 'Background', 'Orphan', 'nil'];

function propagationOf(value: string | undefined): Propagation | undefined {
  if (value === undefined) return undefined;
  if (value === 'Foreground' || value === 'Background' || value === 'Orphan') return value;
  const error = unsupported('propagationPolicy', JSON.stringify(value), PROPAGATIONS);
  throw invalidOptions('DeleteOptions', [error]);
}

/** A whole number of a query; throws 400. */
export function wholeNumber(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** Options of a delete, from its body or else from the query. Throws 400, 422. */
export function deleteOptions(body: JsonObject | undefined, query: URLSearchParams): DeleteOptions {
  const orphans =
    body?.orphanDependents ?? (query.has('orphanDependents') ? query.get('orphanDependents') === 'true' : undefined);
  const asked = textAt(body, 'propagationPolicy') ?? query.get('propagationPolicy') ?? undefined;
  const preconditions = objectAt(body, 'preconditions');
  const dryRun = [...listAt(body, 'dryRun').map(String), ...query.getAll('dryRun')];
  return {
    propagation: propagationOf(asked) ?? (orphans === undefined ? undefined : orphans ? 'Orphan' : 'Background'),
    graceSeconds: numberAt(body, 'gracePeriodSeconds') ?? wholeNumber(query.get('gracePeriodSeconds')),
    uid: textAt(preconditions, 'uid'),
    resourceVersion: textAt(preconditions, 'resourceVersion'),
    dryRun: isDryRun(dryRun, 'DeleteOptions'),
  };
}
