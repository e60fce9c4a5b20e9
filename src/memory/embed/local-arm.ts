import type { TextIndex } from '../index/text-index.ts';
import { toInt8 } from '../vectors/quantise.ts';
import { VectorIndex } from '../vectors/vector-index.ts';
import { addRow, type EmbeddingTable, embed, normalise } from './table.ts';

/** Rows that are embedded before other work may run: about 10 ms. */
const CHUNK = 500;

/** Vectors of all rows by the local table, made from the terms that the text index holds. Vector rows are text rows. */
export class LocalArm {
  readonly #table: EmbeddingTable;
  readonly #index: VectorIndex;
  readonly #text: TextIndex;
  /** Term of the text index -> row of the table + 1, 0 when it has none. */
  #rowOfTerm = new Int32Array(0);
  #filling: Promise<void> | undefined;

  constructor(table: EmbeddingTable, text: TextIndex) {
    this.#table = table;
    this.#text = text;
    this.#index = new VectorIndex(table.model, table.dimension);
  }

  /** True when every row has its vector; until then the arm is absent. */
  get isReady(): boolean {
    return this.#index.rows === this.#text.rows && this.#index.rows > 0;
  }

  /** Brings the vectors up to the rows: few at once, many in the background. */
  follow(): void {
    if (this.#text.rows - this.#index.rows <= CHUNK) this.#fill(this.#text.rows);
    else this.#filling ??= this.#fillSlowly();
  }

  /** Settles when all rows are embedded. */
  async filled(): Promise<void> {
    this.follow();
    await this.#filling;
  }

  remove(row: number): void {
    this.#index.remove(row);
  }

  embed(terms: Iterable<string>): Float32Array {
    return embed(this.#table, [...terms]);
  }

  get index(): VectorIndex {
    return this.#index;
  }

  async #fillSlowly(): Promise<void> {
    while (this.#index.rows < this.#text.rows) {
      this.#fill(Math.min(this.#text.rows, this.#index.rows + CHUNK));
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#filling = undefined;
  }

  #fill(to: number): void {
    this.#learnTerms();
    for (let row = this.#index.rows; row < to; row++) {
      const sum = new Float32Array(this.#table.dimension);
      this.#text.visitRow(row, (term, frequency) => {
        const at = this.#rowOfTerm[term] ?? 0;
        if (at > 0) addRow(this.#table, sum, at - 1, 1 + Math.log(frequency));
      });
      this.#index.add(toInt8(normalise(sum)));
    }
  }

  #learnTerms(): void {
    const { terms } = this.#text;
    if (terms.size === this.#rowOfTerm.length) return;
    this.#rowOfTerm = Int32Array.from(
      { length: terms.size },
      (_, term) => this.#rowOfTerm[term] ?? (this.#table.stems.get(terms.name(term)) ?? -1) + 1,
    );
  }
}
