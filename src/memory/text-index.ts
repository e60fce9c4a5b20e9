import { Segment } from './segment.ts';

const K1 = 1.2;
const B = 0.75;
/** A delta or a graveyard above this share of the index is folded into a fresh base. */
const REBUILD_SHARE = 0.1;

/** One text as the index keeps it. */
export interface IndexedText {
  /** Weighted term frequencies. */
  readonly counts: ReadonlyMap<string, number>;
  /** Terms that say what it is about; its full mark is a question that holds all of them. */
  readonly key: ReadonlySet<string>;
}

interface Slot extends IndexedText {
  readonly id: string;
  readonly length: number;
  readonly norm: number;
  /** BM25 of its own key terms; undefined until asked for. */
  full: number | undefined;
}

export interface TextHit {
  readonly id: string;
  /** BM25 as a share of the full mark, at most 1. */
  readonly score: number;
}

/** Exact BM25 in memory: a big base segment, a small delta, and slots that died since. */
export class TextIndex {
  #slots: (Slot | undefined)[] = [];
  #slotOf = new Map<string, number>();
  readonly #df = new Map<string, number>();
  #totalLength = 0;
  #base: Segment = Segment.empty;
  #delta: Segment = Segment.empty;
  #baseEnd = 0;
  #dead = 0;
  #isStale = false;

  get size(): number {
    return this.#slotOf.size;
  }

  put(id: string, text: IndexedText): void {
    this.remove(id);
    let length = 0;
    for (const [term, count] of text.counts) {
      length += count;
      this.#df.set(term, (this.#df.get(term) ?? 0) + 1);
    }
    this.#totalLength += length;
    this.#slotOf.set(id, this.#slots.length);
    this.#slots.push({ ...text, id, length, norm: 0, full: undefined });
    this.#isStale = true;
  }

  remove(id: string): void {
    const at = this.#slotOf.get(id);
    const slot = at === undefined ? undefined : this.#slots[at];
    if (at === undefined || slot === undefined) return;
    for (const term of slot.counts.keys()) {
      const left = (this.#df.get(term) ?? 1) - 1;
      if (left === 0) this.#df.delete(term);
      else this.#df.set(term, left);
    }
    this.#totalLength -= slot.length;
    this.#slots[at] = undefined;
    this.#slotOf.delete(id);
    this.#dead++;
    this.#isStale = true;
  }

  /** Every text that holds at least one of the terms and reaches `atLeast`, in no order. */
  search(terms: Iterable<string>, atLeast: number): TextHit[] {
    this.#refresh();
    const scores = new Float64Array(this.#slots.length);
    const touched: number[] = [];
    for (const term of terms) {
      const idf = this.idf(term);
      if (idf === 0) continue;
      for (const segment of [this.#base, this.#delta])
        segment.visit(term, (at, frequency) => {
          const slot = this.#slots[at];
          if (slot === undefined) return;
          if (scores[at] === 0) touched.push(at);
          scores[at] = (scores[at] ?? 0) + idf * saturate(frequency, slot.norm);
        });
    }
    const hits: TextHit[] = [];
    for (const at of touched) {
      const slot = this.#slots[at];
      if (slot === undefined) continue;
      const score = Math.min(1, (scores[at] ?? 0) / this.#full(slot));
      if (score >= atLeast) hits.push({ id: slot.id, score });
    }
    return hits;
  }

  /** What one term adds to the BM25 of one text. */
  weight(id: string, term: string): number {
    this.#refresh();
    const at = this.#slotOf.get(id);
    const slot = at === undefined ? undefined : this.#slots[at];
    const count = slot?.counts.get(term);
    return slot === undefined || count === undefined ? 0 : this.idf(term) * saturate(count, slot.norm);
  }

  /** 0 for a term that no text holds. */
  idf(term: string): number {
    const df = this.#df.get(term);
    return df === undefined ? 0 : Math.log(1 + (this.size - df + 0.5) / (df + 0.5));
  }

  #full(slot: Slot): number {
    slot.full ??= sum(slot.key, (term) => this.idf(term) * saturate(slot.counts.get(term) ?? 1, slot.norm)) || 1;
    return slot.full;
  }

  #refresh(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const moved = this.#slots.length - this.#baseEnd + this.#dead;
    if (moved > REBUILD_SHARE * this.size) this.#compact();
    const average = this.#totalLength / Math.max(1, this.size);
    this.#slots = this.#slots.map(
      (slot) => slot && { ...slot, norm: K1 * (1 - B + (B * slot.length) / average), full: undefined },
    );
    this.#delta = Segment.of(this.#slots, this.#baseEnd);
  }

  #compact(): void {
    this.#slots = this.#slots.filter((slot) => slot !== undefined);
    this.#slotOf = new Map(this.#slots.map((slot, at) => [slot?.id ?? '', at] as const));
    this.#base = Segment.of(this.#slots, 0);
    this.#baseEnd = this.#slots.length;
    this.#dead = 0;
  }
}

const saturate = (frequency: number, norm: number): number => (frequency * (K1 + 1)) / (frequency + norm);

function sum(terms: ReadonlySet<string>, weigh: (term: string) => number): number {
  let total = 0;
  for (const term of terms) total += weigh(term);
  return total;
}
