import type { KubeJson } from '../json.ts';
import { apiVersionOf } from '../resource.ts';
import { StoreError, type WatchEvent } from '../store.ts';
import { formed, tableAsked } from './answer.ts';
import type { ServedResource } from './catalogue.ts';
import type { ApiContext } from './context.ts';
import { fromStored } from './events.ts';
import { ApiFault, expired, type FieldError, invalidOptions } from './fault.ts';
import type { Wanted } from './negotiate.ts';
import { requireReached } from './pages.ts';

/** What a client watches. */
export interface WatchQuery {
  readonly resource: ServedResource;
  readonly namespace: string | undefined;
  readonly matches: ((object: KubeJson) => boolean) | undefined;
  readonly query: URLSearchParams;
  readonly as: Wanted['as'];
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeJson;
}

/** Something that is not about an object: a sign of life, or the end. */
interface Notice {
  readonly type: 'BOOKMARK' | 'ERROR';
  readonly body: object;
}

type Line = Change | Notice;

const isTrue = (value: string | null): boolean => value === 'true' || value === '1' || value === '';

export const isWatch = (query: URLSearchParams): boolean => query.has('watch') && isTrue(query.get('watch'));

const forbiddenMatch = (why: string): FieldError => ({
  field: 'resourceVersionMatch',
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
});

const unsupportedMatch = (match: string): FieldError => ({
  field: 'resourceVersionMatch',
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(match)}: supported values: "NotOlderThan"`,
});

function wantsInitialEvents(query: URLSearchParams): boolean {
  const match = query.get('resourceVersionMatch') ?? '';
  const asks = query.has('sendInitialEvents');
  const errors = [
    ...(!asks && match !== ''
      ? [forbiddenMatch('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')]
      : []),
    ...(asks && match === ''
      ? [forbiddenMatch('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')]
      : []),
    ...(match !== '' && match !== 'NotOlderThan' ? [unsupportedMatch(match)] : []),
  ];
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
  return asks && isTrue(query.get('sendInitialEvents'));
}

/** The event as it looks through a selector: an object that comes into it is new, one that leaves it is gone. */
function seen(event: WatchEvent, { namespace, matches }: WatchQuery): Change | undefined {
  if (namespace !== undefined && event.object.metadata.namespace !== namespace) return undefined;
  const now = event.type !== 'DELETED' && (matches?.(event.object) ?? true);
  const before = event.previous !== undefined && (matches?.(event.previous) ?? true);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object: event.object };
  return before ? { type: 'DELETED', object: event.object } : undefined;
}

/** A watch that is running; `close` ends it and lets go of the store. */
export interface Watch {
  close(): void;
}

/** Writes events as lines, each object in the form that was asked for; columns of a Table come once. */
function lineWriter(context: ApiContext, asked: WatchQuery, send: (line: string) => void): (line: Line) => void {
  let columnsSent = false;
  const shape = (object: KubeJson): object => {
    const table = { ...tableAsked(asked.query, context.store.now()), withColumns: !columnsSent };
    columnsSent = true;
    return formed(asked.resource, fromStored(asked.resource, object), asked.as, table);
  };
  return (line) => {
    const object = 'object' in line ? shape(line.object) : line.body;
    send(`${JSON.stringify({ type: line.type, object })}\n`);
  };
}

interface Start {
  readonly initial: boolean;
  /** 0 = from what is there now. */
  readonly from: number;
  readonly bookmarks: boolean;
}

/** The real server answers a watch so, and a list with a 400. */
const unreadableVersion = (version: string): ApiFault => {
  const text = JSON.stringify(version);
  const why = `resourceVersion: Invalid value: ${text}: strconv.ParseUint: parsing ${text}: invalid syntax`;
  return new ApiFault(500, undefined, why);
};

/** How a watch begins; throws 422, 500, 504. */
function startOf(context: ApiContext, query: URLSearchParams): Start {
  const initial = wantsInitialEvents(query);
  const version = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(version)) throw unreadableVersion(version);
  const from = Number(version);
  requireReached(context, from);
  return { initial, from, bookmarks: isTrue(query.get('allowWatchBookmarks') ?? 'false') };
}

/** Events since `from`, or undefined when they are no longer kept. */
function missed({ store }: ApiContext, from: number, storageKey: string): readonly WatchEvent[] | StoreError {
  try {
    return store.since(from, storageKey);
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
}

const present = ({ store }: ApiContext, { resource, namespace, matches }: WatchQuery): readonly KubeJson[] =>
  store.list(resource.storageKey, namespace).filter((object) => matches?.(object) ?? true);

/**
 * Sends what happens to the chosen objects, one JSON line each, until `close`.
 * Throws 422 for options that do not go together, 400 and 504 for a version.
 * A version that is no longer kept is an ERROR line and the end.
 */
export function startWatch(
  context: ApiContext,
  asked: WatchQuery,
  send: (line: string) => void,
  end: () => void,
): Watch {
  const { store } = context;
  const { storageKey } = asked.resource;
  const { initial, from, bookmarks } = startOf(context, asked.query);
  const write = lineWriter(context, asked, send);
  const bookmark = (annotations?: Record<string, string>): void =>
    write({ type: 'BOOKMARK', body: bookmarkOf(asked, store.revision(), annotations) });
  const follow = (event: WatchEvent): void => {
    const line = event.resource === storageKey ? seen(event, asked) : undefined;
    if (line) write(line);
  };

  const before = initial || from === 0 ? [] : missed(context, from, storageKey);
  if (before instanceof StoreError) {
    write({ type: 'ERROR', body: expired(before.message).body });
    end();
    return { close: () => undefined };
  }
  before.forEach(follow);
  if (initial || from === 0) for (const object of present(context, asked)) write({ type: 'ADDED', object });
  if (initial && bookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' });
  const stop = store.listen(follow);
  const minute = bookmarks ? setInterval(() => bookmark(), 60_000).unref() : undefined;
  return {
    close() {
      stop();
      clearInterval(minute);
    },
  };
}

function bookmarkOf({ resource, as }: WatchQuery, revision: number, annotations?: Record<string, string>): object {
  const metadata = { resourceVersion: String(revision), ...(annotations && { annotations }) };
  const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
  if (as === 'object') return { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
  if (as !== 'Table') return partial;
  const table = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: String(revision) } };
  return { ...table, columnDefinitions: null, rows: [{ cells: [], object: partial }] };
}
