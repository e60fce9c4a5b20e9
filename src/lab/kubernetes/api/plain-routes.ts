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

/** Everything that is about no object: version, health, discovery, OpenAPI. Undefined = not such a path. */
export function plainRoute(catalogue: Catalogue, openApi: OpenApi, request: ApiRequest): Answer | undefined {
  const path = request.path.replace(/\/$/, '');
  const parts = path.split('/').slice(1);
  switch (path) {
    case '/version':
      return json(VERSION);
    case '/healthz':
    case '/livez':
    case '/readyz':
      return text('ok', 'text/plain; charset=utf-8');
    case '/api':
      return wantsAggregated(request)
        ? json(aggregated(catalogue.core()), AGGREGATED)
        : json(apiVersions(request.headers.host ?? ''));
    case '/apis':
      return wantsAggregated(request)
        ? json(aggregated(catalogue.groups()), AGGREGATED)
        : json(apiGroupList(catalogue.groups()));
    case '/openapi/v3':
      return json(openApi.index());
    default:
      break;
  }
  if (path.startsWith('/openapi/v3/')) {
    const found = openApi.document(path.slice('/openapi/v3/'.length));
    return found === undefined ? undefined : text(found, JSON_TYPE);
  }
  const isGroup = (parts[0] === 'api' && parts.length === 2) || (parts[0] === 'apis' && parts.length <= 3);
  return isGroup ? groupRoute(catalogue, parts) : undefined;
}
