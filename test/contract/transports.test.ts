import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { randomId } from '../../src/core/ids.ts';
import { type HttpServer, listenHttp } from '../../src/server/http/listen.ts';
import { silentLog } from '../../src/server/log.ts';
import { createMcpFactory } from '../../src/server/mcp/build.ts';
import { TokenStore } from '../../src/server/tokens.ts';
import { FakeRegistry } from '../support/fake-registry.ts';
import { type Kind, openClient, type Where } from '../support/mcp-client.ts';

const registry = new FakeRegistry();
let http: HttpServer;

beforeAll(async () => {
  const build = createMcpFactory({ registry, version: '0.0.0', clock: systemClock, newId: randomId, log: silentLog });
  const tokens = new TokenStore(join(mkdtempSync(join(tmpdir(), 'steward-')), 'tokens.json'), systemClock);
  http = await listenHttp({
    build,
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    insecure: false,
    tokens,
    clock: systemClock,
    log: silentLog,
  });
});
afterAll(() => http.close());

const stdio = (): Where => ({
  command: process.execPath,
  args: [new URL('../support/fake-server.ts', import.meta.url).pathname],
});

const WAYS: readonly (readonly [string, Kind, () => Where])[] = [
  ['HTTP, 2026-07-28', 'modern', () => ({ url: http.url })],
  ['HTTP, 2025-11-25', 'legacy', () => ({ url: http.url })],
  ['HTTP, SDK v1', 'sdk-v1', () => ({ url: http.url })],
  ['stdio, 2026-07-28', 'modern', stdio],
  ['stdio, 2025-11-25', 'legacy', stdio],
  ['stdio, SDK v1', 'sdk-v1', stdio],
];

const lists = new Set<string>();

describe.each(WAYS)('%s', (_name, kind, where) => {
  test('lists the same bytes on every call, with all four hints and strict schemas', async () => {
    const client = await openClient(kind, where());
    for (let count = 0; count < 50; count++) lists.add(await client.listBytes());
    await client.close();
    expect(lists.size).toBe(1); // over all clients and transports too
    for (const tool of JSON.parse([...lists][0]!)) {
      expect(Object.values(tool.annotations).filter((hint) => typeof hint === 'boolean')).toHaveLength(4);
      expect(tool.inputSchema.additionalProperties).toBe(false);
      expect(tool).not.toHaveProperty('outputSchema');
    }
  });

  test('bad input is answered in our words', async () => {
    const client = await openClient(kind, where());
    const called = await client.call('cluster_list', { kind: 3, colour: 'red' });
    await client.close();
    expect(called).toEqual({ isError: true, text: 'invalid_input: Unable to read the input.' });
  });

  test('an unknown tool is a protocol error', async () => {
    const client = await openClient(kind, where());
    await expect(client.call('no_such_tool', {})).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });

  test('the client gets progress at once and in order', async () => {
    const client = await openClient(kind, where());
    const seen: (string | undefined)[] = [];
    await client.call('slow', { steps: 3 }, { onprogress: (message) => seen.push(message) });
    await client.close();
    expect(seen).toEqual(['Title of slow', 'step 1', 'step 2', 'step 3']);
  });

  test('cancelling reaches the tool', async () => {
    const client = await openClient(kind, where());
    const stop = new AbortController();
    const before = registry.aborted;
    setTimeout(() => stop.abort(), 80);
    await expect(client.call('slow', { steps: 200 }, { signal: stop.signal })).rejects.toThrow();
    if ('url' in where()) await expect.poll(() => registry.aborted).toBe(before + 1);
    await client.close();
  });

  test.each([
    ['accept', 'ran p', false, 1],
    ['accept_false', 'NOT EXECUTED: refused', true, 1],
    ['decline', 'NOT EXECUTED: refused', true, 1],
    ['cancel', 'NOT EXECUTED: cancelled', true, 1],
    ['none', 'NOT EXECUTED: cannot_ask', true, 0],
  ] as const)('a person who says %s gets "%s"', async (person, text, isError, asked) => {
    const client = await openClient(kind, where(), person);
    const before = registry.ran.length;
    const called = await client.call('apply_plan', { plan: 'p' });
    await client.close();
    expect(called).toEqual({ text, isError });
    expect(client.questions).toEqual(asked === 1 ? ['Run p?'] : []);
    if ('url' in where()) expect(registry.ran.length - before).toBe(person === 'accept' ? 1 : 0);
  });

  test('one client is one session, named after the client', async () => {
    const client = await openClient(kind, where(), 'none', 'Some Client/1 <b>');
    const texts = [await client.call('overview', {}), await client.call('overview', {})].map(({ text }) => text);
    await client.close();
    expect(texts[0]).toMatch(/^overview for local\/some-client-1-b in session-/);
    expect(texts[1]).toBe(texts[0]);
  });
});
