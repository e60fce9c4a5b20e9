import type { Answer } from './answer.ts';
import type { Catalogue } from './catalogue.ts';
import {
  AGGREGATED,
  aggregated,
  apiGroupDocument,
  apiGroupList,
  apiResourceList,
  apiVersions,
  VERSION,
} from './discovery.ts';
import type { OpenApi } from './openapi.ts';
import type { ApiRequest } from './request.ts';

const JSON_TYPE = 'application/json';

const json = (value: object, contentType = JSON_TYPE): Answer => ({
  code: 200,
  contentType,
  warnings: [],
  body: { value },
});
const text = (value: string, contentType: string): Answer => ({
  code: 200,
  contentType,
  warnings: [],
  body: { text: value },
});

const wantsAggregated = ({ headers }: ApiRequest): boolean =>
  /g=apidiscovery\.k8s\.io/.test(headers.accept ?? '') && /v=v2(?![a-z0-9])/.test(headers.accept ?? '');

function groupRoute(catalogue: Catalogue, [root, group, version]: readonly string[]): Answer | undefined {
  const found =
    root === 'api' && group !== undefined
      ? apiResourceList(catalogue, '', group)
      : version === undefined
        ? apiGroupDocument(catalogue, group ?? '')
        : apiResourceList(catalogue, group ?? '', version);
  return found && json(found);
}

const apiRoot = (catalogue: Catalogue, request: ApiRequest): Answer =>
  wantsAggregated(request)
    ? json(aggregated(catalogue.core()), AGGREGATED)
    : json(apiVersions(request.headers.host ?? ''));

const apisRoot = (catalogue: Catalogue, request: ApiRequest): Answer =>
  wantsAggregated(request) ? json(aggregated(catalogue.groups()), AGGREGATED) : json(apiGroupList(catalogue.groups()));

const HEALTH = new Set(['/healthz', '/livez', '/readyz']);

function openApiRoute(openApi: OpenApi, path: string): Answer | undefined {
  if (path === '') return json(openApi.index());
  const found = openApi.document(path.slice(1));
  return found === undefined ? undefined : text(found, JSON_TYPE);
}

/** Everything that is about no object: version, health, discovery, OpenAPI. Undefined = not such a path. */
export function plainRoute(catalogue: Catalogue, openApi: OpenApi, request: ApiRequest): Answer | undefined {
  const path = request.path.replace(/\/$/, '');
  if (path === '/version') return json(VERSION);
  if (HEALTH.has(path)) return text('ok', 'text/plain; charset=utf-8');
  if (path === '/api') return apiRoot(catalogue, request);
  if (path === '/apis') return apisRoot(catalogue, request);
  if (path.startsWith('/openapi/v3')) return openApiRoute(openApi, path.slice('/openapi/v3'.length));
  const parts = path.split('/').slice(1);
  const isGroup = (parts[0] === 'api' && parts.length === 2) || (parts[0] === 'apis' && parts.length <= 3);
  return isGroup ? groupRoute(catalogue, parts) : undefined;
}
