import type { JsonObject, KubeJson } from '../json.ts';
import { textAt } from '../objects/json.ts';
import { resourceKey } from '../resource.ts';
import type { Answer } from './answer.ts';
import { decodeBody } from './body.ts';
import { type Call, objectAnswer, plainAnswer, replacement, sentObject, writeOptions } from './call.ts';
import { evict } from './eviction.ts';
import { badRequest, conflict, created, methodNotAllowed, noSuchResource } from './fault.ts';
import { deleteOptions } from './options.ts';
import { applyScale, patchObject } from './patch-object.ts';
import { scaleOf, withScale } from './scale.ts';
import { readObject, updateObject } from './write.ts';

const bodyOf = ({ request }: Call, kind: string): JsonObject =>
  decodeBody(request.body, request.headers['content-type'], kind).object;

function currentOf({ context, route }: Call, name: string): KubeJson {
  return readObject(context, route.resource, route.namespace, name);
}

function scale(call: Call, name: string): Answer {
  const { context, request, route } = call;
  const current = currentOf(call, name);
  if (request.method === 'GET') return plainAnswer(call, 200, scaleOf(route.resource, current));
  const options = writeOptions(call, request.method === 'PUT' ? 'UpdateOptions' : 'PatchOptions');
  const asked = request.method === 'PUT' ? bodyOf(call, 'Scale') : applyScale(call, scaleOf(route.resource, current));
  const next = withScale(route.resource, current, asked);
  const written = updateObject(context, route.resource, next, { ...options, subresource: 'scale' });
  return plainAnswer(call, 200, scaleOf(route.resource, written));
}

type Part = 'status' | 'finalize' | 'ephemeralcontainers';

/** GET, PUT and PATCH of a part that is shown as the whole object. */
function part(call: Call, name: string, subresource: Part): Answer {
  const { context, request, route } = call;
  if (request.method === 'GET') return objectAnswer(call, 200, currentOf(call, name));
  if (request.method === 'PATCH') return patchObject(call, name, subresource);
  const next = replacement(route, sentObject(call, 'UpdateOptions'));
  const options = { ...writeOptions(call, 'UpdateOptions'), subresource };
  return objectAnswer(call, 200, updateObject(context, route.resource, next, options));
}

function eviction(call: Call, name: string): Answer {
  const body = bodyOf(call, 'Eviction');
  const sent = textAt(body, 'metadata', 'name');
  if (sent !== undefined && sent !== name) throw badRequest('name in URL does not match name in Eviction object');
  const inner = body.deleteOptions as JsonObject | undefined; // DeleteOptions by its schema
  const options = deleteOptions(inner, call.request.query);
  evict(call.context, call.route.resource, currentOf(call, name), options);
  return plainAnswer(call, 201, created());
}

function binding(call: Call, name: string): Answer {
  const { context, route } = call;
  const node = textAt(bodyOf(call, 'Binding'), 'target', 'name') ?? '';
  const pod = currentOf(call, name);
  const taken = textAt(pod.spec, 'nodeName');
  if (taken)
    throw conflict({ group: '', plural: 'pods/binding' }, name, `pod ${name} is already assigned to node "${taken}"`);
  const next = { ...pod, spec: { ...(pod.spec as object), nodeName: node } };
  const options = writeOptions(call, 'CreateOptions');
  updateObject(context, route.resource, next, { ...options, subresource: 'binding' });
  return plainAnswer(call, 201, created());
}

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  scale: ['GET', 'PUT', 'PATCH'],
  status: ['GET', 'PUT', 'PATCH'],
  ephemeralcontainers: ['GET', 'PUT', 'PATCH'],
  finalize: ['PUT'],
  eviction: ['POST'],
  binding: ['POST'],
};

/** `.../NAME/SUBRESOURCE`, for those that discovery lists; `log` streams and is answered elsewhere. */
export function handleSubresource(call: Call, name: string, subresource: string): Answer {
  const { resource } = call.route;
  if (!resource.subresources.includes(subresource)) throw noSuchResource();
  if (!ALLOWED[subresource]?.includes(call.request.method)) throw methodNotAllowed();
  switch (subresource) {
    case 'scale':
      return scale(call, name);
    case 'eviction':
      return eviction(call, name);
    case 'binding':
      return binding(call, name);
    case 'status':
    case 'finalize':
    case 'ephemeralcontainers':
      return part(call, name, subresource);
    default:
      throw new Error(`discovery lists ${resourceKey(resource)}/${subresource}, which nobody answers`);
  }
}
