import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  hostHeaderValidation,
  type NodeIncomingMessageLike,
  originValidation,
  toNodeHandler,
  toWebRequest,
} from '@modelcontextprotocol/node';
import {
  type AuthInfo,
  createMcpHandler,
  isJsonContentType,
  isLegacyRequest,
  type McpServer,
} from '@modelcontextprotocol/server';
import type { Clock } from '../../core/clock.ts';
import { configError, messageOf } from '../../core/errors.ts';
import type { Log } from '../log.ts';
import type { SessionKeeper } from '../mcp/build.ts';
import type { TokenStore } from '../tokens.ts';
import { accessOf, allowedHostNames, assertSafeToListen } from './access.ts';
import { readJsonBody } from './body.ts';
import { LegacySessions } from './legacy.ts';
import { refuse } from './reply.ts';

export interface HttpOptions {
  readonly build: (keeper: SessionKeeper) => McpServer;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly insecure: boolean;
  readonly tokens: TokenStore;
  readonly clock: Clock;
  readonly log: Log;
}

export interface HttpServer {
  /** Where MCP is served, e.g. `http://127.0.0.1:8484/mcp`. */
  readonly url: string;
  close(): Promise<void>;
}

type Request = IncomingMessage & { auth?: AuthInfo };
type Handler = (request: Request, response: ServerResponse) => Promise<void> | void;

/** Every route there is; what is not listed is 404. */
interface Route {
  readonly methods: readonly string[];
  readonly open: boolean;
  readonly handle: Handler;
}

/** Serves both protocol eras on one URL, `/mcp`. Errors (`config`): `open_server`, `plain_http`, `port_taken`, `cannot_listen`. */
export async function listenHttp(options: HttpOptions): Promise<HttpServer> {
  await assertSafeToListen(options, options.tokens);
  const { log } = options;
  const modern = createMcpHandler(() => options.build('principal'), {
    legacy: 'reject',
    onerror: (error) => log.info({ error: error.message }, 'A request could not be served.'),
  });
  const legacy = new LegacySessions(() => options.build('connection'), options.clock);
  const routes: Readonly<Record<string, Route>> = {
    '/mcp': { methods: ['GET', 'POST', 'DELETE'], open: false, handle: mcpRoute(toNodeHandler(modern), legacy) },
    '/healthz': { methods: ['GET', 'HEAD'], open: true, handle: sayOk },
  };
  const names = allowedHostNames(options.host, options.allowedHosts);
  const isAllowed = [hostHeaderValidation(names), originValidation(names)];
  const server = createServer((request: Request, response) => {
    if (!isAllowed.every((allows) => allows(request, response))) return;
    void route(routes, options.tokens, request, response).catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'A request failed.');
      if (!response.headersSent) refuse(response, 500, 'internal_error', 'Unable to serve the request.');
      else response.destroy();
    });
  });
  server.requestTimeout = 30_000;
  await listen(server, options);
  const { port } = server.address() as AddressInfo; // sound: it listens on TCP
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/mcp`,
    async close() {
      await Promise.allSettled([modern.close(), legacy.close()]);
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

async function route(
  routes: Readonly<Record<string, Route>>,
  tokens: TokenStore,
  request: Request,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const found = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (found === undefined) return refuse(response, 404, 'no_such_route', 'Unable to find this: MCP is served at /mcp.');
  if (!found.methods.includes(request.method ?? ''))
    return refuse(response, 405, 'method_not_allowed', 'Unable to do this here.', { allow: found.methods.join(', ') });
  if (!found.open) {
    const access = await accessOf(request, tokens);
    if (access.kind === 'refused')
      return refuse(response, 401, 'unauthorized', `Unable to let you in: ${access.reason}.`, {
        'www-authenticate': 'Bearer realm="steward", error="invalid_token"',
      });
    if (access.kind === 'principal') request.auth = access.auth;
  }
  await found.handle(request, response);
}

function mcpRoute(modern: ReturnType<typeof toNodeHandler>, legacy: LegacySessions): Handler {
  return async (request, response) => {
    if (request.method !== 'POST') return legacy.handle(request, response, undefined);
    if (!isJsonContentType(request.headers['content-type']))
      return refuse(
        response,
        415,
        'not_json',
        'Unable to read the request: its content type must be application/json.',
      );
    const body = await readJsonBody(request);
    if (body.kind === 'too_large')
      return refuse(response, 413, 'body_too_large', 'Unable to read the request: it is over 1 MiB.', {
        connection: 'close',
      });
    if (body.kind === 'not_json')
      return refuse(response, 400, 'not_json', 'Unable to read the request: it is not JSON.');
    const like = request as NodeIncomingMessageLike; // sound: its optional members are set or missing, never `undefined` by hand
    const isLegacy = await isLegacyRequest(await toWebRequest(like, body.value), body.value);
    await (isLegacy ? legacy.handle(request, response, body.value) : modern(like, response, body.value));
  };
}

const sayOk: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-store' }).end('ok\n');
};

async function listen(server: Server, { host, port }: Pick<HttpOptions, 'host' | 'port'>): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      fail(
        configError(
          isTaken ? 'port_taken' : 'cannot_listen',
          `Unable to listen on ${host}:${port}: ${isTaken ? 'the port is in use' : error.message}.`,
          isTaken
            ? 'Stop the other program, or choose another port with --port (0 = any free one).'
            : 'Choose another address.',
          error,
        ),
      );
    });
    server.listen(port, host, done);
  });
}
