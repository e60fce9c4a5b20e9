import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextIndex } from './text-index.ts';

/** BM25 as the book has it, over all living texts each time. */
function reference(texts: ReadonlyMap<number, readonly string[]>, terms: readonly string[]): Map<number, number> {
  const average = [...texts.values()].reduce((sum, words) => sum + words.length, 0) / texts.size;
  const scores = new Map<number, number>();
  for (const [row, words] of texts) {
    const weight = (term: string): number => {
      const df = [...texts.values()].filter((other) => other.includes(term)).length;
      const tf = words.filter((word) => word === term).length;
      const idf = Math.log(1 + (texts.size - df + 0.5) / (df + 0.5));
      return tf === 0 ? 0 : (idf * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * words.length) / average));
    };
    if (terms.some((term) => words.includes(term)))
      scores.set(
        row,
        terms.reduce((total, term) => total + weight(term), 0),
      );
  }
  return scores;
}

const word = fc.constantFrom('pod', 'node', 'drain', 'etcd', 'volume', 'label', 'taint', 'image');
const change = fc.record({
  words: fc.array(word, { minLength: 1, maxLength: 8 }),
  replaces: fc.option(fc.nat({ max: 11 }), { nil: undefined }),
});

test('after any additions and removals the scores are those of plain BM25', () => {
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 1, maxLength: 40 }),
      fc.uniqueArray(word, { minLength: 1 }),
      (all, asked) => {
        const index = new TextIndex();
        const texts = new Map<number, readonly string[]>();
        for (const { words, replaces } of all) {
          if (replaces !== undefined) {
            index.remove(replaces);
            texts.delete(replaces);
          }
          texts.set(index.rows, words);
          index.push([], [], index.intern(words));
          index.search(asked, 3); // builds in between
        }
        const wanted = reference(texts, asked);
        const found = index.search(asked, 100);
        expect(new Set(found.map(({ row }) => row))).toEqual(new Set(wanted.keys()));
        for (const { row, score } of found) {
          expect(score).toBeCloseTo(wanted.get(row) ?? -1, 4);
          expect(index.score(row, index.idsOf(asked))).toBeCloseTo(score, 4);
        }
        expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
        expect(index.size).toBe(texts.size);
      },
    ),
    { numRuns: 200 },
  );
});

test('a term of the key counts twice, and the full mark is a question that holds all of the key', () => {
  const index = new TextIndex();
  index.push(index.read('drain etcd'), [], index.read('pod'));
  index.push(index.read('pod'), [], index.read('drain'));
  const [first, second] = index.search(['drain'], 2);
  expect([first?.row, second?.row]).toEqual([0, 1]);
  expect(index.score(0, index.idsOf(['drain', 'etcd', 'nothing']))).toBeCloseTo(index.fullMark(0), 5);
  expect(index.reasons(0, index.idsOf(['pod', 'etcd']))).toEqual(['etcd', 'pod']);
});

test('frequent terms only add to rows that rarer ones have found', () => {
  const index = new TextIndex();
  for (let row = 0; row < 3_000; row++)
    index.push([], [], index.intern(['everywhere', `word-${row % 10}`, `id-${row}`]));
  const work = { postings: 0 };
  const found = index.search(['everywhere', 'word-3', 'id-13'], 5, work);
  expect(found[0]?.row).toBe(13);
  expect(index.search(['everywhere', 'word-3'], 3_000)).toHaveLength(300);
  expect(work.postings).toBe(1 + 300 + 3_000);
});

test('a word in an identifier counts half of what it counts by itself, and the title is told from the rest', () => {
  const index = new TextIndex();
  index.push(index.read('monitors'), index.read('serviceMonitorSelector'), []);
  index.push(index.read('a service'), index.read('the selector'), []);
  const asked = ['servic', 'selector'];
  expect(index.search(asked, 2).map(({ row }) => row)).toEqual([1, 0]);
  expect([0, 1].map((row) => index.titleShare(row, index.idsOf(asked)))).toEqual([0, 0.5]);
  expect([0, 1].map((row) => index.holdsInKey(row, index.idsOf(['servic'])))).toEqual([true, true]);
});
