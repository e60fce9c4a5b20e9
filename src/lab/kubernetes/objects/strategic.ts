import type { Json, JsonObject } from '../json.ts';
import { ApiFault, badRequest, goText, invalidPatch } from './fault.ts';
import { equalJson, isObject } from './json.ts';
import { type Shape, untypedShape } from './schema.ts';

const ORDER = '$setElementOrder/';
const DELETE_FROM = '$deleteFromPrimitiveList/';

const isDirective = (key: string): boolean =>
  key === '$patch' || key === '$retainKeys' || key.startsWith(ORDER) || key.startsWith(DELETE_FROM);

/** The real server answers a malformed directive with a plain 500. */
const malformed = (message: string): ApiFault => new ApiFault(500, undefined, message);

/**
 * A strategic merge patch by the schema's merge keys, with `$patch`, `$retainKeys`, `$setElementOrder` and
 * `$deleteFromPrimitiveList`. Returns a new object; throws `ApiFault` for a patch that makes no sense.
 */
export function applyStrategicMerge(target: JsonObject, patch: unknown, shape: Shape): JsonObject {
  if (!isObject(patch)) throw badRequest('error decoding patch: json: cannot unmarshal into a map[string]interface {}');
  try {
    return mergeMap(target, patch, shape);
  } catch (error) {
    if (error instanceof WrongType) throw invalidPatch(goText(patch), error.message);
    throw error;
  }
}

class WrongType extends Error {}

function mergeMap(original: JsonObject, patch: JsonObject, shape: Shape): JsonObject {
  const directive = patch['$patch'];
  if (directive === 'replace') return withoutDirectives(omit(patch, '$patch'));
  if (directive === 'delete') return {};
  if (directive !== undefined) throw malformed(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  const merged = retainKeys(original, patch);
  const rest = setOrder(merged, omit(patch, '$patch', '$retainKeys'), shape);
  for (const [key, value] of Object.entries(rest)) mergeMember(merged, key, value, shape);
  return merged;
}

/** `$retainKeys` names every member that may stay. */
function retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  const retain = patch['$retainKeys'];
  if (retain === undefined) return { ...original };
  if (!Array.isArray(retain)) throw badRequest('invalid patch format of retainKeys');
  return Object.fromEntries(Object.entries(original).filter(([key]) => retain.includes(key)));
}

function mergeMember(merged: JsonObject, patchKey: string, value: Json, shape: Shape): void {
  const deleting = patchKey.startsWith(DELETE_FROM);
  const key = deleting ? patchKey.slice(DELETE_FROM.length) : patchKey;
  const current = Object.hasOwn(merged, key) ? merged[key] : undefined;
  const member = shape.field(key) ?? untypedShape();
  if (value === null) delete merged[key];
  else if (current === undefined || current === null) {
    // With nothing to direct, a map with a directive is nothing.
    if (!deleting && !(isObject(value) && '$patch' in value)) merged[key] = cleaned(value, true);
  } else merged[key] = mergeValue(current, value, member, deleting);
}

function mergeValue(current: Json, value: Json, shape: Shape, deleting: boolean): Json {
  if (Array.isArray(current) && isObject(value)) throw new WrongType('cannot restore slice from map');
  if (isObject(current) && Array.isArray(value)) throw new WrongType('cannot restore map from slice');
  if (isObject(current) && isObject(value))
    return shape.patchStrategies.includes('replace') ? withoutDirectives(value) : mergeMap(current, value, shape);
  if (Array.isArray(current) && Array.isArray(value)) {
    if (deleting) return current.filter((item) => !value.some((gone) => equalJson(item, gone)));
    return shape.patchStrategies.includes('merge')
      ? mergeList(current, value, shape)
      : value.map((item) => cleaned(item));
  }
  return cleaned(value);
}

function mergeList(current: readonly Json[], patch: readonly Json[], shape: Shape): Json[] {
  const key = shape.patchKey;
  if (key === undefined) {
    const merged = [...current, ...patch].filter((item, i, all) => all.findIndex((x) => equalJson(x, item)) === i);
    return inOrder(merged, patch, current, undefined);
  }
  const items = patch.filter(isObject);
  if (items.some((item) => item['$patch'] === 'replace')) return items.filter((item) => !('$patch' in item));
  const gone = items.filter((item) => item['$patch'] === 'delete').map((item) => mergeKeyOf(item, key));
  const kept = current.filter((item) => !(isObject(item) && gone.some((value) => equalJson(item[key], value))));
  const changes = items.filter((item) => item['$patch'] !== 'delete');
  const merged = changes.reduce<Json[]>(
    (list, item) => mergeItem(list, item, key, shape.items ?? untypedShape()),
    [...kept],
  );
  return inOrder(merged, changes, current, key);
}

function mergeItem(list: Json[], item: JsonObject, key: string, shape: Shape): Json[] {
  const id = mergeKeyOf(item, key);
  const index = list.findIndex((other) => isObject(other) && equalJson(other[key], id));
  const other = list[index];
  return isObject(other) ? list.with(index, mergeMap(other, item, shape)) : [...list, cleaned(item)];
}

function mergeKeyOf(item: JsonObject, key: string): Json {
  const value = item[key];
  if (value === undefined) throw malformed(`map: ${goText(item)} does not contain declared merge key: ${key}`);
  return value;
}

/** Handles every `$setElementOrder/x` of the patch, with the list it orders; returns what is left of the patch. */
function setOrder(merged: JsonObject, patch: JsonObject, shape: Shape): JsonObject {
  let rest = patch;
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(ORDER)) continue;
    const key = directive.slice(ORDER.length);
    const [current, change, remove] = [merged[key], patch[key], patch[DELETE_FROM + key]];
    rest = omit(rest, directive);
    if (change === null) continue;
    rest = omit(rest, key, DELETE_FROM + key);
    const before = Array.isArray(current) ? current : [];
    checkOrder(change, order, shape.field(key)?.patchKey);
    if (remove !== undefined) mergeMember(merged, DELETE_FROM + key, remove, shape);
    if (change !== undefined) mergeMember(merged, key, change, shape);
    const list = merged[key];
    if (Array.isArray(list) && Array.isArray(order))
      merged[key] = inOrder(list, order, before, shape.field(key)?.patchKey);
  }
  return rest;
}

/** What a patch changes must be named by its `$setElementOrder`, in the same order. */
function checkOrder(change: Json | undefined, order: Json, key: string | undefined): void {
  if (!Array.isArray(change) || !Array.isArray(order)) return;
  const id = (item: Json): Json | undefined => (key !== undefined && isObject(item) ? item[key] : item);
  const wanted = change.filter((item) => !(isObject(item) && item['$patch'] === 'delete')).map(id);
  let next = 0;
  for (const item of order) if (next < wanted.length && equalJson(id(item), wanted[next])) next += 1;
  if (next < wanted.length)
    throw malformed(
      `The order in patch list:\n${goText(change)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    );
}

/** Items named in `order` come in that order, the server's own keep their place relative to those it had before. */
function inOrder(
  list: readonly Json[],
  order: readonly Json[],
  before: readonly Json[],
  key: string | undefined,
): Json[] {
  const id = (item: Json): Json | undefined => (key !== undefined && isObject(item) ? item[key] : item);
  const rank = (within: readonly Json[], item: Json): number =>
    within.findIndex((other) => equalJson(id(other), id(item)));
  const by = (within: readonly Json[]) => (a: Json, b: Json) => rank(within, a) - rank(within, b);
  const patched = list.filter((item) => rank(order, item) >= 0).sort(by(order));
  const own = list.filter((item) => rank(order, item) < 0).sort(by(before));
  const all: Json[] = [];
  for (let next = own[0], other = patched[0]; next !== undefined || other !== undefined; ) {
    const [left, right] = [
      next === undefined ? -1 : rank(before, next),
      other === undefined ? -1 : rank(before, other),
    ];
    const ownFirst = other === undefined || (next !== undefined && left >= 0 && right >= 0 && left < right);
    all.push(...(ownFirst ? own.splice(0, 1) : patched.splice(0, 1)));
    [next, other] = [own[0], patched[0]];
  }
  return all;
}

const omit = (object: JsonObject, ...keys: string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

/**
 * A value that is new to the object, without directives and nulls. Items that ask to be deleted go from a new member;
 * in a new list item they stay, as the original has it.
 */
function cleaned(value: Json, dropsDeleted = false): Json {
  if (isObject(value)) return withoutDirectives(value, dropsDeleted);
  if (!Array.isArray(value)) return value;
  return value
    .filter((item) => !(dropsDeleted && isObject(item) && '$patch' in item))
    .map((item) => cleaned(item, dropsDeleted));
}

const withoutDirectives = (object: JsonObject, dropsDeleted = false): JsonObject =>
  Object.fromEntries(
    Object.entries(object)
      .filter(([key, value]) => !isDirective(key) && value !== null)
      .map(([key, value]) => [key, cleaned(value, dropsDeleted)]),
  );
