import * as z from 'zod';
import type { Embedder } from '../embedder.ts';
import { checkedVectors, modelId, postJson, prefixOf, type Send, strangeAnswer } from './request.ts';

const Answer = z.object({ data: z.array(z.object({ index: z.int(), embedding: z.array(z.number()) })) });

export interface OpenAiConfig {
  /** Base of the API, with its version: `http://localhost:8000/v1`. */
  readonly url: string;
  readonly model: string;
  readonly dimension: number;
  readonly apiKey?: string;
  /** Asks for `dimension` dimensions; only some models can be asked. */
  readonly askDimension?: boolean;
}

/** Everything that speaks the OpenAI API: vLLM, LiteLLM, llama.cpp, LM Studio, OpenAI itself. */
export function openAiEmbedder(config: OpenAiConfig, send: Send): Embedder {
  const { url, model, dimension, apiKey, askDimension = false } = config;
  const where = new URL(url).host;
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  return {
    model: modelId(`openai/${model}`, dimension),
    dimension,
    batch: 64,
    async embed(texts, purpose, signal) {
      const input = texts.map((text) => prefixOf(model, purpose) + text);
      const body = { model, input, encoding_format: 'float', ...(askDimension && { dimensions: dimension }) };
      const found = await postJson(send, `${url.replace(/\/$/, '')}/embeddings`, body, headers, signal);
      const answer = Answer.safeParse(found);
      if (!answer.success) throw strangeAnswer(where, 'it holds no embeddings', answer.error);
      const inOrder = answer.data.data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => embedding);
      return checkedVectors(inOrder, { count: texts.length, dimension, where });
    },
  };
}
