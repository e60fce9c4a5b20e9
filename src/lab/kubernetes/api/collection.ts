import type { KubeJson } from '../json.ts';
import { apiVersionOf } from '../resource.ts';
import { type Answer, pageText, tableAsked } from './answer.ts';
import { decodeBody } from './body.ts';
import { type Call, objectAnswer, placed, plainAnswer, sentObject, wantedOf, writeOptions } from './call.ts';
import { fromStored } from './events.ts';
import { wholeNumber } from './options.ts';
import { listPage } from './pages.ts';
import { isReview, reviewed } from './reviews.ts';
import { selection } from './select.ts';
import { createObject } from './write.ts';

const JSON_TYPE = 'application/json';

export function listObjects(call: Call): Answer {
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

export function createOne(call: Call): Answer {
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
