interface Countable {
  readonly counts: ReadonlyMap<string, number>;
}

/** Postings of a run of slots in typed arrays; never changed once built. */
export class Segment {
  static readonly empty: Segment = Segment.of([], 0);
  readonly #ranges: ReadonlyMap<string, readonly [start: number, end: number]>;
  readonly #slots: Uint32Array;
  readonly #frequencies: Uint8Array;

  private constructor(
    ranges: ReadonlyMap<string, readonly [number, number]>,
    slots: Uint32Array,
    frequencies: Uint8Array,
  ) {
    this.#ranges = ranges;
    this.#slots = slots;
    this.#frequencies = frequencies;
  }

  /** Over the slots from `start` on; an empty slot is left out. */
  static of(all: readonly (Countable | undefined)[], start: number): Segment {
    const size = new Map<string, number>();
    let total = 0;
    for (let at = start; at < all.length; at++)
      for (const term of all[at]?.counts.keys() ?? []) {
        size.set(term, (size.get(term) ?? 0) + 1);
        total++;
      }
    const ranges = new Map<string, [number, number]>();
    let next = 0;
    for (const [term, count] of size) {
      ranges.set(term, [next, next]);
      next += count;
    }
    const slots = new Uint32Array(total);
    const frequencies = new Uint8Array(total);
    for (let at = start; at < all.length; at++)
      for (const [term, count] of all[at]?.counts ?? []) {
        const range = ranges.get(term);
        if (range === undefined) continue;
        slots[range[1]] = at;
        frequencies[range[1]] = Math.min(255, count);
        range[1]++;
      }
    return new Segment(ranges, slots, frequencies);
  }

  visit(term: string, use: (slot: number, frequency: number) => void): void {
    const [start, end] = this.#ranges.get(term) ?? [0, 0];
    for (let at = start; at < end; at++) use(this.#slots[at] ?? 0, this.#frequencies[at] ?? 0);
  }
}
