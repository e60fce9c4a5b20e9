import type { KubeJson } from '../json.ts';
import { isObject } from '../objects/json.ts';
import { StoreError } from '../store.ts';
import type { ApiContext } from './context.ts';
import { ApiFault, badRequest, expired, type FieldError, invalidOptions } from './fault.ts';

/** Which objects of a resource a list is of, and at what time. */
export interface ListQuery {
  readonly storageKey: string;
  readonly namespace: string | undefined;
  /** All of them when undefined. */
  readonly matches: ((object: KubeJson) => boolean) | undefined;
  readonly limit: number;
  readonly continue: string;
  readonly resourceVersion: string;
  readonly match: string;
}

export interface Page {
  readonly items: readonly KubeJson[];
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

interface Token {
  readonly revision: number;
  readonly start: string;
}

const keyOf = ({ metadata }: KubeJson): string => `${metadata.namespace ?? ''}/${metadata.name}`;

/** A page continues after the key of its last object, as of the list's first page. */
const encodeToken = ({ revision, start }: Token): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${start}\u0000` })).toString('base64url');

function decodeToken(text: string): Token {
  const bad = (why: string): Error => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  let token: unknown;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw bad('invalid character looking for beginning of value');
  }
  if (!isObject(token) || typeof token.rv !== 'number' || typeof token.start !== 'string')
    throw bad('incorrect encoded continue token');
  return { revision: token.rv, start: token.start.replace(/\0$/, '') };
}

const forbiddenOption = (field: string, why: string): ApiFault => {
  const error: FieldError = { field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` };
  return invalidOptions('ListOptions', [error]);
};

/** The number in a `resourceVersion`; throws 400. */
export function revisionOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
  );
}

/** A version that is not there yet. */
export function requireReached({ store }: ApiContext, revision: number): void {
  if (revision <= store.revision()) return;
  const cause = { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' };
  throw new ApiFault(504, 'Timeout', `Timeout: Too large resource version: ${revision}, current: ${store.revision()}`, {
    causes: [cause],
    retryAfterSeconds: 1,
  });
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

function listAt({ store }: ApiContext, query: ListQuery, token: Token): readonly KubeJson[] {
  // A token with revision -1 was handed out with a 410: it goes on from there with what is there now.
  if (token.revision < 0) return store.list(query.storageKey, query.namespace);
  try {
    return store.listAt(token.revision, query.storageKey, query.namespace);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (query.continue === '') throw expired(error.message);
    throw expired(TOO_OLD, { continue: encodeToken({ revision: -1, start: token.start }) });
  }
}

function checkQuery(context: ApiContext, query: ListQuery): void {
  if (query.match !== '' && query.resourceVersion === '')
    throw forbiddenOption(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  if (query.match !== '' && query.match !== 'Exact' && query.match !== 'NotOlderThan')
    throw invalidOptions('ListOptions', [
      {
        field: 'resourceVersionMatch',
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: "${query.match}": supported values: "Exact", "NotOlderThan", ""`,
      },
    ]);
  if (query.match === 'Exact' && query.resourceVersion === '0')
    throw forbiddenOption('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  if (query.continue !== '' && query.match !== '')
    throw forbiddenOption('resourceVersionMatch', 'resourceVersionMatch is forbidden for continue');
  if (query.resourceVersion !== '') requireReached(context, revisionOf(query.resourceVersion));
}

/**
 * One page of a list. Later pages show the objects as they were when the first was made.
 * Throws 400 (token, version), 410 (the past is forgotten), 422 (options that do not go together), 504 (future version).
 */
export function listPage(context: ApiContext, query: ListQuery): Page {
  checkQuery(context, query);
  const exact = query.match === 'Exact' ? revisionOf(query.resourceVersion) : context.store.revision();
  const token = query.continue === '' ? { revision: exact, start: '' } : decodeToken(query.continue);
  const all = listAt(context, query, token);
  const from = token.start === '' ? 0 : all.findIndex((object) => keyOf(object) > token.start);
  const rest = from < 0 ? [] : all.slice(from);
  const revision = token.revision < 0 ? context.store.revision() : token.revision;
  const { matches } = query;
  const chosen = matches ? rest.filter(matches) : rest;
  const items = query.limit > 0 ? chosen.slice(0, query.limit) : chosen;
  const last = items.at(-1);
  if (chosen.length <= items.length || !last) return { items, resourceVersion: String(revision) };
  return {
    items,
    resourceVersion: String(revision),
    continue: encodeToken({ revision: token.revision, start: keyOf(last) }),
    // Unknown to a client as soon as a selector decides, as with the real server.
    ...(!matches && { remainingItemCount: chosen.length - items.length }),
  };
}
