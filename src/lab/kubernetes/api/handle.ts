import type { Answer } from './answer.ts';
import { type Call, objectAnswer, replacement, sentObject, writeOptions } from './call.ts';
import { createOne, listObjects } from './collection.ts';
import { methodNotAllowed, noSuchResource, versionRequired } from './fault.ts';
import { patchObject } from './patch-object.ts';
import { removeAll, removeOne } from './removal.ts';
import { handleSubresource } from './subresources.ts';
import { readObject, updateObject } from './write.ts';

function update(call: Call): Answer {
  const { context, route } = call;
  const options = writeOptions(call, 'UpdateOptions');
  const next = replacement(route, sentObject(call, 'UpdateOptions'));
  if (route.resource.definition && !next.metadata.resourceVersion)
    throw versionRequired(route.resource, next.metadata.name);
  return objectAnswer(call, 200, updateObject(context, route.resource, next, options));
}

const VERBS: Readonly<Record<string, string>> = { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const COLLECTION_VERBS: Readonly<Record<string, string>> = { GET: 'list', POST: 'create', DELETE: 'deletecollection' };

const ON_COLLECTION: Readonly<Record<string, (call: Call) => Answer>> = {
  list: listObjects,
  create: createOne,
  deletecollection: removeAll,
};

const get = (call: Call, name: string): Answer =>
  objectAnswer(call, 200, readObject(call.context, call.route.resource, call.route.namespace, name));

const ON_OBJECT: Readonly<Record<string, (call: Call, name: string) => Answer>> = {
  get,
  update,
  patch: patchObject,
  delete: removeOne,
};

const verbOf = ({ request, route }: Call): string =>
  (route.name === undefined ? COLLECTION_VERBS : VERBS)[request.method] ?? '';

/** Answers everything below `/api/v1` and `/apis/G/V` but watches and logs, which stream. Throws `ApiFault`. */
export function handle(call: Call): Answer {
  const { resource, name, namespace, subresource } = call.route;
  if (subresource !== undefined && name !== undefined) return handleSubresource(call, name, subresource);
  const verb = verbOf(call);
  // One object lives in one namespace; only lists span them all.
  if (resource.namespaced && namespace === undefined && verb !== 'list')
    throw name === undefined ? methodNotAllowed() : noSuchResource();
  if (!resource.verbs.includes(verb)) throw methodNotAllowed();
  const answer = name === undefined ? ON_COLLECTION[verb]?.(call) : ON_OBJECT[verb]?.(call, name);
  if (!answer) throw methodNotAllowed();
  return answer;
}
