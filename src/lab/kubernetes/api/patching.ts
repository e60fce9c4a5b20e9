import type { JsonObject, KubeJson } from '../json.ts';
import { isObject } from '../objects/json.ts';
import { applyJsonPatch, applyMergePatch } from '../objects/patch.ts';
import { applyStrategicMerge } from '../objects/strategic.ts';
import { mediaType, parseText } from './body.ts';
import type { ServedResource } from './catalogue.ts';
import { unsupportedMediaType } from './fault.ts';
import { shapeFor } from './rules.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

const TYPES: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** What kind of patch a request carries; custom resources know no strategic merge. Throws 415. */
export function patchType(resource: ServedResource, contentType: string | undefined): PatchType {
  const type = TYPES[mediaType(contentType)];
  if (!type || (type === 'strategic' && resource.definition))
    throw unsupportedMediaType(
      resource.definition
        ? 'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml'
        : '415: Unsupported Media Type',
      resource.definition ? undefined : {},
    );
  return type;
}

export interface Patched {
  readonly object: JsonObject;
  /** The patch itself, when it was a strategic merge. */
  readonly strategic: JsonObject | undefined;
}

/** The object with the patch on it. Throws 400 for a patch that cannot be read, 422 for one that does not fit. */
export function patched(
  resource: ServedResource,
  current: KubeJson,
  type: Exclude<PatchType, 'apply'>,
  text: string,
): Patched {
  const patch = parseText(text, false, type === 'strategic' ? '' : 'error decoding patch: ');
  // Stored objects are JSON.
  const target = current as unknown as JsonObject;
  if (type === 'json') return { object: applyJsonPatch(target, patch), strategic: undefined };
  if (type === 'merge') return { object: applyMergePatch(target, patch), strategic: undefined };
  const object = applyStrategicMerge(target, patch, shapeFor(resource));
  return { object, strategic: isObject(patch) ? patch : undefined };
}
