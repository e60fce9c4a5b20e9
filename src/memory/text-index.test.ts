import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type IndexedText, TextIndex } from './text-index.ts';

const textOf = (words: readonly string[]): IndexedText => {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { counts, key: new Set(words) };
};

/** BM25 as the book has it, over all texts each time. */
function reference(texts: ReadonlyMap<string, readonly string[]>, terms: readonly string[]): Map<string, number> {
  const average = [...texts.values()].reduce((sum, words) => sum + words.length, 0) / texts.size;
  const scores = new Map<string, number>();
  for (const [id, words] of texts) {
    const weight = (term: string): number => {
      const df = [...texts.values()].filter((other) => other.includes(term)).length;
      const tf = words.filter((word) => word === term).length;
      const idf = Math.log(1 + (texts.size - df + 0.5) / (df + 0.5));
      return tf === 0 ? 0 : (idf * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * words.length) / average));
    };
    const sum = (all: readonly string[]): number => all.reduce((total, term) => total + weight(term), 0);
    if (terms.some((term) => words.includes(term))) scores.set(id, Math.min(1, sum(terms) / sum([...new Set(words)])));
  }
  return scores;
}

const word = fc.constantFrom('pod', 'node', 'drain', 'etcd', 'volume', 'label', 'taint', 'image');
const change = fc.record({
  id: fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `lesson-${index}`)),
  words: fc.array(word, { minLength: 1, maxLength: 8 }),
  isRemoved: fc.boolean(),
});

test('after any changes the scores are those of BM25 over what is there', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.uniqueArray(word, { minLength: 1 }), (changes, terms) => {
      const index = new TextIndex();
      const texts = new Map<string, readonly string[]>();
      for (const { id, words, isRemoved } of changes) {
        if (isRemoved) {
          index.remove(id);
          texts.delete(id);
        } else {
          index.put(id, textOf(words));
          texts.set(id, words);
        }
        if (texts.size % 5 === 0) index.search(['pod'], 0); // builds a delta in between
      }
      const expected = reference(texts, terms);
      const found = new Map(index.search(terms, 0).map(({ id, score }) => [id, score] as const));
      expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [id, score] of expected) expect(found.get(id)).toBeCloseTo(score, 5);
    }),
  );
});

test('an empty index finds nothing', () => {
  expect(new TextIndex().search(['pod'], 0)).toEqual([]);
});
