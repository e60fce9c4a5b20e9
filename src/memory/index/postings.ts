/** Rows with their terms, end to end. */
export interface ForwardRows {
  readonly starts: Uint32Array;
  readonly ids: Uint32Array;
  readonly counts: Uint8Array;
  /** Bits of `counts` that are the frequency. */
  readonly mask: number;
  readonly isDead: Uint8Array;
  readonly terms: number;
}

/** Which rows hold a term, and how often, in typed arrays; never changed once built. */
export class Postings {
  static readonly empty = new Postings(new Uint32Array(1), new Uint32Array(0), new Uint8Array(0));
  readonly #starts: Uint32Array;
  readonly rows: Uint32Array;
  readonly frequencies: Uint8Array;

  private constructor(starts: Uint32Array, rows: Uint32Array, frequencies: Uint8Array) {
    this.#starts = starts;
    this.rows = rows;
    this.frequencies = frequencies;
  }

  /** Over the living rows of `[from, to)`, by counting sort. */
  static of({ starts, ids, counts, mask, isDead, terms }: ForwardRows, from: number, to: number): Postings {
    if (from === to) return Postings.empty;
    const ends = new Uint32Array(terms + 1);
    const each = (use: (row: number, at: number) => void): void => {
      for (let row = from; row < to; row++) {
        if (isDead[row] === 1) continue;
        const end = starts[row + 1] ?? 0;
        for (let at = starts[row] ?? 0; at < end; at++) use(row, at);
      }
    };
    each((_, at) => {
      const id = (ids[at] ?? 0) + 1;
      ends[id] = (ends[id] ?? 0) + 1;
    });
    for (let id = 1; id <= terms; id++) ends[id] = (ends[id] ?? 0) + (ends[id - 1] ?? 0);
    const total = ends[terms] ?? 0;
    const rows = new Uint32Array(total);
    const frequencies = new Uint8Array(total);
    const next = ends.slice();
    each((row, at) => {
      const id = ids[at] ?? 0;
      const place = next[id] ?? 0;
      rows[place] = row;
      frequencies[place] = (counts[at] ?? 0) & mask;
      next[id] = place + 1;
    });
    return new Postings(ends, rows, frequencies);
  }

  range(id: number): readonly [start: number, end: number] {
    const start = this.#starts[id];
    const end = this.#starts[id + 1];
    return start === undefined || end === undefined ? [0, 0] : [start, end];
  }

  count(id: number): number {
    const [start, end] = this.range(id);
    return end - start;
  }
}
