import type { Embedder } from '../embedder.ts';
import { type BedrockConfig, bedrockEmbedder } from './bedrock.ts';
import { type OllamaConfig, ollamaEmbedder } from './ollama.ts';
import { type OpenAiConfig, openAiEmbedder } from './openai.ts';
import type { Send } from './request.ts';

export type EmbedderConfig =
  | ({ readonly provider: 'ollama' } & OllamaConfig)
  | ({ readonly provider: 'openai' } & OpenAiConfig)
  | ({ readonly provider: 'bedrock' } & BedrockConfig);

/** The remote embedder that is configured; nothing is sent until it is asked. */
export function createEmbedder(config: EmbedderConfig, send: Send = fetch): Embedder {
  switch (config.provider) {
    case 'ollama':
      return ollamaEmbedder(config, send);
    case 'openai':
      return openAiEmbedder(config, send);
    case 'bedrock':
      return bedrockEmbedder(config, send);
  }
}
