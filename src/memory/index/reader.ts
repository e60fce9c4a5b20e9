import { isWhole, tokens, wordsOf } from '../tokens.ts';
import type { Names } from './lists.ts';

const MAX_KNOWN = 20_000;
const TABLE = 1 << 16;
/** Characters of a word: 1 starts one, 2 goes on only; everything beyond ASCII is left to `wordsOf`. */
const CLASS = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789') CLASS[char.charCodeAt(0)] = 1;
for (const char of '_.-/:') CLASS[char.charCodeAt(0)] = 2;

/**
 * Texts as numbers of their terms, the same terms that `tokens` gives. Words that were read before are found by a hash
 * taken while scanning, without making a string of each: reading every lesson at start is mostly this.
 */
export class TermReader {
  readonly #terms: Names;
  readonly #words: string[] = [];
  readonly #ids: (readonly number[])[] = [];
  /** Hash -> number of the word + 1. */
  readonly #table = new Int32Array(TABLE);

  constructor(terms: Names) {
    this.#terms = terms;
  }

  /** In order; a part of an identifier (`monitor` of `ServiceMonitor`) as `~id`: it says less than the word by itself. */
  read(text: string): number[] {
    const found: number[] = [];
    let at = 0;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code > 127) return this.#readSlowly(text);
      if (CLASS[code] !== 1) at++;
      else at = this.#readWord(text, at, found);
    }
    return found;
  }

  /** Reads the word that starts at `start`; returns where it ends. */
  #readWord(text: string, start: number, found: number[]): number {
    let hash = 0;
    let end = start;
    for (; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code > 127 || CLASS[code] === 0) break;
      hash = (Math.imul(hash, 31) + code) | 0;
    }
    for (const id of this.#idsOf(text, start, end, hash)) found.push(id);
    return end;
  }

  #idsOf(text: string, start: number, end: number, hash: number): readonly number[] {
    let slot = (hash ^ (hash >>> 15)) & (TABLE - 1);
    for (let known = this.#table[slot] ?? 0; known > 0; known = this.#table[slot] ?? 0) {
      const word = this.#words[known - 1] ?? '';
      if (word.length === end - start && text.startsWith(word, start)) return this.#ids[known - 1] ?? [];
      slot = (slot + 1) & (TABLE - 1);
    }
    const word = text.slice(start, end);
    const ids = this.#intern(word);
    // The first words are the common ones: later ones are read anew each time.
    if (this.#words.length < MAX_KNOWN) {
      this.#ids.push(ids);
      this.#table[slot] = this.#words.push(Buffer.from(word).toString()); // a copy, so that no text is kept alive
    }
    return ids;
  }

  /** A letter beyond ASCII may stand inside a word: the whole text is read by the rule itself. */
  #readSlowly(text: string): number[] {
    return wordsOf(text).flatMap((word) => this.#intern(word));
  }

  #intern(word: string): readonly number[] {
    const [first, ...rest] = tokens(word).map((term) => this.#terms.intern(term));
    if (first === undefined) return [];
    return rest.length === 0 ? [first] : [isWhole(word) ? first : ~first, ...rest.map((id) => ~id)];
  }
}
