export interface Scored {
  readonly row: number;
  readonly score: number;
}

/** Keeps the `limit` best of many, best first when asked. */
export class TopRows {
  readonly #limit: number;
  readonly #heap: Scored[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A score at or below this one would not be kept. */
  get floor(): number {
    return this.#heap.length < this.#limit
      ? Number.NEGATIVE_INFINITY
      : (this.#heap[0]?.score ?? Number.NEGATIVE_INFINITY);
  }

  offer(row: number, score: number): void {
    if (score <= this.floor) return;
    if (this.#heap.length < this.#limit) {
      this.#heap.push({ row, score });
      this.#up(this.#heap.length - 1);
    } else {
      this.#heap[0] = { row, score };
      this.#down(0);
    }
  }

  take(): Scored[] {
    return this.#heap.toSorted((a, b) => b.score - a.score || a.row - b.row);
  }

  #at = (i: number): number => this.#heap[i]?.score ?? Number.POSITIVE_INFINITY;

  #swap(i: number, j: number): void {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    if (a && b) [this.#heap[i], this.#heap[j]] = [b, a];
  }

  #up(start: number): void {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (this.#at(parent) <= this.#at(i)) return;
      this.#swap(parent, i);
      i = parent;
    }
  }

  #down(start: number): void {
    for (let i = start; ; ) {
      const left = 2 * i + 1;
      const least = [left, left + 1].reduce((best, child) => (this.#at(child) < this.#at(best) ? child : best), i);
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }
}

/** The `limit` best of some rows, best first. */
export function bestOf(rows: readonly number[], scoreOf: (row: number) => number, limit: number): Scored[] {
  const top = new TopRows(limit);
  for (const row of rows) {
    const score = scoreOf(row);
    if (score > top.floor) top.offer(row, score);
  }
  return top.take();
}
