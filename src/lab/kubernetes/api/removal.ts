import type { JsonObject, KubeJson } from '../json.ts';
import { resourceKey } from '../resource.ts';
import { type Answer, pageText, tableAsked } from './answer.ts';
import { decodeBody } from './body.ts';
import { type Call, objectAnswer, plainAnswer } from './call.ts';
import { deleteObject } from './deletion.ts';
import { fromStored } from './events.ts';
import { deleted } from './fault.ts';
import { deleteOptions } from './options.ts';
import { selection } from './select.ts';
import { answersWithObject } from './strategy.ts';
import { readObject } from './write.ts';

function deletionBody({ request }: Call): JsonObject | undefined {
  if (request.body.length === 0) return undefined;
  return decodeBody(request.body, request.headers['content-type'], 'DeleteOptions').object;
}

const JOBS_STAY =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

export function removeOne(call: Call, name: string): Answer {
  const { context, route } = call;
  const { resource } = route;
  const options = deleteOptions(deletionBody(call), call.request.query);
  const object = readObject(context, resource, route.namespace, name);
  if (resourceKey(resource) === 'jobs.batch' && options.propagation === undefined) call.warnings.push(JOBS_STAY);
  const { gone, object: last } = deleteObject(context, resource, object, options);
  if (gone && !answersWithObject(resource)) return plainAnswer(call, 200, deleted(resource, name, last.metadata.uid));
  return objectAnswer(call, 200, last);
}

export function removeAll(call: Call): Answer {
  const { context, route, request } = call;
  const { resource } = route;
  const options = deleteOptions(deletionBody(call), request.query);
  const matches = selection(resource, request.query);
  const all = context.store.list(resource.storageKey, route.namespace).filter((object) => matches?.(object) ?? true);
  for (const object of all) deleteObject(context, resource, fromStored(resource, object), options);
  const page = { items: all, resourceVersion: String(context.store.revision()) };
  const show = (object: KubeJson): KubeJson => fromStored(resource, object);
  const chunks = pageText(resource, page, 'object', show, tableAsked(request.query, context.store.now()));
  return { code: 200, contentType: 'application/json', warnings: call.warnings, body: { chunks } };
}
