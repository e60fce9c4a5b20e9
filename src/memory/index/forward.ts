import { Growing } from './growing.ts';
import type { ForwardRows } from './postings.ts';

/** Marks a term of the key (title and symptom); the rest of the byte is its frequency, in halves. */
const KEY = 0x80;
/** Marks a term of the title. */
const TITLE = 0x40;
const MAX_FREQUENCY = 0x3f;

/** How a mention counts, in halves: by itself, or as a part of an identifier. */
const WHOLE = 2;
const PART = 1;

/** The number of a term, whichever way a text was read. */
export const plain = (id: number): number => (id < 0 ? ~id : id);

/** What a byte of `visit` says. */
export const isKey = (count: number): boolean => (count & KEY) !== 0;
export const isTitle = (count: number): boolean => (count & TITLE) !== 0;
export const timesOf = (count: number): number => (count & MAX_FREQUENCY) / WHOLE;
/** Of postings, which hold no marks. */
export const HALVES = WHOLE;

/** The terms of every row, end to end in typed arrays, with how many rows hold each term. */
export class Forward {
  /** How often each term stands in the row that is being added; all zero in between. */
  #tally = new Uint32Array(0);
  readonly #df = new Growing((length) => new Uint32Array(length));
  readonly #starts = new Growing((length) => new Uint32Array(length));
  readonly #ids = new Growing((length) => new Uint32Array(length));
  readonly #counts = new Growing((length) => new Uint8Array(length));
  readonly #lengths = new Growing((length) => new Float32Array(length));
  readonly #isDead = new Growing((length) => new Uint8Array(length));
  #totalLength = 0;
  #size = 0;

  constructor() {
    this.#starts.push(0);
  }

  /** Rows that live. */
  get size(): number {
    return this.#size;
  }

  get rows(): number {
    return this.#lengths.length;
  }

  /** By row; valid until the next push. */
  get lengths(): Float32Array {
    return this.#lengths.array;
  }

  get averageLength(): number {
    return this.#totalLength / Math.max(1, this.#size) || 1;
  }

  /** Living rows that hold a term. */
  df(id: number): number {
    return this.#df.at(id);
  }

  isDead(row: number): boolean {
    return this.#isDead.at(row) === 1;
  }

  /** Adds the next row of an index of so many terms; what stands in the key counts twice. */
  push(title: readonly number[], symptom: readonly number[], rest: readonly number[], terms: number): void {
    while (this.#df.length < terms) this.#df.push(0);
    if (this.#tally.length < terms) this.#tally = new Uint32Array(Math.ceil(terms * 1.5));
    const row: number[] = [];
    this.#tallyUp(row, title, 2);
    const titles = row.length;
    this.#tallyUp(row, symptom, 2);
    const keys = row.length;
    this.#tallyUp(row, rest, 1);
    const counts = new Uint8Array(row.length);
    const [tally, df] = [this.#tally, this.#df.array];
    let length = 0;
    for (let at = 0; at < row.length; at++) {
      const id = row[at] ?? 0;
      const count = tally[id] ?? 0;
      tally[id] = 0;
      length += count / WHOLE;
      counts[at] = Math.min(MAX_FREQUENCY, count) | (at < keys ? KEY : 0) | (at < titles ? TITLE : 0);
      df[id] = (df[id] ?? 0) + 1;
    }
    this.#ids.append(row);
    this.#counts.append(counts);
    this.#starts.push(this.#ids.length);
    this.#lengths.push(length);
    this.#isDead.push(0);
    this.#totalLength += length;
    this.#size++;
  }

  #tallyUp(row: number[], ids: readonly number[], by: number): void {
    const tally = this.#tally;
    for (const one of ids) {
      const id = plain(one);
      if (tally[id] === 0) row.push(id);
      tally[id] = (tally[id] ?? 0) + by * (one < 0 ? PART : WHOLE);
    }
  }

  /** False when there is no such row, or it is dead already. */
  remove(row: number): boolean {
    if (row >= this.rows || this.isDead(row)) return false;
    this.visit(row, (id) => this.#df.set(id, this.#df.at(id) - 1));
    this.#isDead.set(row, 1);
    this.#totalLength -= this.#lengths.at(row);
    this.#size--;
    return true;
  }

  /** Each term of a row with the byte that `isKey`, `isTitle` and `timesOf` read. */
  visit(row: number, use: (id: number, count: number) => void): void {
    const [ids, counts] = [this.#ids.array, this.#counts.array];
    const end = this.#starts.at(row + 1);
    for (let at = this.#starts.at(row); at < end; at++) use(ids[at] ?? 0, counts[at] ?? 0);
  }

  /** What postings are made of. */
  view(terms: number): ForwardRows {
    return {
      starts: this.#starts.array,
      ids: this.#ids.array,
      counts: this.#counts.array,
      mask: MAX_FREQUENCY,
      isDead: this.#isDead.array,
      terms,
    };
  }
}
