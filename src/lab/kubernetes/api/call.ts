import type { KubeJson } from '../json.ts';
import { type Answer, formed, tableAsked } from './answer.ts';
import { decodeBody } from './body.ts';
import type { ApiContext, WriteOptions } from './context.ts';
import { decodeAs } from './decode.ts';
import { badRequest } from './fault.ts';
import { negotiate, type Wanted } from './negotiate.ts';
import { fieldValidation, isDryRun } from './options.ts';
import { type ApiRequest, managerOf, type Route } from './request.ts';

/** One request on its way: the warnings it collects go out whatever becomes of it. */
export interface Call {
  readonly context: ApiContext;
  readonly request: ApiRequest;
  readonly route: Route;
  readonly warnings: string[];
}

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
export function placed(route: Route, object: KubeJson): string | undefined {
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

/** The object of a PUT: name and namespace are the URL's. Throws 400. */
export function replacement(route: Route, object: KubeJson): KubeJson {
  const { name = '' } = route;
  const sent: string | undefined = object.metadata.name;
  if (!sent)
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (sent !== name) throw badRequest(`the name of the object (${sent}) does not match the name on the URL (${name})`);
  const namespace = placed(route, object);
  return { ...object, metadata: { ...object.metadata, ...(namespace !== undefined && { namespace }) } };
}
