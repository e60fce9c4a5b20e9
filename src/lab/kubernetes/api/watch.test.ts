import { afterEach, beforeEach, expect, test } from 'vitest';
import { openServer, type TestServer } from './testing.ts';

let lab: TestServer;
const path = '/api/v1/namespaces/default/configmaps';

beforeEach(async () => {
  lab = await openServer();
});
afterEach(() => lab.close());

// biome-ignore lint/suspicious/noExplicitAny: whatever the API sent
type Line = any;

/** Watches until `count` lines have come; `then` is done once the watch is open. */
async function watched(query: string, count: number, then: () => Promise<unknown>, accept = '*/*'): Promise<Line[]> {
  const abort = AbortSignal.timeout(5000);
  const response = await fetch(`${lab.server.url}${path}?watch=true&${query}`, { signal: abort, headers: { accept } });
  const lines: Line[] = [];
  await then();
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parts = text.split('\n');
    text = parts.pop() ?? '';
    lines.push(...parts.map((part) => JSON.parse(part)));
    if (lines.length >= count) break;
  }
  return lines;
}

const put = (name: string, labels = {}) => lab.call('POST', path, { metadata: { name, labels } });
const label = (name: string, labels: object) => lab.call('PATCH', `${path}/${name}`, { metadata: { labels } });
const brief = (lines: readonly Line[]) =>
  lines.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`.trim());

test('an object that comes under a selector is ADDED, one that leaves it DELETED', async () => {
  await put('there', { l: 'x' });
  const lines = await watched('labelSelector=l%3Dx', 4, async () => {
    await put('other');
    await label('other', { l: 'x' });
    await label('other', { m: 'y' });
    await label('other', { l: null });
  });
  expect(brief(lines)).toEqual(['ADDED there', 'ADDED other', 'MODIFIED other', 'DELETED other']);
});

test('from a version on come the changes since, then the new ones', async () => {
  const { body } = await put('a');
  await put('b');
  const lines = await watched(`resourceVersion=${body.metadata.resourceVersion}`, 2, () =>
    lab.call('DELETE', `${path}/a`),
  );
  expect(brief(lines)).toEqual(['ADDED b', 'DELETED a']);
});

test('initial events end with a bookmark that says so', async () => {
  await put('a');
  const query = 'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
  const lines = await watched(query, 3, () => put('b'));
  expect(brief(lines)).toEqual(['ADDED a', 'BOOKMARK', 'ADDED b']);
  expect(lines[1].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
});

test('a version that is no longer kept is an ERROR line', async () => {
  const [line] = await watched('resourceVersion=1', 1, async () => undefined);
  expect([line.type, line.object.code, line.object.reason]).toEqual(['ERROR', 410, 'Expired']);
});

test('a Table names its columns once', async () => {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const lines = await watched(
    '',
    2,
    async () => {
      await put('a');
      await put('b');
    },
    accept,
  );
  expect(lines.map(({ object }) => object.columnDefinitions?.length ?? null)).toEqual([3, null]);
  expect(lines[1].object.rows[0].cells[0]).toBe('b');
});

test('timeoutSeconds ends a watch', async () => {
  const started = performance.now();
  await (await fetch(`${lab.server.url}${path}?watch=true&timeoutSeconds=1`)).text();
  expect(performance.now() - started).toBeGreaterThan(900);
});

test('a client that goes leaves no listener behind', async () => {
  const controller = new AbortController();
  await fetch(`${lab.server.url}${path}?watch=true`, { signal: controller.signal });
  controller.abort();
  await expect.poll(async () => (await put(`p${performance.now()}`.replace('.', '-'))).code).toBe(201);
});
