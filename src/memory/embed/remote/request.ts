import { messageOf, StewardError } from '../../../core/errors.ts';
import { normalise } from '../table.ts';

/** Sends a request; `fetch`, or one that signs. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

const MAX_REASON = 300;

export const embedderError = (
  code: string,
  where: string,
  reason: string,
  hint: string,
  rest: { readonly cause?: unknown; readonly status?: number; readonly retryable?: boolean } = {},
): StewardError =>
  new StewardError(`Unable to embed texts at ${where}: ${reason}.`, { kind: 'provider', code, hint, ...rest });

/** Posts JSON and gives the JSON of the answer. Errors: `embedder_unreachable | embedder_refused | embedder_answer`. */
export async function postJson(
  send: Send,
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  const where = new URL(url).host;
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(body),
    signal,
  };
  let response: Response;
  let text: string;
  try {
    response = await send(url, init);
    text = await response.text();
  } catch (error) {
    const hint = 'Check that it runs and that memory.embedder.url names it.';
    throw embedderError('embedder_unreachable', where, messageOf(error), hint, { cause: error, retryable: true });
  }
  if (!response.ok) {
    const said = text.replaceAll(/\s+/g, ' ').slice(0, MAX_REASON);
    throw embedderError(
      'embedder_refused',
      where,
      `it answered ${response.status}: ${said}`,
      'Check the model, the key and its rights.',
      { status: response.status, retryable: response.status === 429 || response.status >= 500 },
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw strangeAnswer(where, 'it is not JSON', error);
  }
}

export const strangeAnswer = (where: string, reason: string, cause?: unknown): StewardError =>
  embedderError('embedder_answer', where, `the answer is not understood, ${reason}`, 'Check what listens there.', {
    cause,
  });

/** Vectors of length 1, as many as asked for and each of the dimension that was agreed. */
export function checkedVectors(
  found: readonly (readonly number[])[],
  { count, dimension, where }: { readonly count: number; readonly dimension: number; readonly where: string },
): readonly Float32Array[] {
  if (found.length !== count) throw strangeAnswer(where, `${found.length} vectors for ${count} texts`);
  const other = found.find((vector) => vector.length !== dimension);
  if (other !== undefined)
    throw embedderError(
      'embedding_dimension',
      where,
      `its vectors have ${other.length} dimensions, ${dimension} are configured`,
      `Set memory.embedder.dimension to ${other.length}, or choose another model.`,
    );
  return found.map((vector) => normalise(Float32Array.from(vector)));
}

/** Moves when the prefixes do: vectors with other prefixes are of another model. */
export const PREFIX_VERSION = 1;

/** What some families of models want in front of a text (nomic-embed-text, E5). */
export function prefixOf(model: string, purpose: 'document' | 'query'): string {
  if (/nomic/i.test(model)) return purpose === 'query' ? 'search_query: ' : 'search_document: ';
  if (/(?:^|[/-])e5(?:-|$)/i.test(model)) return purpose === 'query' ? 'query: ' : 'passage: ';
  return '';
}

export const modelId = (model: string, dimension: number): string => `${model}@${dimension}@${PREFIX_VERSION}`;
