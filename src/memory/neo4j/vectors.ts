import { sha256 } from '../../core/canonical.ts';
import { StewardError } from '../../core/errors.ts';
import type { StoredVector } from '../store.ts';
import type { Neo4jConnection } from './connection.ts';
import { createVectorIndex, saveVectors, VECTORS } from './queries.ts';

const PAGE = 500;

/**
 * Label of the vectors of a model, and name of its index: an index holds one dimension and must never mix models.
 * Hexadecimal only, since neither can be a parameter.
 */
export const vectorNames = (model: string): { readonly label: string; readonly index: string } => {
  const short = sha256(model).slice(0, 12);
  return { label: `LessonVector_${short}`, index: `lesson_vector_${short}` };
};

/**
 * Vectors of lessons, as lists of floats that the vector index of their model holds. The floats are the signed bytes as they
 * are: cosine does not care about length, and nothing is lost on the way back.
 */
export class Neo4jVectors {
  readonly #db: Neo4jConnection;
  /** Model -> dimension, of those whose index is known to be there. */
  readonly #indexed = new Map<string, number>();

  constructor(db: Neo4jConnection) {
    this.#db = db;
  }

  /** Error (`input`): `embedding_dimension`, when they are not all of one dimension. */
  async save(model: string, vectors: readonly StoredVector[]): Promise<void> {
    const [first] = vectors;
    if (first === undefined) return;
    const dimension = this.#indexed.get(model) ?? first.vector.length;
    const odd = vectors.find(({ vector }) => vector.length !== dimension);
    if (odd !== undefined) throw wrongDimension(model, odd, dimension);
    const { label, index } = vectorNames(model);
    if (!this.#indexed.has(model))
      await this.#db.write('index vectors in', { text: createVectorIndex(label, index, dimension) });
    this.#indexed.set(model, dimension);
    for (let at = 0; at < vectors.length; at += PAGE) {
      const rows = vectors
        .slice(at, at + PAGE)
        .map(({ lesson, hash, vector }) => ({ lesson, hash, values: Array.from(vector) }));
      await this.#db.write('keep vectors in', { text: saveVectors(label), params: { model, rows } });
    }
  }

  async *of(model: string): AsyncIterable<StoredVector> {
    for (let after = ''; ; ) {
      const rows = await this.#db.read({ text: VECTORS, params: { model, after, limit: PAGE } });
      for (const { lesson, hash, values } of rows)
        yield { lesson: String(lesson), hash: String(hash), vector: Int8Array.from(values as number[]) }; // written above
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = String(last['key']);
    }
  }
}

const wrongDimension = (model: string, { lesson, vector }: StoredVector, dimension: number): StewardError =>
  new StewardError(
    `Unable to keep the vector of ${lesson}: it has ${vector.length} dimensions, those of "${model}" have ${dimension}.`,
    { kind: 'input', code: 'embedding_dimension', hint: 'Check which model the embedder runs, and embed again.' },
  );
