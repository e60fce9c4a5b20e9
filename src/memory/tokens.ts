import { stemmer } from 'stemmer';
import { STOP_WORDS } from './stop-words.ts';

const WORD = /[\p{L}\p{N}][\p{L}\p{N}_.\-/:]*/gu;
const MAX_COMPOUND = 40;

const termOf = (word: string): string => (/^[a-z]{3,}$/.test(word) ? stemmer(word) : word);

/** Where camel case begins a new part; looks around instead of matching, so that no text takes more than linear time. */
const NEW_PART = /[_.\-/:]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/;

const parts = (word: string): string[] => word.split(NEW_PART).filter((part) => part !== '');

/** The words of a text as they stand: runs of letters, digits and what joins them. */
export const wordsOf = (text: string): readonly string[] => text.match(WORD) ?? [];

/**
 * The terms of a text, in order: an identifier counts whole and by its parts, plain words are stemmed, stop words are gone.
 * `imagePullPolicy` -> imagepullpolici, imag, pull, polici; `CoreDNS` shares its first term with `coredns`. The one tokeniser for lessons, questions and every store.
 */
export const tokens = (text: string): string[] => wordsOf(text).flatMap((word) => termsOf(trimEnd(word)));

function termsOf(word: string): string[] {
  const found: string[] = [];
  const pieces = parts(word);
  if (pieces.length > 1 && word.length <= MAX_COMPOUND) found.push(termOf(word.toLowerCase()));
  for (const piece of pieces) {
    const term = piece.toLowerCase();
    if (!STOP_WORDS.has(term)) found.push(termOf(term));
  }
  return found;
}

/** True when a word that has parts also counts whole: its first term is then itself. */
export const isWhole = (word: string): boolean => trimEnd(word).length <= MAX_COMPOUND;

/** Without the punctuation that ends a sentence or a path. */
function trimEnd(word: string): string {
  let end = word.length;
  while (end > 0 && PUNCTUATION.includes(word.charAt(end - 1))) end--;
  return word.slice(0, end);
}

const PUNCTUATION = '.-/:_';
