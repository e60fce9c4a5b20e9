import type { JsonObject, KubeJson } from '../json.ts';
import { toTable } from '../objects/table.ts';
import { apiVersionOf } from '../resource.ts';
import type { ServedResource } from './catalogue.ts';
import { definitionSpec } from './custom.ts';
import { ApiFault, badRequest } from './fault.ts';
import type { Wanted } from './negotiate.ts';
import type { Page } from './pages.ts';

/** An answer ready to go out; `chunks` are written as they come. */
export interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
  readonly body: { readonly value: object } | { readonly text: string } | { readonly chunks: Iterable<string> };
}

type Form = Wanted['as'];

const metadataOnly = (object: KubeJson): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});

export interface TableAsked {
  readonly include: 'None' | 'Metadata' | 'Object';
  readonly now: Date;
  readonly withColumns?: boolean;
}

/** `includeObject` of a request for a Table; throws 400. */
export function tableAsked(query: URLSearchParams, now: Date): TableAsked {
  const include = query.get('includeObject') || 'Metadata';
  if (include === 'None' || include === 'Metadata' || include === 'Object') return { include, now };
  const why = `Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: includeObject: ${why}`);
}

const printerColumns = (resource: ServedResource): readonly JsonObject[] => {
  const versions = resource.definition ? definitionSpec(resource.definition).versions : [];
  return versions.find(({ name }) => name === resource.version)?.additionalPrinterColumns ?? [];
};

export const tableOf = (
  resource: ServedResource,
  objects: readonly KubeJson[],
  asked: TableAsked,
  metadata: JsonObject,
): object => {
  const table = toTable(resource, objects, asked.now, {
    metadata,
    includeObject: asked.include,
    printerColumns: printerColumns(resource),
    withColumns: asked.withColumns ?? true,
  });
  return asked.include === 'None' ? { ...table, rows: table.rows.map((row) => ({ ...row, object: null })) } : table;
};

/** One object in the form that was asked for. */
export function formed(resource: ServedResource, object: KubeJson, as: Form, asked: TableAsked): object {
  if (as === 'Table') return tableOf(resource, [object], asked, { resourceVersion: object.metadata.resourceVersion });
  if (as === 'PartialObjectMetadataList')
    throw new ApiFault(406, 'NotAcceptable', `you requested ${as}, but the requested object is not a list`);
  return as === 'PartialObjectMetadata' ? metadataOnly(object) : object;
}

const pageMetadata = ({ items: _items, ...metadata }: Page): JsonObject => metadata;

/** Items of a list say nothing of their kind, but for custom resources. */
const itemOf = (resource: ServedResource, object: KubeJson): object => {
  if (resource.definition) return object;
  const { kind: _, apiVersion: __, ...rest } = object;
  return rest;
};

const BATCH = 100;

/** A list as text, a hundred objects at a time: nobody holds ten thousand of them as one string. */
function* listText(head: object, items: readonly KubeJson[], show: (item: KubeJson) => object): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"items":[`;
  for (let at = 0; at < items.length; at += BATCH) {
    const texts = items.slice(at, at + BATCH).map((item) => JSON.stringify(show(item)));
    yield `${at === 0 ? '' : ','}${texts.join(',')}`;
  }
  yield ']}\n';
}

/** A page in the form that was asked for, as chunks of JSON. */
export function pageText(
  resource: ServedResource,
  page: Page,
  as: Form,
  show: (object: KubeJson) => KubeJson,
  asked: TableAsked,
): Iterable<string> {
  const metadata = pageMetadata(page);
  if (as === 'Table') return [`${JSON.stringify(tableOf(resource, page.items.map(show), asked, metadata))}\n`];
  if (as === 'PartialObjectMetadataList') {
    const head = { kind: as, apiVersion: 'meta.k8s.io/v1', metadata };
    return listText(head, page.items, metadataOnly);
  }
  const head = { kind: listKind(resource), apiVersion: apiVersionOf(resource), metadata };
  return listText(head, page.items, (object) => itemOf(resource, show(object)));
}

export const listKind = ({ kind, definition }: ServedResource): string =>
  (definition && definitionSpec(definition).names.listKind) ?? `${kind}List`;
