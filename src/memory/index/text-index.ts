import { Growing } from './growing.ts';
import { Names } from './lists.ts';
import { Postings } from './postings.ts';
import { TermReader } from './reader.ts';
import { bestOf } from './top.ts';

const K1 = 1.2;
const B = 0.75;
/** A delta or a graveyard above this share of the index is folded into a fresh base. */
const REBUILD_SHARE = 0.1;
/** Once so many rows are touched, frequent terms only add to those. */
const ENOUGH_ROWS = 200;
const FREQUENT_SHARE = 0.05;
/** Marks a term of the key (title and symptom); the rest of the byte is its frequency. */
const KEY = 0x80;
/** Marks a term of the title. */
const TITLE = 0x40;
const MAX_FREQUENCY = 0x3f;

/** How a mention counts, in halves: by itself, or as a part of an identifier. */
const WHOLE = 2;
const PART = 1;
const plain = (id: number): number => (id < 0 ? ~id : id);

export interface TextHit {
  readonly row: number;
  /** BM25. */
  readonly score: number;
}

/** What a search did, for gates that count work instead of measuring time. */
export interface SearchWork {
  postings: number;
}

/** Exact BM25 over numbered rows in typed arrays: a big base, a small delta, and rows that died since. */
export class TextIndex {
  readonly terms = new Names();
  readonly #reader = new TermReader(this.terms);
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
  #base: Postings = Postings.empty;
  #delta: Postings = Postings.empty;
  #baseEnd = 0;
  #deadInBase = 0;
  #isStale = false;
  #scores = new Float32Array(0);
  #idfs = new Float64Array(0);

  constructor() {
    this.#starts.push(0);
  }

  get size(): number {
    return this.#size;
  }

  get rows(): number {
    return this.#lengths.length;
  }

  /** Numbers of the terms of a text, in order, as `push` takes them: parts of identifiers as `~id`. */
  read(text: string): readonly number[] {
    return this.#reader.read(text);
  }

  /** The same, all alike. */
  termsOf(text: string): ReadonlySet<number> {
    return new Set(this.#reader.read(text).map(plain));
  }

  /** Numbers of terms. */
  intern(terms: readonly string[]): readonly number[] {
    return terms.map((term) => this.terms.intern(term));
  }

  /** Adds the next row: terms of title and symptom count twice, they are what somebody who meets it again would say. */
  push(title: readonly number[], symptom: readonly number[], rest: readonly number[]): void {
    while (this.#df.length < this.terms.size) this.#df.push(0);
    if (this.#tally.length < this.terms.size) this.#tally = new Uint32Array(Math.ceil(this.terms.size * 1.5));
    const tally = this.#tally;
    const row: number[] = [];
    const add = (ids: readonly number[], by: number): void => {
      for (const one of ids) {
        const id = plain(one);
        if (tally[id] === 0) row.push(id);
        tally[id] = (tally[id] ?? 0) + by * (one < 0 ? PART : WHOLE);
      }
    };
    add(title, 2);
    const titles = row.length;
    add(symptom, 2);
    const keys = row.length;
    add(rest, 1);
    let length = 0;
    const counts = new Uint8Array(row.length);
    const df = this.#df.array;
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
    this.#isStale = true;
  }

  remove(row: number): void {
    if (row >= this.rows || this.#isDead.at(row) === 1) return;
    for (let at = this.#starts.at(row); at < this.#starts.at(row + 1); at++) {
      const id = this.#ids.at(at);
      this.#df.set(id, this.#df.at(id) - 1);
    }
    this.#isDead.set(row, 1);
    this.#totalLength -= this.#lengths.at(row);
    this.#size--;
    if (row < this.#baseEnd) this.#deadInBase++;
    this.#isStale = true;
  }

  /** The `limit` best rows, best first. */
  search(terms: Iterable<string>, limit: number, work?: SearchWork): TextHit[] {
    this.refresh();
    const wanted = this.#known(terms);
    const touched: number[] = [];
    for (const id of wanted) {
      const onlyTouched = touched.length >= ENOUGH_ROWS && this.#df.at(id) > FREQUENT_SHARE * this.#size;
      for (const postings of [this.#base, this.#delta]) {
        if (work) work.postings += postings.count(id);
        this.#add(postings, id, onlyTouched, touched);
      }
    }
    const scores = this.#scores;
    const best = bestOf(touched, (row) => (this.#isDead.at(row) === 1 ? 0 : (scores[row] ?? 0)), limit);
    for (const row of touched) scores[row] = 0;
    return best.filter(({ score }) => score > 0);
  }

  /** BM25 of one row, for rows that another arm found. */
  score(row: number, terms: ReadonlySet<number>): number {
    const norm = this.#norm(row);
    const end = this.#starts.at(row + 1);
    let sum = 0;
    for (let at = this.#starts.at(row); at < end; at++) {
      const id = this.#ids.at(at);
      if (terms.has(id)) sum += this.#weight(id, this.#counts.at(at) & MAX_FREQUENCY, norm);
    }
    return sum;
  }

  /** BM25 of the row's own title and symptom: the full mark of a question that holds all of it. */
  fullMark(row: number): number {
    const norm = this.#norm(row);
    const end = this.#starts.at(row + 1);
    let sum = 0;
    for (let at = this.#starts.at(row); at < end; at++) {
      const count = this.#counts.at(at);
      if ((count & KEY) !== 0) sum += this.#weight(this.#ids.at(at), count & MAX_FREQUENCY, norm);
    }
    return sum || 1;
  }

  /** Idf of the terms that stand in the title of the row, as a share of that of all of them. */
  titleShare(row: number, terms: ReadonlySet<number>): number {
    let all = 0;
    for (const id of terms) all += this.idf(id);
    let found = 0;
    this.#visit(row, (id, count) => {
      if ((count & TITLE) !== 0 && terms.has(id)) found += this.idf(id);
    });
    return all === 0 ? 0 : found / all;
  }

  /** True when title or symptom of the row hold one of these terms. */
  holdsInKey(row: number, terms: ReadonlySet<number>): boolean {
    const end = this.#starts.at(row + 1);
    for (let at = this.#starts.at(row); at < end; at++)
      if ((this.#counts.at(at) & KEY) !== 0 && terms.has(this.#ids.at(at))) return true;
    return false;
  }

  /** What each of these terms adds to the row, heaviest first. */
  reasons(row: number, terms: ReadonlySet<number>): string[] {
    const found: { readonly id: number; readonly weight: number }[] = [];
    const norm = this.#norm(row);
    this.#visit(row, (id, count) => {
      if (terms.has(id)) found.push({ id, weight: this.#weight(id, count & MAX_FREQUENCY, norm) });
    });
    return found.sort((a, b) => b.weight - a.weight).map(({ id }) => this.terms.name(id));
  }

  idsOf(terms: Iterable<string>): ReadonlySet<number> {
    return new Set(this.#known(terms));
  }

  /** Terms of a row with their frequency. */
  visitRow(row: number, use: (term: number, frequency: number) => void): void {
    this.#visit(row, (id, count) => use(id, Math.max(1, (count & MAX_FREQUENCY) / WHOLE)));
  }

  /** Of a term by its number. */
  idf(id: number): number {
    return this.#idfs[id] ?? 0;
  }

  /** Rare terms first. */
  #known(terms: Iterable<string>): number[] {
    const ids = new Set<number>();
    for (const term of terms) {
      const id = this.terms.idOf(term);
      if (id !== undefined && this.#df.at(id) > 0) ids.add(id);
    }
    return [...ids].sort((a, b) => this.#df.at(a) - this.#df.at(b));
  }

  #add(postings: Postings, id: number, onlyTouched: boolean, touched: number[]): void {
    const { rows, frequencies } = postings;
    const [start, end] = postings.range(id);
    const scores = this.#scores;
    const lengths = this.#lengths.array;
    const flat = K1 * (1 - B);
    const slope = (K1 * B) / this.#averageLength;
    const scale = this.idf(id) * (K1 + 1);
    for (let at = start; at < end; at++) {
      const row = rows[at] as number; // in range, as below: the loop is the hot spot of consulting
      const before = scores[row] as number;
      if (before === 0) {
        if (onlyTouched) continue;
        touched.push(row);
      }
      const frequency = (frequencies[at] as number) / WHOLE;
      scores[row] = before + (scale * frequency) / (frequency + flat + slope * (lengths[row] as number));
    }
  }

  #visit(row: number, use: (id: number, count: number) => void): void {
    const end = this.#starts.at(row + 1);
    for (let at = this.#starts.at(row); at < end; at++) use(this.#ids.at(at), this.#counts.at(at));
  }

  #weight(id: number, frequency: number, norm: number): number {
    const times = frequency / WHOLE;
    return (this.idf(id) * times * (K1 + 1)) / (times + norm);
  }

  #norm(row: number): number {
    return K1 * (1 - B + (B * this.#lengths.at(row)) / this.#averageLength);
  }

  /** Of every term, anew after each change: each depends on how many rows there are. */
  #weighTerms(): void {
    if (this.#idfs.length < this.terms.size) this.#idfs = new Float64Array(Math.ceil(this.terms.size * 1.25));
    for (let id = 0; id < this.terms.size; id++) {
      const df = this.#df.at(id);
      this.#idfs[id] = df === 0 ? 0 : Math.log(1 + (this.#size - df + 0.5) / (df + 0.5));
    }
  }

  get #averageLength(): number {
    return this.#totalLength / Math.max(1, this.#size) || 1;
  }

  /** Builds what was added since; done by `search` when needed. */
  refresh(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#weighTerms();
    const forward = {
      starts: this.#starts.array,
      ids: this.#ids.array,
      counts: this.#counts.array,
      mask: MAX_FREQUENCY,
      isDead: this.#isDead.array,
      terms: this.terms.size,
    };
    if (this.rows - this.#baseEnd + this.#deadInBase > REBUILD_SHARE * this.#size) {
      this.#base = Postings.of(forward, 0, this.rows);
      this.#baseEnd = this.rows;
      this.#deadInBase = 0;
    }
    this.#delta = Postings.of(forward, this.#baseEnd, this.rows);
    if (this.#scores.length < this.rows) this.#scores = new Float32Array(Math.ceil(this.rows * 1.25));
  }
}
