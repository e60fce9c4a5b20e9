import { X509Certificate } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { type Certificate, createCertificate } from '../kubernetes/api/certificate.ts';
import { type Api, type ApiReply, answer, refusal } from './api.ts';
import { ApiFault } from './fault.ts';

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly tls: boolean;
  /** Every 401 comes so much later. */
  readonly refusalDelayMs: number;
  /** For the validity of the certificate. */
  readonly clock: Clock;
}

export interface ProxmoxServer {
  readonly url: string;
  /** PEM; undefined without TLS. */
  readonly certificate: string | undefined;
  /** `AA:BB:...`, as Proxmox shows it. */
  readonly fingerprint: string | undefined;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 512 * 1024;
const REQUESTS_PER_CONNECTION = 100;
const PREFIX = '/api2/json';

const notImplemented = (reason: string): ApiFault => new ApiFault(501, reason);

function checkFraming({ headers, method = 'GET' }: IncomingMessage): void {
  if (headers['transfer-encoding'] !== undefined) throw notImplemented('chunked transfer encoding not supported');
  const length = Number(headers['content-length'] ?? 0);
  if (length > MAX_BODY_BYTES) throw notImplemented('for data too large');
  if (length > 0 && (method === 'GET' || method === 'DELETE'))
    throw notImplemented(`Unexpected content for method '${method}'`);
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : JSON.stringify(value);

function bodyPairs(type: string, body: string): (readonly [string, string])[] {
  if (!/^application\/json/i.test(type)) return [...new URLSearchParams(body)];
  const parsed: unknown = JSON.parse(body);
  if (typeof parsed !== 'object' || parsed === null) return [];
  return Object.entries(parsed).map(([name, value]) => [name, textOf(value)] as const);
}

async function paramsOf(message: IncomingMessage, query: URLSearchParams): Promise<ReadonlyMap<string, string>> {
  const body = await readBody(message);
  return new Map([...query, ...bodyPairs(message.headers['content-type'] ?? '', body)]);
}

async function handle(api: Api, message: IncomingMessage): Promise<ApiReply> {
  const { version } = api.cluster.state;
  try {
    checkFraming(message);
    const url = new URL(message.url ?? '/', 'http://lab');
    if (!url.pathname.startsWith(`${PREFIX}/`)) throw new ApiFault(404, 'no such file');
    const params = await paramsOf(message, url.searchParams);
    const path = url.pathname.slice(PREFIX.length);
    return answer(api, { method: message.method ?? 'GET', path, headers: message.headers, params });
  } catch (error) {
    return refusal(error instanceof ApiFault ? error : new ApiFault(500, String(error)), version);
  }
}

async function respond(
  api: Api,
  options: ServeOptions,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, reason, body } = await handle(api, message);
  if (status === 401) await wait(options.refusalDelayMs, undefined, { ref: false });
  response.writeHead(status, reason || undefined, {
    server: 'pve-api-daemon/3.0',
    'content-length': Buffer.byteLength(body),
    ...(body !== '' && { 'content-type': 'application/json;charset=UTF-8' }),
    // Whatever went wrong ends the connection.
    ...(status >= 400 && { connection: 'close' }),
  });
  response.end(body);
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A TCP server's address is never a pipe name.
  return (server.address() as AddressInfo).port;
}

/** Serves the API of one node; resolves when it listens. Rejects when the port is taken. */
export async function serveProxmox(
  makeApi: (fingerprint: string | undefined) => Api,
  options: ServeOptions,
): Promise<ProxmoxServer> {
  const tls: Certificate | undefined = options.tls
    ? createCertificate([...new Set([options.host, '127.0.0.1', 'localhost'])], options.clock.now())
    : undefined;
  const fingerprint = tls && new X509Certificate(tls.certificate).fingerprint256;
  const api = makeApi(fingerprint);
  // Every fault is answered inside; what is left is a connection that broke.
  const listener = (message: IncomingMessage, response: ServerResponse): void =>
    void respond(api, options, message, response).catch(() => response.destroy());
  const server = tls ? createTlsServer({ cert: tls.certificate, key: tls.key }, listener) : createServer(listener);
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  const port = await listen(server, options.port, options.host);
  return {
    url: `${tls ? 'https' : 'http'}://${options.host}:${port}`,
    certificate: tls?.certificate,
    fingerprint,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
