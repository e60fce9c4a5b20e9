import { ApiFault, invalidObject, type StatusBody, type StatusCause } from '../objects/fault.ts';
import type { Resource } from '../resource.ts';

export { ApiFault, badRequest } from '../objects/fault.ts';

type StatusDetails = NonNullable<StatusBody['details']>;

/** What Kubernetes answers to a write that has no object to show. */
export interface Success {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: 'Success';
  readonly details?: StatusDetails;
  readonly code?: number;
}

type Named = Pick<Resource, 'group' | 'plural'>;

/** `deployments.apps "web"`: how Kubernetes names an object in a message. */
export const qualified = ({ group, plural }: Named, name: string): string =>
  `${group === '' ? plural : `${plural}.${group}`} "${name}"`;

const detailsOf = ({ group, plural }: Named, name: string): StatusDetails => ({
  ...(name !== '' && { name }),
  ...(group !== '' && { group }),
  kind: plural,
});

export const notFound = (resource: Named, name: string): ApiFault =>
  new ApiFault(404, 'NotFound', `${qualified(resource, name)} not found`, detailsOf(resource, name));

/** No such path: the resource is not served. */
export const noSuchResource = (): ApiFault =>
  new ApiFault(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (): ApiFault =>
  new ApiFault(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const alreadyExists = (resource: Named, name: string): ApiFault =>
  new ApiFault(409, 'AlreadyExists', `${qualified(resource, name)} already exists`, detailsOf(resource, name));

export const conflict = (resource: Named, name: string, why: string): ApiFault =>
  new ApiFault(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource, name)}: ${why}`,
    detailsOf(resource, name),
  );

export const modified = (resource: Named, name: string): ApiFault =>
  conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );

/** A precondition of a delete that does not hold names the kind instead of the resource. */
export const preconditionFailed = (kind: string, name: string, why: string): ApiFault =>
  new ApiFault(409, 'Conflict', `Operation cannot be fulfilled on ${kind} "${name}": ${why}`, { name, kind });

export const forbidden = (resource: Named, name: string, why: string, causes?: readonly StatusCause[]): ApiFault =>
  new ApiFault(403, 'Forbidden', `${qualified(resource, name)} is forbidden: ${why}`, {
    ...detailsOf(resource, name),
    ...(causes && { causes }),
  });

/** One thing that is wrong with one field; `message` begins with the words of its reason (`Invalid value: ...`). */
export type FieldError = Required<StatusCause>;

/** 422: `errors` in the order of the fields, one or more. */
export const invalid = (what: { group: string; kind: string }, name: string, errors: readonly FieldError[]): ApiFault =>
  invalidObject({ group: what.group, kind: what.kind, name }, errors);

export const invalidOptions = (kind: string, errors: readonly FieldError[]): ApiFault =>
  invalid({ group: 'meta.k8s.io', kind }, '', errors);

export const unsupportedMediaType = (message: string, details?: StatusDetails): ApiFault =>
  new ApiFault(415, 'UnsupportedMediaType', message, details);

export const expired = (message: string, metadata: Record<string, string> = {}): ApiFault =>
  new ApiFault(410, 'Expired', message, undefined, metadata);

export const tooManyRequests = (message: string, details: StatusDetails): ApiFault =>
  new ApiFault(429, 'TooManyRequests', message, details);

export const unauthorized = (): ApiFault => new ApiFault(401, 'Unauthorized', 'Unauthorized');

/** Custom resources are replaced only by those who say which version they have seen. */
export const versionRequired = (resource: Named, name: string): ApiFault =>
  invalid({ group: resource.group, kind: resource.plural }, name, [
    {
      field: 'metadata.resourceVersion',
      reason: 'FieldValueInvalid',
      message: 'Invalid value: 0: must be specified for an update',
    },
  ]);

/** The Success that a delete answers when it does not answer with the object. */
export const deleted = (resource: Named, name: string, uid: string): Success => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: { ...detailsOf(resource, name), uid },
});

export const created = (): Success => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
});
