import { Forward, HALVES, isKey, isTitle, plain, timesOf } from './forward.ts';
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
  readonly #forward = new Forward();
  #base: Postings = Postings.empty;
  #delta: Postings = Postings.empty;
  #baseEnd = 0;
  #deadInBase = 0;
  #isStale = false;
  #scores = new Float32Array(0);
  #idfs = new Float64Array(0);

  get size(): number {
    return this.#forward.size;
  }

  get rows(): number {
    return this.#forward.rows;
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
    this.#forward.push(title, symptom, rest, this.terms.size);
    this.#isStale = true;
  }

  remove(row: number): void {
    if (!this.#forward.remove(row)) return;
    if (row < this.#baseEnd) this.#deadInBase++;
    this.#isStale = true;
  }

  /** The `limit` best rows, best first. */
  search(terms: Iterable<string>, limit: number, work?: SearchWork): TextHit[] {
    this.refresh();
    const wanted = this.#known(terms);
    const touched: number[] = [];
    for (const id of wanted) {
      const onlyTouched = touched.length >= ENOUGH_ROWS && this.#forward.df(id) > FREQUENT_SHARE * this.size;
      for (const postings of [this.#base, this.#delta]) {
        if (work) work.postings += postings.count(id);
        this.#add(postings, id, onlyTouched, touched);
      }
    }
    const scores = this.#scores;
    const best = bestOf(touched, (row) => (this.#forward.isDead(row) ? 0 : (scores[row] ?? 0)), limit);
    for (const row of touched) scores[row] = 0;
    return best.filter(({ score }) => score > 0);
  }

  /** BM25 of one row, for rows that another arm found. */
  score(row: number, terms: ReadonlySet<number>): number {
    const norm = this.#norm(row);
    let sum = 0;
    this.#forward.visit(row, (id, count) => {
      if (terms.has(id)) sum += this.#weight(id, count, norm);
    });
    return sum;
  }

  /** BM25 of the row's own title and symptom: the full mark of a question that holds all of it. */
  fullMark(row: number): number {
    const norm = this.#norm(row);
    let sum = 0;
    this.#forward.visit(row, (id, count) => {
      if (isKey(count)) sum += this.#weight(id, count, norm);
    });
    return sum || 1;
  }

  /** Idf of the terms that stand in the title of the row, as a share of that of all of them. */
  titleShare(row: number, terms: ReadonlySet<number>): number {
    let all = 0;
    for (const id of terms) all += this.idf(id);
    let found = 0;
    this.#forward.visit(row, (id, count) => {
      if (isTitle(count) && terms.has(id)) found += this.idf(id);
    });
    return all === 0 ? 0 : found / all;
  }

  /** True when title or symptom of the row hold one of these terms. */
  holdsInKey(row: number, terms: ReadonlySet<number>): boolean {
    let found = false;
    this.#forward.visit(row, (id, count) => {
      found ||= isKey(count) && terms.has(id);
    });
    return found;
  }

  /** What each of these terms adds to the row, heaviest first. */
  reasons(row: number, terms: ReadonlySet<number>): string[] {
    const found: { readonly id: number; readonly weight: number }[] = [];
    const norm = this.#norm(row);
    this.#forward.visit(row, (id, count) => {
      if (terms.has(id)) found.push({ id, weight: this.#weight(id, count, norm) });
    });
    return found.sort((a, b) => b.weight - a.weight).map(({ id }) => this.terms.name(id));
  }

  idsOf(terms: Iterable<string>): ReadonlySet<number> {
    return new Set(this.#known(terms));
  }

  /** Terms of a row with their frequency. */
  visitRow(row: number, use: (term: number, frequency: number) => void): void {
    this.#forward.visit(row, (id, count) => use(id, Math.max(1, timesOf(count))));
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
      if (id !== undefined && this.#forward.df(id) > 0) ids.add(id);
    }
    return [...ids].sort((a, b) => this.#forward.df(a) - this.#forward.df(b));
  }

  #add(postings: Postings, id: number, onlyTouched: boolean, touched: number[]): void {
    const { rows, frequencies } = postings;
    const [start, end] = postings.range(id);
    const scores = this.#scores;
    const { lengths, averageLength } = this.#forward;
    const flat = K1 * (1 - B);
    const slope = (K1 * B) / averageLength;
    const scale = this.idf(id) * (K1 + 1);
    for (let at = start; at < end; at++) {
      const row = rows[at] as number; // in range, as below: the loop is the hot spot of consulting
      const before = scores[row] as number;
      if (before === 0) {
        if (onlyTouched) continue;
        touched.push(row);
      }
      const frequency = (frequencies[at] as number) / HALVES;
      scores[row] = before + (scale * frequency) / (frequency + flat + slope * (lengths[row] as number));
    }
  }

  #weight(id: number, count: number, norm: number): number {
    const times = timesOf(count);
    return (this.idf(id) * times * (K1 + 1)) / (times + norm);
  }

  #norm(row: number): number {
    const { lengths, averageLength } = this.#forward;
    return K1 * (1 - B + (B * (lengths[row] ?? 0)) / averageLength);
  }

  /** Of every term, anew after each change: each depends on how many rows there are. */
  #weighTerms(): void {
    if (this.#idfs.length < this.terms.size) this.#idfs = new Float64Array(Math.ceil(this.terms.size * 1.25));
    for (let id = 0; id < this.terms.size; id++) {
      const df = this.#forward.df(id);
      this.#idfs[id] = df === 0 ? 0 : Math.log(1 + (this.size - df + 0.5) / (df + 0.5));
    }
  }

  /** Builds what was added since; done by `search` when needed. */
  refresh(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#weighTerms();
    const forward = this.#forward.view(this.terms.size);
    if (this.rows - this.#baseEnd + this.#deadInBase > REBUILD_SHARE * this.size) {
      this.#base = Postings.of(forward, 0, this.rows);
      this.#baseEnd = this.rows;
      this.#deadInBase = 0;
    }
    this.#delta = Postings.of(forward, this.#baseEnd, this.rows);
    if (this.#scores.length < this.rows) this.#scores = new Float32Array(Math.ceil(this.rows * 1.25));
  }
}
