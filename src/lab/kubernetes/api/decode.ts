import type { JsonObject, KubeJson } from '../json.ts';
import * as objects from '../objects/decode.ts';
import { invalidPatch } from '../objects/fault.ts';
import { textAt } from '../objects/json.ts';
import { apiVersionOf } from '../resource.ts';
import type { DecodedBody } from './body.ts';
import type { ServedResource } from './catalogue.ts';
import { badRequest } from './fault.ts';
import type { FieldValidation } from './options.ts';
import { shapeFor } from './rules.ts';

/** An object that says it is of another kind or version than the URL; the one that says nothing is believed. */
function checkKind(resource: ServedResource, object: JsonObject): void {
  const { kind, version } = resource;
  const [sentVersion, sentKind] = [textAt(object, 'apiVersion') || undefined, textAt(object, 'kind') || undefined];
  const expected = apiVersionOf(resource);
  if (sentVersion !== undefined && sentVersion !== expected && sentKind === kind)
    throw badRequest(
      `${kind} in version "${sentVersion}" cannot be handled as a ${kind}: no kind "${kind}" is registered for version "${sentVersion}" in scheme "pkg/runtime/scheme.go:111"`,
    );
  if (sentKind !== undefined && sentKind !== kind)
    throw badRequest(
      `${sentKind} in version "${version}" cannot be handled as a ${kind}: converting (${sentKind}) to (${kind}): unknown conversion`,
    );
}

/** The object of a POST or PUT, read as its kind; what was dropped is warned about. Throws 400. */
export function decodeAs(
  resource: ServedResource,
  { object, duplicates }: DecodedBody,
  validation: FieldValidation,
  warn: (text: string) => void,
): KubeJson {
  checkKind(resource, object);
  const whole = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
  const decoded = objects.decodeRequest(whole, resource, shapeFor(resource), validation, duplicates);
  decoded.warnings.forEach(warn);
  return decoded.object;
}

export interface PatchResult extends DecodedBody {
  /** The patch, when it was a strategic merge. */
  readonly strategic: JsonObject | undefined;
}

/** The result of a patch, read as its kind. Throws 422. */
export function decodePatched(
  resource: ServedResource,
  { object, strategic, duplicates }: PatchResult,
  validation: FieldValidation,
  warn: (text: string) => void,
): KubeJson {
  if (object.kind !== resource.kind || object.apiVersion !== apiVersionOf(resource))
    throw invalidPatch(JSON.stringify(object), 'a patch may not change apiVersion or kind');
  const decoded = objects.decodePatched(object, shapeFor(resource), validation, strategic, duplicates);
  decoded.warnings.forEach(warn);
  return decoded.object;
}
