import type { Lesson } from '../../../src/core/lesson.ts';
import { cosine, type EmbeddingTable, embed } from '../../../src/memory/embed/table.ts';
import { tokens } from '../../../src/memory/tokens.ts';

/** Ids, best first. */
export type Ranker = (text: string) => readonly string[];

const textOf = ({ title, symptom, cause, fix, wrong_fix, prevention }: Lesson): string =>
  [title, symptom, cause, fix, wrong_fix, prevention].join(' ');
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

const ranked = (documents: readonly Lesson[], scoreOf: (index: number) => number): string[] =>
  documents
    .map(({ id }, index) => ({ id, score: scoreOf(index) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ id }) => id);

/** BM25 over plain lower-case words, k1 1.2, b 0.75, every word of the question as often as it stands: what a stock full-text index does. */
export function plainBm25(documents: readonly Lesson[]): Ranker {
  const bags = documents.map((one) => {
    const counts = new Map<string, number>();
    for (const word of wordsOf(textOf(one))) counts.set(word, (counts.get(word) ?? 0) + 1);
    return counts;
  });
  const lengths = bags.map((bag) => [...bag.values()].reduce((sum, count) => sum + count, 0));
  const average = lengths.reduce((sum, one) => sum + one, 0) / lengths.length;
  const df = new Map<string, number>();
  for (const bag of bags) for (const word of bag.keys()) df.set(word, (df.get(word) ?? 0) + 1);
  return (text) => {
    const asked = wordsOf(text);
    return ranked(documents, (index) =>
      asked.reduce((sum, word) => {
        const tf = bags[index]?.get(word) ?? 0;
        const n = df.get(word) ?? 0;
        const idf = Math.log(1 + (documents.length - n + 0.5) / (n + 0.5));
        return sum + (idf * tf * 2.2) / (tf + 1.2 * (0.25 + (0.75 * (lengths[index] ?? 0)) / average) || 1);
      }, 0),
    );
  };
}

/** The trained table alone. */
export function plainCosine(documents: readonly Lesson[], table: EmbeddingTable): Ranker {
  const vectors = documents.map((one) => embed(table, tokens(textOf(one))));
  return (text) => {
    const asked = embed(table, [...new Set(tokens(text))]);
    return ranked(documents, (index) => cosine(asked, vectors[index] ?? asked));
  };
}
