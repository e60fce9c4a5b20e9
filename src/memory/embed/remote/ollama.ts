import * as z from 'zod';
import type { Embedder } from '../embedder.ts';
import { checkedVectors, modelId, postJson, prefixOf, type Send, strangeAnswer } from './request.ts';

const Answer = z.object({ embeddings: z.array(z.array(z.number())) });

export interface OllamaConfig {
  readonly url: string;
  readonly model: string;
  readonly dimension: number;
}

/** Ollama, `POST /api/embed`. A text that is too long is an error, never cut in silence. */
export function ollamaEmbedder({ url, model, dimension }: OllamaConfig, send: Send): Embedder {
  const where = new URL(url).host;
  return {
    model: modelId(`ollama/${model}`, dimension),
    dimension,
    batch: 32,
    async embed(texts, purpose, signal) {
      const input = texts.map((text) => prefixOf(model, purpose) + text);
      const body = { model, input, truncate: false };
      const answer = Answer.safeParse(await postJson(send, new URL('api/embed', slashed(url)).href, body, {}, signal));
      if (!answer.success) throw strangeAnswer(where, 'it holds no embeddings', answer.error);
      return checkedVectors(answer.data.embeddings, { count: texts.length, dimension, where });
    },
  };
}

const slashed = (url: string): string => (url.endsWith('/') ? url : `${url}/`);
