import type { Proposal } from '../core/consult.ts';
import { COMMON_KEYS, COMMON_TERMS, DEFAULTED } from './defaults.ts';
import type { Leaf } from './flatten.ts';
import { tokens } from './tokens.ts';

const MAX_TEXT = 4_000;
export const MAX_VALUE = 200;
/** An option of the action that was not taken. */
const NOT_TAKEN = new Set(['false', '']);
/** A line of a diff, of a list, or of what stands around a change. */
const NOT_A_SENTENCE = /^(?:[+\-~]\s|\s{2,})/;
/** `namespace/name`. */
const NAMED = /(?<![\w./-])[a-z][a-z0-9-]*\/[a-z0-9][a-z0-9.-]*(?![\w/])/g;

/**
 * The set of terms that text search asks for, each with the word it came from: sentences of the preview, names, and what the
 * change sets. Kinds and verb (`known`) are left out: selectors know them better than words do.
 */
export function termsOf(
  proposal: Proposal,
  known: readonly string[],
  changed: readonly Leaf[],
): ReadonlyMap<string, string> {
  const words = [sentencesOf(proposal.text)];
  for (const { namespace, name } of proposal.targets) words.push(namespace ?? '', name);
  for (const leaf of changed) words.push(...wordsOf(leaf));
  const terms = new Map<string, string>();
  for (const word of words.flatMap((text) => text.split(/\s+/)))
    for (const term of tokens(word)) if (!terms.has(term) && !isCommon(term)) terms.set(term, word);
  for (const term of known.flatMap(tokens)) terms.delete(term);
  return terms;
}

/** A value that was chosen, and the keys that lead to it; an option of the action only when it was taken. */
function wordsOf({ keys, value }: Leaf): readonly string[] {
  if (DEFAULTED.has(`${keys.at(-1) ?? ''}=${value}`)) return [];
  const isOption = keys.length === 1;
  if (isOption && NOT_TAKEN.has(value)) return [];
  const names = isOption && value !== 'true' ? [] : keys.slice(-2).filter((key) => !COMMON_KEYS.has(key));
  return [...names, value.slice(0, MAX_VALUE)];
}

/** The sentences of a preview; what it shows of objects is read from the objects themselves. */
const sentencesOf = (text: string): string =>
  text
    .slice(0, MAX_TEXT)
    .split('\n')
    .filter((line) => !NOT_A_SENTENCE.test(line))
    .join('\n');

/** Things that a preview names as `namespace/name`. */
export const namesIn = (text: string): string[] => [...text.slice(0, MAX_TEXT).matchAll(NAMED)].map(([name]) => name);

const isCommon = (term: string): boolean => COMMON_TERMS.has(term) || /^\d{1,3}$/.test(term);
