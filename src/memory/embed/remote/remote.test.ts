import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../../core/clock.ts';
import { countingIds } from '../../../core/ids.ts';
import { Lesson } from '../../../core/lesson.ts';
import { InMemoryLessonStore } from '../../in-memory.ts';
import { createLessons } from '../../lessons.ts';
import { createEmbedder } from './create.ts';

interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

const DIMENSION = 128;
const never = new AbortController().signal;
let server: Server;
let url: string;
let asked: Asked[];
/** What the server does with a question; tests replace it. */
let answer: (one: Asked) => { readonly status?: number; readonly body: unknown; readonly delayMs?: number };

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: JSON.parse(text) as Asked['body'] };
      asked.push(one);
      const { status = 200, body, delayMs = 0 } = answer(one);
      setTimeout(() => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      }, delayMs);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

/** A direction of its own for each topic. */
const TOPICS = ['disk', 'certificate', 'memory'];
const vectorOf = (text: string): number[] =>
  Array.from({ length: DIMENSION }, (_, i) => (text.includes(TOPICS[i] ?? '#') ? 2 : 0.01));

const ollama = () => createEmbedder({ provider: 'ollama', url, model: 'nomic-embed-text', dimension: DIMENSION });
const ollamaAnswer = ({ body }: Asked) => ({ body: { embeddings: (body['input'] as string[]).map(vectorOf) } });

test('Ollama is asked without truncation and with the prefixes of its model; vectors have length 1', async () => {
  answer = ollamaAnswer;
  const [vector] = await ollama().embed(['the disk is full'], 'document', never);
  await ollama().embed(['disk'], 'query', never);
  expect(asked.map(({ path, body }) => [path, body])).toEqual([
    ['/api/embed', { model: 'nomic-embed-text', input: ['search_document: the disk is full'], truncate: false }],
    ['/api/embed', { model: 'nomic-embed-text', input: ['search_query: disk'], truncate: false }],
  ]);
  expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5);
  expect(ollama().model).toBe('ollama/nomic-embed-text@128@1');
});

test('an OpenAI-compatible server gets the key, and its vectors are put in order', async () => {
  answer = () => ({
    body: {
      data: [
        { index: 1, embedding: vectorOf('disk') },
        { index: 0, embedding: vectorOf('memory') },
      ],
    },
  });
  const embedder = createEmbedder({
    provider: 'openai',
    url: `${url}/v1`,
    model: 'text-embedding-3-small',
    dimension: DIMENSION,
    apiKey: 'a-key',
    askDimension: true,
  });
  const [first] = await embedder.embed(['memory', 'disk'], 'query', never);
  expect(first?.[2]).toBeGreaterThan(0.9);
  expect(asked[0]).toMatchObject({
    path: '/v1/embeddings',
    headers: { authorization: 'Bearer a-key' },
    body: { input: ['memory', 'disk'], dimensions: DIMENSION, encoding_format: 'float' },
  });
});

const bedrock = (model: string, rest: object = {}) =>
  createEmbedder({
    provider: 'bedrock',
    region: 'eu-central-1',
    model,
    dimension: DIMENSION,
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'not-a-secret',
    url,
    ...rest,
  });

test('Bedrock is signed; Titan takes one text a call, Cohere all at once', async () => {
  answer = ({ path }) =>
    path.includes('titan')
      ? { body: { embedding: vectorOf('disk') } }
      : { body: { embeddings: { float: [vectorOf('disk'), vectorOf('memory')] } } };
  await bedrock('amazon.titan-embed-text-v2:0').embed(['a', 'b'], 'query', never);
  await bedrock('cohere.embed-multilingual-v3').embed(['a', 'b'], 'query', never);
  expect(asked.map(({ path }) => path)).toEqual([
    '/model/amazon.titan-embed-text-v2%3A0/invoke',
    '/model/amazon.titan-embed-text-v2%3A0/invoke',
    '/model/cohere.embed-multilingual-v3/invoke',
  ]);
  expect(asked[0]?.headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=.*host.*, Signature=[0-9a-f]{64}$/,
  );
  expect(asked[2]?.body).toMatchObject({ texts: ['a', 'b'], input_type: 'search_query', truncate: 'NONE' });
});

test('an API key of Bedrock is sent as it is', async () => {
  answer = () => ({ body: { embedding: vectorOf('disk') } });
  await bedrock('amazon.titan-embed-text-v2:0', { apiKey: 'bedrock-key' }).embed(['a'], 'query', never);
  expect(asked[0]?.headers.authorization).toBe('Bearer bedrock-key');
});

test.each([
  ['embedder_refused', { status: 404, body: { error: 'model not found' } }],
  ['embedder_answer', { body: 'not json' }],
  ['embedder_answer', { body: { nothing: true } }],
  ['embedder_answer', { body: { embeddings: [] } }],
  ['embedding_dimension', { body: { embeddings: [[1, 2, 3]] } }],
] as const)('%s is told with what was answered', async (code, what) => {
  answer = () => what;
  await expect(ollama().embed(['a'], 'query', never)).rejects.toMatchObject({ kind: 'provider', code });
});

test('a server that is not there is a clear error', async () => {
  const embedder = createEmbedder({ provider: 'ollama', url: 'http://127.0.0.1:1', model: 'x', dimension: DIMENSION });
  await expect(embedder.embed(['a'], 'query', never)).rejects.toMatchObject({ code: 'embedder_unreachable' });
});

const AT = '2026-11-21T08:00:00.000Z';
const lessonOf = (id: string, topic: string): Lesson =>
  Lesson.parse({
    id,
    title: `What happened with ${id}`,
    symptom: `Something was wrong about a ${topic}`,
    cause: `The ${topic} was not looked after`,
    fix: 'Look after it from now on',
    severity: 'high',
    source: 'test',
  });

async function withLessons() {
  const store = new InMemoryLessonStore();
  await store.save({ lesson: lessonOf('lesson-one', 'disk'), by: 'file', at: AT });
  await store.save({ lesson: lessonOf('lesson-two', 'certificate'), by: 'file', at: AT });
  const open = () => createLessons({ store, clock: new ManualClock(AT), newId: countingIds() });
  const first = async (service = open()) =>
    (await service.search({ text: 'what happened was wrong: certificate', limit: 2 })).map(({ lesson }) => lesson.id);
  return { store, open, first };
}

test('vectors are made once, kept by model, and made again for what changed only', async () => {
  answer = ollamaAnswer;
  const { store, open } = await withLessons();
  await open().useEmbedder(ollama(), never);
  expect(asked.flatMap(({ body }) => body['input'])).toHaveLength(2);
  const again = open();
  await again.useEmbedder(ollama(), never);
  expect(asked).toHaveLength(1);
  await store.save({ lesson: lessonOf('lesson-two', 'memory'), by: 'anna', at: AT });
  await again.search({ text: 'memory', limit: 1 }); // follows
  await expect.poll(async () => (await kept(store)).find(({ lesson }) => lesson === 'lesson-two')?.vector[2]).toBe(127);
  expect(asked.filter(({ body }) => String(body['input']).includes('search_document'))).toHaveLength(2);
});

async function kept(store: InMemoryLessonStore) {
  const all = [];
  for await (const one of store.vectors('ollama/nomic-embed-text@128@1')) all.push(one);
  return all;
}

test('a remote model that is too slow is not waited for', async () => {
  answer = ollamaAnswer;
  const { open, first } = await withLessons();
  const service = open();
  await service.useEmbedder(ollama(), never);
  answer = (one) => ({ ...ollamaAnswer(one), delayMs: 30_000 });
  // Waiting for it takes longer than a test may.
  expect((await first(service))[0]).toBe('lesson-two');
  expect(asked.at(-1)?.body['input']).toEqual(['search_query: what happened was wrong: certificate']);
});

test('a remote model that fails leaves words and the reason', async () => {
  answer = () => ({ status: 500, body: 'broken' });
  const { open, first } = await withLessons();
  const service = open();
  await service.useEmbedder(ollama(), never);
  expect(service.embedderFailure()).toMatchObject({ code: 'embedder_refused', retryable: true });
  expect((await first(service))[0]).toBe('lesson-two');
});
