import type { KubeJson } from '../json.ts';
import { matchesFields, parseFieldSelector } from '../objects/field-selector.ts';
import { matchesLabels, parseLabelSelector } from '../objects/selector.ts';
import { resourceKey } from '../resource.ts';
import type { ServedResource } from './catalogue.ts';

/** What `labelSelector` and `fieldSelector` of a request choose; undefined = everything. Throws 400. */
export function selection(
  resource: ServedResource,
  query: URLSearchParams,
  name?: string,
): ((object: KubeJson) => boolean) | undefined {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '', resourceKey(resource));
  if (labels.length === 0 && fields.length === 0 && name === undefined) return undefined;
  return (object) =>
    (name === undefined || object.metadata.name === name) &&
    matchesLabels(labels, object.metadata.labels) &&
    matchesFields(fields, object);
}
