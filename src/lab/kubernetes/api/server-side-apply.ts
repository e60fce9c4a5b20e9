import type { JsonObject, KubeJson } from '../json.ts';
import { applyConfiguration } from '../objects/apply.ts';
import { isObject, textAt } from '../objects/json.ts';
import { apiVersionOf } from '../resource.ts';
import { parseText } from './body.ts';
import type { Call } from './call.ts';
import { decodePatched } from './decode.ts';
import { fromStored } from './events.ts';
import { badRequest, conflict, modified, notFound } from './fault.ts';
import type { Route } from './request.ts';
import { writing } from './rules.ts';
import { type ChangeOptions, createObject, updateObject } from './write.ts';

/** What a client wants to have applied: a partial object that says which one it is. Throws 400. */
function configurationOf({ request, route }: Call, name: string): JsonObject {
  const { resource } = route;
  const parsed = parseText(request.body.toString('utf8'), true, 'error decoding YAML: ');
  if (!isObject(parsed)) throw badRequest('error decoding YAML: it is not an object');
  const [apiVersion, kind] = [textAt(parsed, 'apiVersion') ?? '', textAt(parsed, 'kind') ?? ''];
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind)
    throw badRequest(`invalid object type: ${apiVersion || '/'}, Kind=${kind}`);
  const sent = textAt(parsed, 'metadata', 'name');
  if (sent !== undefined && sent !== name)
    throw badRequest(`the name of the object (${sent}) does not match the name on the URL (${name})`);
  const metadata = isObject(parsed.metadata) ? parsed.metadata : {};
  checkPlace(route, metadata);
  return { ...parsed, metadata: { ...metadata, name } };
}

function checkPlace({ namespace }: Route, metadata: JsonObject): void {
  const sent = textAt(metadata, 'namespace');
  if (sent && namespace !== undefined && sent !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** A configuration may insist on the version it was made for. */
function checkVersion({ route }: Call, configuration: JsonObject, live: KubeJson | undefined, name: string): void {
  const version = textAt(configuration, 'metadata', 'resourceVersion');
  if (!version || version === live?.metadata.resourceVersion) return;
  if (!live) throw conflict(route.resource, name, 'an apply with a resourceVersion needs an object that exists');
  throw modified(route.resource, name);
}

/** Everything the server itself writes: a configuration that names it is not its owner. */
function withoutServerFields(configuration: JsonObject): JsonObject {
  const metadata: JsonObject = isObject(configuration.metadata) ? { ...configuration.metadata } : {};
  for (const field of ['resourceVersion', 'creationTimestamp', 'uid', 'generation', 'selfLink']) delete metadata[field];
  return { ...configuration, metadata };
}

/**
 * Server-side apply: creates the object, or changes what the field manager owns of it.
 * Throws 400, 404 (a subresource of nothing), 409 (fields of others, unless forced), 422, 500 (fields that nobody knows).
 */
export function applyObject(
  call: Call,
  name: string,
  options: ChangeOptions,
): { readonly object: KubeJson; readonly isNew: boolean } {
  const { context, request, route } = call;
  const { resource } = route;
  const configuration = configurationOf(call, name);
  const stored = context.store.get(resource.storageKey, resource.namespaced ? route.namespace : undefined, name);
  const live = stored && fromStored(resource, stored);
  if (!live && options.subresource !== undefined) throw notFound(resource, name);
  const merged = applyConfiguration(live, withoutServerFields(configuration), {
    ...writing(resource, options.manager, context.store.now(), options.subresource),
    force: request.query.get('force') === 'true',
  });
  checkVersion(call, configuration, live, name);
  const body = { object: merged, duplicates: [], strategic: undefined };
  const next = decodePatched(resource, body, 'Ignore', () => undefined);
  const managed = { ...options, managed: true };
  if (live) return { object: updateObject(context, resource, next, managed), isNew: false };
  return { object: createObject(context, resource, route.namespace, next, managed), isNew: true };
}
