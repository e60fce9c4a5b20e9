import type { LiveIndex } from './live-index.ts';
import type { Found } from './match.ts';
import type { Ranked } from './rank.ts';

const SEEDS = 20;
/** What more lessons share than this tells nothing. */
const MAX_DEGREE = 200;
const ENTITIES = 24;
const MAX_EXPANDED = 50;
const SIMILAR_SHARE = 0.8;
/** Another lesson about the same component must be this strongly tied to be shown without a word of its own. */
const SHARED_SHARE = 0.5;

type Seed = Pick<Found, 'row' | 'score' | 'rank'> | Ranked;
const scoreOf = (seed: Seed): number => ('score' in seed ? seed.score : seed.worth);

/**
 * Lessons that the best finds lead to: opposites, twins, and others about the same rare component.
 * What is reached never ranks above what it was reached from.
 */
export function expand(index: LiveIndex, found: readonly Seed[], day: number): readonly Ranked[] {
  const seeds = [...found].sort((a, b) => scoreOf(b) - scoreOf(a)).slice(0, SEEDS);
  const reached = new Map<number, Ranked>();
  const offer = (row: number | undefined, from: Seed, weight: number, through: string): void => {
    if (row === undefined || row === from.row || !index.columns.isLive(row, day)) return;
    const worth = scoreOf(from) * weight;
    if ((reached.get(row)?.worth ?? 0) >= worth) return;
    reached.set(row, { row, worth, rank: from.rank * weight, through });
  };
  for (const seed of seeds) overLinks(index, seed, day, offer);
  overComponents(index, seeds, offer);
  return [...reached.values()].sort((a, b) => b.worth - a.worth || a.row - b.row).slice(0, MAX_EXPANDED);
}

type Offer = (row: number | undefined, from: Seed, weight: number, through: string) => void;

function overLinks({ columns, relations }: LiveIndex, seed: Seed, day: number, offer: Offer): void {
  const from = columns.ids[seed.row] ?? '';
  for (const { id, kind, weight } of relations.of(from)) {
    const row = columns.rowOf(id);
    const head = row === undefined ? undefined : columns.head(row, day);
    if (kind === 'contradicts') offer(head, seed, 1, `contradicts ${from}`);
    else offer(head, seed, SIMILAR_SHARE * weight, `similar to ${from}`);
  }
}

/** The rarest components of the seeds, each worth less the more lessons share it. */
function overComponents({ columns }: LiveIndex, seeds: readonly Seed[], offer: Offer): void {
  const tied = new Map<number, { readonly seed: Seed; readonly rows: readonly number[] }>();
  for (const seed of seeds)
    for (const component of columns.components.of(seed.row)) {
      const rows = columns.rowsOf(component);
      if (rows.length > 1 && rows.length <= MAX_DEGREE && !tied.has(component)) tied.set(component, { seed, rows });
    }
  const rarest = [...tied].sort(([, a], [, b]) => a.rows.length - b.rows.length).slice(0, ENTITIES);
  for (const [component, { seed, rows }] of rarest) {
    const weight = SHARED_SHARE / (1 + Math.log(1 + rows.length));
    for (const row of rows) offer(row, seed, weight, `also about ${columns.components.names.name(component)}`);
  }
}
