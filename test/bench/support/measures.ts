/** Recall at 5 and 10 and nDCG at 10 of one answer: the share of what is relevant that was found, and how early. */
export interface Measures {
  readonly recall5: number;
  readonly recall10: number;
  readonly ndcg10: number;
  /** 1 when the first answer is relevant. */
  readonly first: number;
}

export function measure(answer: readonly string[], relevant: readonly string[]): Measures {
  const recall = (k: number): number =>
    answer.slice(0, k).filter((id) => relevant.includes(id)).length / Math.min(k, relevant.length);
  const gain = (rank: number): number => 1 / Math.log2(rank + 2);
  const dcg = answer.slice(0, 10).reduce((sum, id, rank) => sum + (relevant.includes(id) ? gain(rank) : 0), 0);
  const best = relevant.slice(0, 10).reduce((sum, _, rank) => sum + gain(rank), 0);
  return {
    recall5: recall(5),
    recall10: recall(10),
    ndcg10: dcg / best,
    first: relevant.includes(answer[0] ?? '') ? 1 : 0,
  };
}

export function mean(all: readonly Measures[]): Measures {
  const of = (key: keyof Measures): number => all.reduce((sum, one) => sum + one[key], 0) / Math.max(1, all.length);
  return { recall5: of('recall5'), recall10: of('recall10'), ndcg10: of('ndcg10'), first: of('first') };
}
