import type { StoredVector } from '../store.ts';
import type { Access } from './access.ts';
import * as sql from './queries.ts';

const PAGE = 500;

/** Vectors of lessons, by model. */
export class SqliteVectors {
  readonly #db: Access;

  constructor(db: Access) {
    this.#db = db;
  }

  save(model: string, vectors: readonly StoredVector[]): void {
    this.#db.write('keep vectors in', () => {
      for (const { lesson, hash, vector } of vectors)
        this.#db.query(sql.SAVE_VECTOR).run({ lesson, model, hash, bytes: Buffer.from(vector) });
    });
  }

  async *of(model: string): AsyncIterable<StoredVector> {
    for (let after = ''; ; ) {
      const page = { model, after, limit: PAGE };
      // Written by `save` alone.
      const rows = this.#db.read(() => this.#db.query(sql.VECTORS).all(page)) as (Omit<StoredVector, 'vector'> & {
        bytes: Buffer;
      })[];
      for (const { lesson, hash, bytes } of rows) yield { lesson, hash, vector: new Int8Array(bytes) };
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.lesson;
    }
  }
}
