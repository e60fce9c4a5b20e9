import { mkdtempSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeRegistry } from '../../../test/support/fake-registry.ts';
import { ManualClock } from '../../core/clock.ts';
import { countingIds } from '../../core/ids.ts';
import { silentLog } from '../log.ts';
import { createMcpFactory } from '../mcp/build.ts';
import { TokenStore } from '../tokens.ts';
import { type HttpOptions, type HttpServer, listenHttp } from './listen.ts';

let registry: FakeRegistry;
let tokens: TokenStore;
let clock: ManualClock;
let http: HttpServer | undefined;

beforeEach(() => {
  registry = new FakeRegistry();
  clock = new ManualClock(new Date());
  tokens = new TokenStore(join(mkdtempSync(join(tmpdir(), 'steward-http-')), 'tokens.json'), clock);
});
afterEach(async () => {
  await http?.close();
  http = undefined;
});

async function start(options: Partial<HttpOptions> = {}): Promise<URL> {
  const build = createMcpFactory({ registry, version: '0.0.0', clock, newId: countingIds(), log: silentLog });
  const plain = { host: '127.0.0.1', port: 0, allowedHosts: [], insecure: false };
  http = await listenHttp({ build, tokens, clock, log: silentLog, ...plain, ...options });
  return new URL(http.url);
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Plain `node:http`: `fetch` would not send a false Host or Origin. */
function send(url: URL, { method = 'POST', path = '/mcp', headers = {}, body = '' }: Sent): Promise<number> {
  return new Promise((done, fail) => {
    const sent = httpRequest(
      { host: url.hostname, port: url.port, method, path, headers: { ...JSON_HEADERS, ...headers } },
      (response) => {
        response.resume();
        done(response.statusCode ?? 0);
      },
    );
    sent.on('error', fail);
    sent.end(body);
  });
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
});

test.each([
  ['a foreign host', { headers: { host: 'evil.example' } }, 403],
  ['a host that only begins like ours', { headers: { host: '127.0.0.1.evil.example' } }, 403],
  ['a foreign origin', { headers: { origin: 'http://evil.example' } }, 403],
  ['the origin null', { headers: { origin: 'null' } }, 403],
  ['our own origin', { headers: { origin: 'http://localhost:3000' } }, 200],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
  ['plain text', { headers: { 'content-type': 'text/plain' } }, 415],
  ['no JSON', { body: '{' }, 400],
  ['a body over 1 MiB', { body: `"${'x'.repeat(1_048_576)}"` }, 413],
  ['another method', { method: 'PUT' }, 405],
  ['another path', { path: '/' }, 404],
  ['a path that objects have', { path: '/constructor' }, 404],
  ['a session nobody opened', { headers: { 'mcp-session-id': 'x' } }, 404],
  ['a request before its session', { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' }, 400],
  ['an honest client', {}, 200],
])('%s is answered as it should', async (_name, sent: Sent, status) => {
  expect(await send(await start(), { body: INITIALIZE, ...sent })).toBe(status);
});

test('no header that is not ours gets through, in 500 tries', async () => {
  const url = await start();
  const word = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
  const label = fc.constantFrom('localhost', '127.0.0.1', '[::1]', '127.0.0.2', '0.0.0.0', 'localhost.', '0x7f000001');
  const strange = fc
    .oneof(
      fc
        .tuple(label, fc.constantFrom('.', '-', '@', '_'), word)
        .map(([own, sign, tail]) => `${own}${sign}${tail}.example`),
      fc.tuple(word, fc.constantFrom('.', '-', '@'), label).map(([head, sign, own]) => `${head}${sign}${own}`),
      fc.tuple(word, word).map((parts) => parts.join('.')),
      fc.domain(),
      fc.ipV4().filter((ip) => ip !== '127.0.0.1'),
      fc
        .ipV6()
        .map((ip) => `[${ip}]`)
        .filter((ip) => new URL(`http://${ip}`).hostname !== '[::1]'),
    )
    .filter((host) => !OWN.has(hostOf(host)));
  const port = fc.constantFrom('', ':80', `:${url.port}`);
  const headers = fc.oneof(
    fc.tuple(strange, port).map(([host, suffix]) => ({ host: `${host}${suffix}` })),
    fc
      .tuple(fc.constantFrom('http', 'https', 'chrome-extension', 'file'), strange, port)
      .map(([scheme, host, suffix]) => ({
        origin: `${scheme}://${host}${suffix}`,
      })),
    fc
      .constantFrom('null', 'undefined', 'localhost', '//localhost', 'about:blank', 'data:,x', '*')
      .map((origin) => ({ origin })),
  );
  await fc.assert(
    fc.asyncProperty(headers, async (sent) => {
      const status = await send(url, { headers: sent, body: INITIALIZE });
      expect([400, 403]).toContain(status); // 400: node itself refuses a malformed Host
    }),
    { numRuns: 500 },
  );
}, 60_000);

const OWN = new Set(['localhost', '127.0.0.1', '[::1]']);

/** As a browser would read it. */
function hostOf(text: string): string {
  try {
    return new URL(`http://${text}`).hostname;
  } catch {
    return text;
  }
}

test('a body that hides its length is cut at 1 MiB', async () => {
  const url = await start();
  expect(await send(url, { headers: { 'transfer-encoding': 'chunked' }, body: `"${'x'.repeat(1_048_576)}"` })).toBe(
    413,
  );
});

test('health is open, checks the host, and says nothing but ok', async () => {
  const url = await start();
  expect(await send(url, { method: 'GET', path: '/healthz' })).toBe(200);
  expect(await send(url, { method: 'GET', path: '/healthz', headers: { host: 'evil.example' } })).toBe(403);
});

test('an address that others reach needs tokens, and TLS or a clear word', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'open_server' });
  await tokens.create({ name: 'alice', scopes: ['read'], namespaces: ['*'], days: 1 });
  await expect(start({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'plain_http' });
  await start({ host: '0.0.0.0', insecure: true });
});

test('a taken port is a clear error', async () => {
  const url = await start();
  const first = http;
  await expect(start({ port: Number(url.port) })).rejects.toMatchObject({ code: 'port_taken' });
  http = first;
});

test('with one token every request needs one, and it names the principal', async () => {
  const { token } = await tokens.create({ name: 'alice/x', scopes: ['read'], namespaces: ['media'], days: 1 });
  const url = await start();
  expect(await send(url, { body: INITIALIZE })).toBe(401);
  expect(await send(url, { method: 'GET' })).toBe(401);
  expect(await send(url, { body: INITIALIZE, headers: { authorization: 'Bearer wrong' } })).toBe(401);
  expect(await send(url, { body: INITIALIZE, headers: { authorization: `Basic ${token}` } })).toBe(401);
  const client = await connect(url, token);
  await client.callTool({ name: 'overview', arguments: {} });
  await client.close();
  expect(registry.callers[0]?.session.principal).toEqual({ id: 'alice/x', scopes: ['read'], namespaces: ['media'] });
  clock.advance(86_400_000);
  expect(await send(url, { body: INITIALIZE, headers: { authorization: `Bearer ${token}` } })).toBe(401);
});

test('the challenge says how', async () => {
  await tokens.create({ name: 'alice', scopes: ['read'], namespaces: ['*'], days: 1 });
  const response = await fetch(await start(), { method: 'POST', headers: JSON_HEADERS, body: INITIALIZE });
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
});

test("somebody else's session is an unknown session", async () => {
  const give = (name: string) => tokens.create({ name, scopes: ['read'], namespaces: ['*'], days: 1 });
  const [alice, bob] = [await give('alice'), await give('bob')];
  const url = await start();
  const opened = await fetch(url, {
    method: 'POST',
    headers: { ...JSON_HEADERS, authorization: `Bearer ${alice.token}` },
    body: INITIALIZE,
  });
  const id = opened.headers.get('mcp-session-id') ?? '';
  const list = { body: '{"jsonrpc":"2.0","id":2,"method":"tools/list"}' };
  const as = (token: string) =>
    send(url, { ...list, headers: { authorization: `Bearer ${token}`, 'mcp-session-id': id } });
  expect(await as(alice.token)).toBe(200);
  expect(await as(bob.token)).toBe(404);
  clock.advance(31 * 60_000);
  expect(await as(alice.token)).toBe(404); // idle
});

test('taint stays with a stateless client, and leaves with its idle session', async () => {
  const url = await start();
  for (const pause of [0, 60_000, 31 * 60_000]) {
    clock.advance(pause);
    const client = await connect(url); // a fresh connection each time
    await client.callTool({ name: 'overview', arguments: {} });
    await client.close();
  }
  const ids = registry.callers.map(({ session }) => session.id);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).not.toBe(ids[0]);
  expect(registry.callers[1]?.session.taint).toBe(registry.callers[0]?.session.taint);
});

test('an answer counts once, for its own question only', async () => {
  const url = await start();
  const client = await connect(url, undefined, true);
  const put = async (plan: string, extra: object = {}) =>
    client.request(
      { method: 'tools/call', params: { name: 'apply_plan', arguments: { plan }, ...extra } },
      { allowInputRequired: true },
    );
  const asked = (await put('a')) as unknown as { requestState: string; resultType: string };
  expect(asked.resultType).toBe('input_required');
  expect(registry.ran).toEqual([]);
  const yes = {
    inputResponses: { confirm: { action: 'accept', content: { ok: true } } },
    requestState: asked.requestState,
  };
  const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text;
  expect(textOf(await put('b', yes))).toBe('NOT EXECUTED: cancelled'); // another plan
  expect(textOf(await put('a', { inputResponses: yes.inputResponses }))).toBe('NOT EXECUTED: cancelled'); // no proof
  expect(textOf(await put('a', { requestState: asked.requestState }))).toBe('NOT EXECUTED: cancelled'); // no answer
  expect(registry.ran).toEqual([]);
  expect(textOf(await put('a', yes))).toBe('ran a');
  expect(textOf(await put('a', yes))).toBe('NOT EXECUTED: cancelled'); // used
  await expect(put('a', { ...yes, requestState: `${asked.requestState}x` })).rejects.toMatchObject({ code: -32602 });
  expect(registry.ran).toEqual(['a']);
  await client.close();
});

async function connect(url: URL, token?: string, canAsk = false): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1' },
    {
      capabilities: canAsk ? { elicitation: { form: {} } } : {},
      versionNegotiation: { mode: { pin: '2026-07-28' } },
      inputRequired: { autoFulfill: false },
    },
  );
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  return client;
}
