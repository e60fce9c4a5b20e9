import type { Json } from '../json.ts';

/** One reason of many why an object was refused, as `details.causes` carries it. */
export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

/** The Status body of a failed request, as the real API server writes it. */
export interface StatusBody {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: 'Failure';
  readonly message: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly uid?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly StatusCause[];
  };
  readonly code: number;
}

/** A no of the lab's API: `body` goes over HTTP as it is, with `body.code` as the status. */
export class ApiFault extends Error {
  readonly body: StatusBody;
  constructor(
    code: number,
    reason: string | undefined,
    message: string,
    details?: StatusBody['details'],
    metadata: StatusBody['metadata'] = {},
  ) {
    super(message);
    this.name = 'ApiFault';
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      ...(reason !== undefined && { reason }),
      ...(details && { details }),
      code,
    };
  }

  /** The HTTP status. */
  get status(): number {
    return this.body.code;
  }
}

export const badRequest = (message: string): ApiFault => new ApiFault(400, 'BadRequest', message);

/** 422 with every cause, and the causes again in the message: one plain, several in brackets. */
export function invalidObject(
  about: { group: string; kind: string; name: string },
  causes: readonly Required<StatusCause>[],
): ApiFault {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const unique = [...new Set(lines)];
  const text = unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`;
  const kind = about.group === '' ? about.kind : `${about.kind}.${about.group}`;
  return new ApiFault(422, 'Invalid', `${kind} "${about.name}" is invalid: ${text}`, {
    ...(about.name !== '' && { name: about.name }),
    ...(about.group !== '' && { group: about.group }),
    ...(about.kind !== '' && { kind: about.kind }),
    causes,
  });
}

/**
 * 422 for a patch whose result cannot be read as its kind.
 * `value` is what the real server prints there: the patched JSON, or for a strategic merge the patch as Go prints a map.
 */
export function invalidPatch(value: string, reason: string): ApiFault {
  const message = `Invalid value: ${JSON.stringify(value)}: ${reason}`;
  return new ApiFault(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
  });
}

/** JSON as Go's `%v` prints it: `map[spec:map[replicas:3]]`. */
export function goText(value: Json | undefined): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([key, member]) => `${key}:${goText(member)}`).join(' ')}]`;
}
