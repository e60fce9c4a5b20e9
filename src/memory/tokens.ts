import { stemmer } from 'stemmer';
import { STOP_WORDS } from './stop-words.ts';

const WORD = /[\p{L}\p{N}][\p{L}\p{N}_.\-/:]*/gu;
const MAX_COMPOUND = 40;

const termOf = (word: string): string => (/^[a-z]{3,}$/.test(word) ? stemmer(word) : word);

function parts(word: string): string[] {
  return word
    .split(/[_.\-/:]+/)
    .flatMap((part) =>
      part
        .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
        .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
        .split(' '),
    )
    .filter((part) => part !== '');
}

/**
 * The terms of a text, in order: an identifier counts whole and by its parts, plain words are stemmed, stop words are gone.
 * `imagePullPolicy` -> imagepullpolici, imag, pull, polici; `CoreDNS` shares its first term with `coredns`. The one tokeniser for lessons, questions and every store.
 */
export function tokens(text: string): string[] {
  const found: string[] = [];
  for (const [raw] of text.matchAll(WORD)) {
    const word = raw.replace(/[.\-/:_]+$/, '');
    const pieces = parts(word);
    if (pieces.length > 1 && word.length <= MAX_COMPOUND) found.push(termOf(word.toLowerCase()));
    for (const piece of pieces) {
      const term = piece.toLowerCase();
      if (!STOP_WORDS.has(term)) found.push(termOf(term));
    }
  }
  return found;
}
