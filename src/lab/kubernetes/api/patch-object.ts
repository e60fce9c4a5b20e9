import type { JsonObject, KubeJson } from '../json.ts';
import { duplicateFields } from '../objects/duplicates.ts';
import { textAt } from '../objects/json.ts';
import { applyJsonPatch, applyMergePatch } from '../objects/patch.ts';
import { unchanged } from '../objects/rules/causes.ts';
import type { Answer } from './answer.ts';
import { parseText } from './body.ts';
import { type Call, objectAnswer, writeOptions } from './call.ts';
import type { ServedResource } from './catalogue.ts';
import { decodePatched } from './decode.ts';
import { badRequest, invalid } from './fault.ts';
import { checkPatchOptions, fieldValidation } from './options.ts';
import { patched, patchType } from './patching.ts';
import { applyObject } from './server-side-apply.ts';
import { type ChangeOptions, readObject, updateObject } from './write.ts';

function checkName(object: JsonObject, name: string): void {
  const sent = textAt(object, 'metadata', 'name');
  if (sent !== name)
    throw badRequest(`the name of the object (${sent ?? ''}) does not match the name on the URL (${name})`);
}

/** A PUT with another uid is meant for another object (409); a patch just tries to change what cannot be changed. */
function checkUid(resource: ServedResource, current: KubeJson, { metadata: { uid } }: KubeJson): void {
  if (uid === current.metadata.uid) return;
  throw invalid(resource, current.metadata.name, unchanged('metadata.uid', uid, current.metadata.uid));
}

/** PATCH of an object or of a part of it, in any of the four kinds. Throws 400, 404, 409, 415, 422. */
export function patchObject(call: Call, name: string, subresource?: ChangeOptions['subresource']): Answer {
  const { context, request, route } = call;
  const { resource } = route;
  const type = patchType(resource, request.headers['content-type']);
  checkPatchOptions(request.query, type);
  const validation = fieldValidation(request.query, 'PatchOptions');
  const options = { ...writeOptions(call, 'PatchOptions'), subresource };
  if (type === 'apply') {
    const { object, isNew } = applyObject(call, name, options);
    return objectAnswer(call, isNew ? 201 : 200, object);
  }
  const current = readObject(context, resource, route.namespace, name);
  const text = request.body.toString('utf8');
  const result = patched(resource, current, type, text);
  checkName(result.object, name);
  const duplicates = type === 'json' ? [] : duplicateFields(text);
  const warn = (line: string): void => void call.warnings.push(line);
  const next = decodePatched(resource, { ...result, duplicates }, validation, warn);
  checkUid(resource, current, next);
  return objectAnswer(call, 200, updateObject(context, resource, next, options));
}

/** A patch of the `scale` subresource, on the Scale itself. */
export function applyScale({ request, route }: Call, scale: KubeJson): JsonObject {
  const type = patchType(route.resource, request.headers['content-type']);
  const patch = parseText(request.body.toString('utf8'), false, 'error decoding patch: ');
  // A Scale is JSON, and all its members merge by name.
  const target = scale as unknown as JsonObject;
  return type === 'json' ? applyJsonPatch(target, patch) : applyMergePatch(target, patch);
}
