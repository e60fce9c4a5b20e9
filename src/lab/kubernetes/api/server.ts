import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import { type Clock, systemClock } from '../../../core/clock.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Answer } from './answer.ts';
import { isAuthorized } from './auth.ts';
import type { Catalogue } from './catalogue.ts';
import { createCertificate } from './certificate.ts';
import { ApiFault, noSuchResource, unauthorized } from './fault.ts';
import { handle } from './handle.ts';
import type { KubernetesApi } from './lab-api.ts';
import { createOpenApi, type OpenApi } from './openapi.ts';
import { plainRoute } from './plain-routes.ts';
import { type ApiRequest, findRoute, type Route, splitPath } from './request.ts';
import { isLogRequest, streamLog, streamWatch } from './streams.ts';
import { isWatch } from './watch.ts';

export interface ServeOptions {
  readonly api: KubernetesApi;
  /** 0 = any free port. */
  readonly port?: number;
  /** Loopback unless told. */
  readonly host?: string;
  /** Asked of every request when given. Clients send it over TLS alone, so with a token the server speaks TLS. */
  readonly token?: string;
  /** For the validity of the certificate. */
  readonly clock?: Clock;
}

export interface KubernetesServer {
  readonly url: string;
  /** PEM of the authority that a client has to trust; undefined without TLS. */
  readonly certificate: string | undefined;
  /** Ends every connection, watches included. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 3 * 1024 * 1024;

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new ApiFault(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${MAX_BODY_BYTES}`, {});
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** People who ask with curl or wget get it with line breaks, as from the real server. */
const isPretty = ({ query, headers }: ApiRequest): boolean =>
  query.has('pretty') ? query.get('pretty') !== 'false' : /^(curl|Wget)\//.test(headers['user-agent'] ?? '');

function bodyText(answer: Answer, request: ApiRequest): string | Iterable<string> {
  const { body } = answer;
  if ('text' in body) return body.text;
  if ('chunks' in body) {
    if (!isPretty(request)) return body.chunks;
    return `${JSON.stringify(JSON.parse([...body.chunks].join('')), null, 2)}\n`;
  }
  if (answer.contentType === 'application/yaml') return stringify(body.value, { sortMapEntries: true });
  return `${JSON.stringify(body.value, null, isPretty(request) ? 2 : undefined)}\n`;
}

/** `299 - "text"`: how a warning stands in a header (RFC 7234); UTF-8 as bytes, nothing that would end the line. */
function warningHeader(text: string): string {
  const line = text.replaceAll(/[\p{Cc}]+/gu, ' ').replaceAll(/["\\]/g, '\\$&');
  return Buffer.from(`299 - "${line}"`, 'utf8').toString('latin1');
}

/** Resolves when the client has taken enough, or has gone. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });

async function send(response: ServerResponse, answer: Answer, request: ApiRequest): Promise<void> {
  if (answer.warnings.length > 0) response.setHeader('warning', answer.warnings.map(warningHeader));
  response.setHeader('content-type', answer.contentType);
  response.setHeader('cache-control', 'no-cache, private');
  const body = bodyText(answer, request);
  if (typeof body === 'string') {
    // As bytes: Node encodes headers like a text that follows them, and warnings are UTF-8 already.
    const bytes = Buffer.from(body);
    response.writeHead(answer.code, { 'content-length': bytes.length }).end(bytes);
    return;
  }
  response.writeHead(answer.code).flushHeaders();
  for (const chunk of body) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

const faultAnswer = (fault: ApiFault, warnings: readonly string[], yaml: boolean): Answer => ({
  code: fault.status,
  contentType: yaml ? 'application/yaml' : 'application/json',
  warnings,
  body: { value: fault.body },
});

const asFault = (error: unknown): ApiFault =>
  error instanceof ApiFault
    ? error
    : new ApiFault(500, 'InternalError', `Internal error occurred: ${messageOf(error)}`, {
        causes: [{ message: messageOf(error) }],
      });

const notFoundText: Answer = {
  code: 404,
  contentType: 'text/plain; charset=utf-8',
  warnings: [],
  body: { text: '404 page not found\n' },
};

interface Lab {
  readonly api: KubernetesApi;
  readonly openApi: OpenApi;
  readonly token: string | undefined;
}

/** Where a path below a served group version points; undefined when no such group is served. */
function routeOf({ api }: Lab, path: string): Route | undefined {
  const { catalogue } = api.context;
  const prefix = splitPath(path);
  if (!prefix || !isServed(catalogue, prefix.group)) return undefined;
  const found = findRoute(catalogue, prefix);
  if (!found) throw noSuchResource();
  return found;
}

const isServed = (catalogue: Catalogue, group: string): boolean =>
  group === '' || catalogue.groups().some(({ metadata }) => metadata.name === group);

const isWatching = ({ watch, name }: Route, { query }: ApiRequest): boolean =>
  watch || (name === undefined && isWatch(query));

/** The answer to a request, or undefined when it streams by itself. */
function dispatch(lab: Lab, request: ApiRequest, response: ServerResponse, warnings: string[]): Answer | undefined {
  const { context, logSource } = lab.api;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const plain = reads ? plainRoute(context.catalogue, lab.openApi, request) : undefined;
  const route = plain ? undefined : routeOf(lab, request.path);
  if (!route) return plain ?? notFoundText;
  const call = { context, request, route, warnings };
  if (!reads) return handle(call);
  if (isLogRequest(route)) streamLog(call, logSource, response);
  else if (isWatching(route, request)) streamWatch(call, response);
  else return handle(call);
  return undefined;
}

async function answer(lab: Lab, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(message.url ?? '/', 'http://lab');
  const warnings: string[] = [];
  const base = {
    method: message.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers,
  };
  let request: ApiRequest = { ...base, body: Buffer.alloc(0) };
  try {
    if (!isAuthorized(lab.token, message.headers.authorization)) throw unauthorized();
    request = { ...base, body: await readBody(message) };
    const found = dispatch(lab, request, response, warnings);
    if (found) await send(response, found, request);
  } catch (error) {
    const yaml = (message.headers.accept ?? '').startsWith('application/yaml');
    if (response.headersSent) response.destroy();
    else await send(response, faultAnswer(asFault(error), warnings, yaml), request);
  }
}

/** Serves the lab's Kubernetes API over HTTP; resolves when it listens. Rejects when the port is taken. */
export async function serveKubernetes(options: ServeOptions): Promise<KubernetesServer> {
  const { api, port = 0, host = '127.0.0.1', token, clock = systemClock } = options;
  const lab: Lab = { api, openApi: createOpenApi(api.context.catalogue), token };
  // Every fault is answered inside; what is left is a connection that broke.
  const listener = (message: IncomingMessage, response: ServerResponse): void =>
    void answer(lab, message, response).catch(() => response.destroy());
  const tls =
    token === undefined ? undefined : createCertificate([...new Set([host, '127.0.0.1', 'localhost'])], clock.now());
  const server = tls ? createTlsServer({ cert: tls.certificate, key: tls.key }, listener) : createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A TCP server's address is never a pipe name.
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    certificate: tls?.certificate,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
