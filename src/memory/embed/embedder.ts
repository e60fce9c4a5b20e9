/** Turns texts into vectors of length 1. */
export interface Embedder {
  /** `name@dimension@prefix-version`: stored with each vector, and vectors of different models are never compared. */
  readonly model: string;
  readonly dimension: number;
  /** Texts per call at most. */
  readonly batch: number;
  /** One vector per text, in order. Errors: kind `provider` with `embedder_unreachable | embedder_refused | embedder_answer | embedding_dimension`. */
  embed(texts: readonly string[], purpose: 'document' | 'query', signal: AbortSignal): Promise<readonly Float32Array[]>;
}
