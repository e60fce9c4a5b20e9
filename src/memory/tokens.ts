import { stemmer } from 'stemmer';
import { STOP_WORDS } from './stop-words.ts';

const WORD = /[\p{L}\p{N}][\p{L}\p{N}_.\-/:]*/gu;
const MAX_COMPOUND = 40;

const termOf = (word: string): string => (/^[a-z]{3,}$/.test(word) ? stemmer(word) : word);

/** Where camel case begins a new part; looks around instead of matching, so that no text takes more than linear time. */
const NEW_PART = /[_.\-/:]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/;

const parts = (word: string): string[] => word.split(NEW_PART).filter((part) => part !== '');

/** Words already taken apart: the same few thousand make up most texts. */
const known = new Map<string, readonly string[]>();
const MAX_KNOWN = 50_000;
const MAX_KNOWN_WORD = 60;

/**
 * The terms of a text, in order: an identifier counts whole and by its parts, plain words are stemmed, stop words are gone.
 * `imagePullPolicy` -> imagepullpolici, imag, pull, polici; `CoreDNS` shares its first term with `coredns`. The one tokeniser for lessons, questions and every store.
 */
export function tokens(text: string): string[] {
  const found: string[] = [];
  for (const raw of text.match(WORD) ?? []) {
    for (const term of known.get(raw) ?? learn(raw)) found.push(term);
  }
  return found;
}

function learn(raw: string): readonly string[] {
  const terms = termsOf(trimEnd(raw));
  if (raw.length > MAX_KNOWN_WORD) return terms;
  if (known.size >= MAX_KNOWN) known.clear();
  // A copy: a piece of a text would keep the whole text in memory.
  known.set(Buffer.from(raw).toString(), terms);
  return terms;
}

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

/** Without the punctuation that ends a sentence or a path. */
function trimEnd(word: string): string {
  let end = word.length;
  while (end > 0 && PUNCTUATION.includes(word.charAt(end - 1))) end--;
  return word.slice(0, end);
}

const PUNCTUATION = '.-/:_';
