import type { Json, JsonObject } from '../json.ts';
import { ApiFault, badRequest } from './fault.ts';
import { equalJson, isObject } from './json.ts';

/** What the real server says for every JSON patch that does not fit the object, a failed `test` included. */
const rejected = (): ApiFault =>
  new ApiFault(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

const goKind = (value: unknown): string =>
  Array.isArray(value) ? 'array' : isObject(value) ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value;

/** A JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. Returns a new object. */
export function applyMergePatch(target: JsonObject, patch: unknown): JsonObject {
  if (!isObject(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`,
    );
  return mergeObjects(target, patch);
}

function mergeObjects(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const current = Object.hasOwn(merged, key) ? merged[key] : undefined;
    if (value === null) delete merged[key];
    else merged[key] = isObject(value) ? mergeObjects(isObject(current) ? current : {}, value) : value;
  }
  return merged;
}

interface Operation {
  readonly op: string;
  readonly path: readonly string[];
  readonly from: readonly string[];
  readonly value: Json | undefined;
}

const pointer = (text: unknown): string[] => {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) throw rejected();
  return text === '' ? [] : text.slice(1).split('/').map(unescapeToken);
};

const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

function parseOperation(raw: unknown): Operation {
  if (!isObject(raw) || typeof raw['op'] !== 'string') throw rejected();
  return {
    op: raw['op'],
    path: pointer(raw['path']),
    from: raw['op'] === 'move' || raw['op'] === 'copy' ? pointer(raw['from']) : [],
    value: raw['value'],
  };
}

/** A JSON patch (RFC 6902). All of it happens or none; a `test` that fails refuses it with 422. Returns a new object. */
export function applyJsonPatch(target: JsonObject, patch: unknown): JsonObject {
  if (!Array.isArray(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type []handlers.jsonPatchOp`,
    );
  const result = patch.map(parseOperation).reduce<Json>(step, target);
  if (!isObject(result)) throw rejected();
  return result;
}

function step(document: Json, { op, path, from, value }: Operation): Json {
  switch (op) {
    case 'add':
      return put(document, path, value ?? null, 'add');
    case 'replace':
      read(document, path);
      return put(document, path, value ?? null, 'replace');
    case 'remove':
      return take(document, path);
    case 'copy':
      return put(document, path, read(document, from), 'add');
    case 'move':
      return put(take(document, from), path, read(document, from), 'add');
    case 'test':
      return test(document, path, value);
    default:
      throw rejected();
  }
}

/** A missing member equals null, as the server's library has it. */
function test(document: Json, path: readonly string[], value: Json | undefined): Json {
  let found: Json = null;
  try {
    found = read(document, path);
  } catch (error) {
    if (value !== null && value !== undefined) throw error;
  }
  if (!equalJson(found, value ?? null)) throw rejected();
  return document;
}

function read(document: Json, path: readonly string[]): Json {
  const [token, ...rest] = path;
  if (token === undefined) return document;
  const child = Array.isArray(document)
    ? document[indexOf(token, document.length - 1)]
    : isObject(document) && Object.hasOwn(document, token)
      ? document[token]
      : undefined;
  if (child === undefined) throw rejected();
  return read(child, rest);
}

function indexOf(token: string, max: number): number {
  if (!/^(0|[1-9]\d*)$/.test(token) || Number(token) > max) throw rejected();
  return Number(token);
}

/** Changes the container that the last token of `path` names a place in; everything on the way is copied. */
function change(document: Json, path: readonly string[], edit: (container: Json, token: string) => Json): Json {
  const [token, ...rest] = path;
  if (token === undefined) throw rejected();
  if (rest.length === 0) return edit(document, token);
  const child = change(read(document, [token]), rest, edit);
  if (Array.isArray(document)) return document.with(indexOf(token, document.length - 1), child);
  return isObject(document) ? { ...document, [token]: child } : child;
}

function put(document: Json, path: readonly string[], value: Json, mode: 'add' | 'replace'): Json {
  if (path.length === 0) return value;
  return change(document, path, (container, token) => {
    if (isObject(container)) return { ...container, [token]: value };
    if (!Array.isArray(container)) throw rejected();
    if (mode === 'replace') return container.with(indexOf(token, container.length - 1), value);
    return container.toSpliced(token === '-' ? container.length : indexOf(token, container.length), 0, value);
  });
}

function take(document: Json, path: readonly string[]): Json {
  return change(document, path, (container, token) => {
    read(container, [token]);
    if (Array.isArray(container)) return container.toSpliced(indexOf(token, container.length - 1), 1);
    return Object.fromEntries(Object.entries(isObject(container) ? container : {}).filter(([key]) => key !== token));
  });
}
