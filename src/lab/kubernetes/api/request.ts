import type { IncomingHttpHeaders } from 'node:http';
import type { Catalogue, ServedResource } from './catalogue.ts';
import { badRequest } from './fault.ts';

/** One HTTP request, read whole. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Where a URL below `/api/v1` or `/apis/G/V` points. */
export interface Route {
  readonly resource: ServedResource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** The old way to ask for a watch: `/api/v1/watch/...`. */
  readonly watch: boolean;
}

interface Prefix {
  readonly group: string;
  readonly version: string;
  readonly rest: readonly string[];
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`invalid URL escape ${JSON.stringify(part)}`);
  }
}

/** Splits `/apis/apps/v1/namespaces/x/deployments`; undefined when it is no path of a group version. Throws 400. */
export function splitPath(path: string): Prefix | undefined {
  const [root, ...parts] = path.split('/').slice(1).map(decodePart);
  if (root === 'api' && parts[0] !== undefined) return { group: '', version: parts[0], rest: parts.slice(1) };
  const [group, version, ...rest] = parts;
  if (root !== 'apis' || group === undefined || version === undefined) return undefined;
  return { group, version, rest };
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** The resource that a path of a served group version names; undefined when there is none. */
export function findRoute(catalogue: Catalogue, { group, version, rest }: Prefix): Route | undefined {
  const watch = rest[0] === 'watch';
  const parts = (watch ? rest.slice(1) : rest).filter((part) => part !== '');
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '');
  const [namespace, ...own] = inNamespace ? parts.slice(1) : [undefined, ...parts];
  const [plural = '', name, subresource, ...more] = own;
  const resource = catalogue.find(group, version, plural);
  if (!resource || more.length > 0) return undefined;
  if (namespace !== undefined && !resource.namespaced) return undefined;
  return { resource, namespace, name, subresource, watch };
}

/** The field manager of a write: what the query says, else the client's name. */
export function managerOf({ query, headers }: ApiRequest): string {
  const asked = query.get('fieldManager');
  if (asked) return asked;
  const [program] = (headers['user-agent'] ?? '').split('/');
  return (program || 'unknown').slice(0, 128);
}
