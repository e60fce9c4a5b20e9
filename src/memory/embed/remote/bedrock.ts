import * as z from 'zod';
import type { Embedder } from '../embedder.ts';
import { checkedVectors, modelId, postJson, type Send, strangeAnswer } from './request.ts';

const Titan = z.object({ embedding: z.array(z.number()) });
/** A list, or a list by type of number. */
const Cohere = z.object({
  embeddings: z.union([z.array(z.array(z.number())), z.object({ float: z.array(z.array(z.number())) })]),
});

export interface BedrockConfig {
  readonly region: string;
  /** `amazon.titan-embed-text-v2:0`, `cohere.embed-multilingual-v3`. */
  readonly model: string;
  readonly dimension: number;
  /** A Bedrock API key; instead of the two below. */
  readonly apiKey?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** Absent = the endpoint of the region. */
  readonly url?: string;
}

/** Titan and Cohere models of Amazon Bedrock. */
export function bedrockEmbedder(config: BedrockConfig, send: Send): Embedder {
  const { region, model, dimension, apiKey } = config;
  const base = config.url ?? `https://bedrock-runtime.${region}.amazonaws.com`;
  const url = `${base.replace(/\/$/, '')}/model/${encodeURIComponent(model)}/invoke`;
  const where = new URL(url).host;
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  let signed: Promise<Send> | undefined;
  const invoke = async (body: unknown, signal: AbortSignal): Promise<unknown> => {
    signed ??= apiKey === undefined ? signer(config, send) : Promise.resolve(send);
    return postJson(await signed, url, body, headers, signal);
  };
  const isCohere = model.includes('cohere.');
  return {
    model: modelId(`bedrock/${model}`, dimension),
    dimension,
    batch: isCohere ? 96 : 8,
    async embed(texts, purpose, signal) {
      const found = isCohere
        ? await cohere(texts, purpose, (body) => invoke(body, signal), where)
        : await Promise.all(texts.map((text) => titan(text, dimension, (body) => invoke(body, signal), where)));
      return checkedVectors(found, { count: texts.length, dimension, where });
    },
  };
}

type Invoke = (body: unknown) => Promise<unknown>;

/** One text a call. */
async function titan(inputText: string, dimensions: number, invoke: Invoke, where: string): Promise<number[]> {
  const answer = Titan.safeParse(await invoke({ inputText, dimensions, normalize: true }));
  if (!answer.success) throw strangeAnswer(where, 'it holds no embedding', answer.error);
  return answer.data.embedding;
}

async function cohere(
  texts: readonly string[],
  purpose: 'document' | 'query',
  invoke: Invoke,
  where: string,
): Promise<number[][]> {
  const body = { texts, input_type: `search_${purpose}`, embedding_types: ['float'], truncate: 'NONE' };
  const answer = Cohere.safeParse(await invoke(body));
  if (!answer.success) throw strangeAnswer(where, 'it holds no embeddings', answer.error);
  const { embeddings } = answer.data;
  return Array.isArray(embeddings) ? embeddings : embeddings.float;
}

/** Signs as AWS wants it (Signature Version 4); the library is loaded by those who use it only. */
async function signer(
  { region, accessKeyId = '', secretAccessKey = '', sessionToken }: BedrockConfig,
  send: Send,
): Promise<Send> {
  const { AwsClient } = await import('aws4fetch');
  const session = sessionToken === undefined ? {} : { sessionToken };
  const client = new AwsClient({ accessKeyId, secretAccessKey, ...session, region, service: 'bedrock', retries: 0 });
  return async (url, init) => {
    const { signal, ...rest } = init;
    const request = await client.sign(url, rest);
    // Sent by our own sender: with the signed headers, the same body and the caller's signal.
    return send(url, { ...rest, headers: Object.fromEntries(request.headers), ...(signal && { signal }) });
  };
}
