import type { JsonObject, KubeJson } from '../json.ts';
import { apiVersionOf, resourceKey } from '../resource.ts';
import { type Answer, formed, pageText, tableAsked } from './answer.ts';
import { decodeBody } from './body.ts';
import type { ApiContext, WriteOptions } from './context.ts';
import { decodeAs } from './decode.ts';
import { deleteObject } from './deletion.ts';
import { fromStored } from './events.ts';
import { badRequest, deleted, methodNotAllowed } from './fault.ts';
import { negotiate, type Wanted } from './negotiate.ts';
import { deleteOptions, fieldValidation, isDryRun, wholeNumber } from './options.ts';
import { listPage } from './pages.ts';
import { patchObject } from './patch-object.ts';
import { type ApiRequest, managerOf, type Route } from './request.ts';
import { isReview, reviewed } from './reviews.ts';
import { selection } from './select.ts';
import { answersWithObject } from './strategy.ts';
import { handleSubresource } from './subresources.ts';
import { createObject, readObject, updateObject } from './write.ts';

/** One request on its way: the warnings it collects go out whatever becomes of it. */
export interface Call {
  readonly context: ApiContext;
  readonly request: ApiRequest;
  readonly route: Route;
  readonly warnings: string[];
}

const JSON_TYPE = 'application/json';

export const wantedOf = ({ request }: Call): Wanted => negotiate(request.headers.accept);

/** An object as an answer, in the form the client asked for. */
export function objectAnswer(call: Call, code: number, object: KubeJson, resource = call.route.resource): Answer {
  const { as, format } = wantedOf(call);
  const value = formed(resource, object, as, tableAsked(call.request.query, call.context.store.now()));
  return { code, contentType: `application/${format}`, warnings: call.warnings, body: { value } };
}

export const plainAnswer = (call: Call, code: number, value: object): Answer => ({
  code,
  contentType: `application/${wantedOf(call).format}`,
  warnings: call.warnings,
  body: { value },
});

/** How the write of a request is to be done; `kind` names its options in a fault. */
export function writeOptions(call: Call, kind: string): WriteOptions {
  const { request, warnings } = call;
  return {
    manager: managerOf(request),
    dryRun: isDryRun(request.query.getAll('dryRun'), kind),
    warn: (text) => void (warnings.includes(text) || warnings.push(text)),
  };
}

/** The namespace that goes with a write: the URL's, which the object must not contradict. */
function placed(route: Route, object: KubeJson): string | undefined {
  const sent = object.metadata.namespace;
  if (sent && route.namespace !== undefined && sent !== route.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  return route.namespace;
}

/** The object in the body, read as its kind; `kind` names the options in a fault. */
export function sentObject(call: Call, kind: string): KubeJson {
  const { request, route, warnings } = call;
  const { resource } = route;
  const validation = fieldValidation(request.query, kind);
  const body = decodeBody(request.body, request.headers['content-type'], resource.kind);
  return decodeAs(resource, body, validation, (text) => warnings.push(text));
}

function list(call: Call): Answer {
  const { context, request, route } = call;
  const { query } = request;
  const { resource } = route;
  const { as, format } = wantedOf(call);
  const page = listPage(context, {
    storageKey: resource.storageKey,
    namespace: route.namespace,
    matches: selection(resource, query),
    limit: wholeNumber(query.get('limit')) ?? 0,
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    match: query.get('resourceVersionMatch') ?? '',
  });
  const show = (object: KubeJson): KubeJson => fromStored(resource, object);
  const chunks = pageText(resource, page, as, show, tableAsked(query, context.store.now()));
  if (format === 'json') return { code: 200, contentType: JSON_TYPE, warnings: call.warnings, body: { chunks } };
  return plainAnswer(call, 200, JSON.parse([...chunks].join('')));
}

function create(call: Call): Answer {
  const { context, route } = call;
  const { resource } = route;
  if (isReview(resource.plural)) {
    const asked = decodeBody(call.request.body, call.request.headers['content-type'], resource.kind).object;
    return plainAnswer(call, 201, reviewed(resource.plural, resource.kind, apiVersionOf(resource), asked));
  }
  const options = writeOptions(call, 'CreateOptions');
  const object = sentObject(call, 'CreateOptions');
  const namespace = placed(route, object);
  return objectAnswer(call, 201, createObject(context, resource, namespace, object, options));
}

/** The object of a PUT: name and namespace are the URL's. Throws 400. */
export function replacement(route: Route, object: KubeJson): KubeJson {
  const { name = '' } = route;
  const sent: string | undefined = object.metadata.name;
  if (!sent) throw badRequest('the name of the object ( based on URL) was undeterminable: name must be provided');
  if (sent !== name) throw badRequest(`the name of the object (${sent}) does not match the name on the URL (${name})`);
  const namespace = placed(route, object);
  return { ...object, metadata: { ...object.metadata, ...(namespace !== undefined && { namespace }) } };
}

function update(call: Call): Answer {
  const { context, route } = call;
  const options = writeOptions(call, 'UpdateOptions');
  const next = replacement(route, sentObject(call, 'UpdateOptions'));
  return objectAnswer(call, 200, updateObject(context, route.resource, next, options));
}

function deletionBody({ request }: Call): JsonObject | undefined {
  if (request.body.length === 0) return undefined;
  return decodeBody(request.body, request.headers['content-type'], 'DeleteOptions').object;
}

const JOBS_STAY =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

function remove(call: Call, name: string): Answer {
  const { context, route } = call;
  const { resource } = route;
  const options = deleteOptions(deletionBody(call), call.request.query);
  const object = readObject(context, resource, route.namespace, name);
  if (resourceKey(resource) === 'jobs.batch' && options.propagation === undefined) call.warnings.push(JOBS_STAY);
  const { gone, object: last } = deleteObject(context, resource, object, options);
  if (gone && !answersWithObject(resource)) return plainAnswer(call, 200, deleted(resource, name, last.metadata.uid));
  return objectAnswer(call, 200, last);
}

function removeAll(call: Call): Answer {
  const { context, route, request } = call;
  const { resource } = route;
  const options = deleteOptions(deletionBody(call), request.query);
  const matches = selection(resource, request.query);
  const all = context.store.list(resource.storageKey, route.namespace).filter((object) => matches?.(object) ?? true);
  for (const object of all) deleteObject(context, resource, fromStored(resource, object), options);
  const page = { items: all, resourceVersion: String(context.store.revision()) };
  const show = (object: KubeJson): KubeJson => fromStored(resource, object);
  const chunks = pageText(resource, page, 'object', show, tableAsked(request.query, context.store.now()));
  return { code: 200, contentType: JSON_TYPE, warnings: call.warnings, body: { chunks } };
}

const VERBS: Readonly<Record<string, string>> = { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const COLLECTION_VERBS: Readonly<Record<string, string>> = { GET: 'list', POST: 'create', DELETE: 'deletecollection' };

/** Answers everything below `/api/v1` and `/apis/G/V` but watches and logs, which stream. Throws `ApiFault`. */
export function handle(call: Call): Answer {
  const { context, request, route } = call;
  const { resource, name } = route;
  if (route.subresource !== undefined && name !== undefined) return handleSubresource(call, name, route.subresource);
  const verb = (name === undefined ? COLLECTION_VERBS : VERBS)[request.method];
  if (verb === undefined || !resource.verbs.includes(verb)) throw methodNotAllowed();
  // A namespaced object is created in a namespace, never in all of them.
  if (verb === 'create' && resource.namespaced && route.namespace === undefined) throw methodNotAllowed();
  if (name === undefined) return verb === 'list' ? list(call) : verb === 'create' ? create(call) : removeAll(call);
  if (resource.namespaced && route.namespace === undefined) throw methodNotAllowed();
  if (verb === 'get') return objectAnswer(call, 200, readObject(context, resource, route.namespace, name));
  if (verb === 'update') return update(call);
  return verb === 'patch' ? patchObject(call, name) : remove(call, name);
}
