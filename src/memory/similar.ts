import { tokens } from './tokens.ts';

const SHINGLE = 4;
/** From here on two texts say the same (measured on twins of lessons). */
const SAME = 0.72;
const NEGATION = /\b(?:not|no|never|none|without|cannot|can't|don't|doesn't|isn't|won't|nor|neither)\b/gi;
const NUMBER = /\d+(?:\.\d+)*/g;

/** What two texts are compared by. */
export interface Sketch {
  readonly shingles: ReadonlySet<string>;
  /** Its numbers and negations: texts that differ in these never say the same, however alike they look. */
  readonly facts: string;
}

export function sketch(text: string): Sketch {
  const terms = tokens(text);
  const width = Math.min(SHINGLE, terms.length);
  const shingles = new Set<string>();
  for (let at = 0; at + width <= terms.length && width > 0; at++) shingles.add(terms.slice(at, at + width).join(' '));
  const numbers = [...new Set(text.match(NUMBER) ?? [])].sort();
  return { shingles, facts: `${numbers.join(',')}/${(text.match(NEGATION) ?? []).length}` };
}

/** True when `a` and `b` say the same: 4-shingle Jaccard of .72 or more, with the same numbers and negations. */
export const saysTheSame = (a: Sketch, b: Sketch): boolean => a.facts === b.facts && looksTheSame(a, b);

/** As `saysTheSame`, whatever the numbers and negations. */
export function looksTheSame(a: Sketch, b: Sketch): boolean {
  if (a.shingles.size === 0 || b.shingles.size === 0) return false;
  let shared = 0;
  for (const shingle of a.shingles) if (b.shingles.has(shingle)) shared++;
  return shared / (a.shingles.size + b.shingles.size - shared) >= SAME;
}

/** The text without numbers and negations: one of them would hide how alike the rest is. */
export const withoutFacts = (text: string): string => text.replaceAll(NUMBER, ' ').replaceAll(NEGATION, ' ');
