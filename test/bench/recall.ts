import type { Proposal } from '../../src/core/consult.ts';
import { failures } from '../../src/memory/cases/failures.ts';
import { harmless } from '../../src/memory/cases/harmless.ts';
import { unseenFailures, unseenHarmless } from '../../src/memory/cases/unseen.ts';
import { loadLessons } from '../../src/memory/lesson-file.ts';
import { measureAsOf } from './support/as-of.ts';
import { plainBm25, plainCosine, type Ranker } from './support/plain.ts';
import {
  type Consult,
  consultOf,
  measureFailures,
  measureNoise,
  measureSearch,
  recordedPlans,
  searchOf,
  serviceOf,
} from './support/recall.ts';
import { loadSets, type RecallSet } from './support/sets.ts';
import { trainedTable } from './support/table.ts';

/**
 * How well lessons are found: `npm run bench:recall [-- FOLDER ...]` prints the tables of docs/benchmarks/memory.md.
 * First the sets of `recall/` and of each folder, then changes: failures must find their lesson, harmless ones nothing;
 * then looks back. `test/contract/recall` holds the same numbers against floors.
 */
const pathOf = (path: string): string => new URL(path, import.meta.url).pathname;
const percent = (share: number): string => share.toFixed(3).replace(/^0/, '');
const row = (...cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);
const head = (...cells: readonly string[]): void => {
  row(...cells);
  row(...cells.map(() => '---'));
};

async function measureSet(set: RecallSet): Promise<void> {
  const { name, documents, queries } = set;
  const isOfLessons = documents === lessons;
  const table = await trainedTable(isOfLessons ? lessons : [...lessons, ...documents]);
  const methods = [
    ['plain BM25', plainBm25(documents)],
    ['plain cosine', plainCosine(documents, table)],
    ['ours, words only', searchOf(await serviceOf(documents))],
    ['**ours**', searchOf(await serviceOf(documents, table))],
  ] as const;
  for (const [method, find] of methods) {
    const { first, recall5, recall10, ndcg10 } = await measureSearch(set, find);
    row(name, `${documents.length} / ${queries.length}`, method, ...[first, recall5, recall10, ndcg10].map(percent));
  }
}

/** What a stock search would be asked with: everything that stands in the proposal. */
const textOf = ({ action, input, objects, text }: Proposal): string => JSON.stringify([action, input, objects, text]);

const plain =
  (ranker: Ranker): Consult =>
  async (proposal) =>
    ranker(textOf(proposal))
      .slice(0, 5)
      .map((id) => ({ id, strength: 'likely' }));

async function measureChanges(): Promise<void> {
  const table = await trainedTable(lessons);
  const recorded = [...recordedPlans(pathOf('./recall/plans')).values()].flat();
  for (const [method, consult] of [
    ['plain BM25', plain(plainBm25(lessons))],
    ['plain cosine', plain(plainCosine(lessons, table))],
    ['ours, no vectors', consultOf(await serviceOf(lessons))],
    ['**ours**', consultOf(await serviceOf(lessons, table))],
  ] as const) {
    for (const [name, wrong, fine] of [
      ['seen', failures, harmless],
      ['unseen', unseenFailures, unseenHarmless],
      ['planned on the lab', [], recorded],
    ] as const) {
      const { first, recall5 } = await measureFailures(wrong, consult);
      const { noise5, noisy, certain } = await measureNoise(fine, consult);
      const found = wrong.length === 0 ? ['', ''] : [percent(first), percent(recall5)];
      row(method, `${name}, ${wrong.length} / ${fine.length}`, ...found, noise5.toFixed(2), noisy.length, certain);
    }
  }
}

const { lessons } = await loadLessons(pathOf('../../lessons'));
const sets = [pathOf('./recall'), ...process.argv.slice(2)].flatMap((folder) => loadSets(folder, lessons));
head('set', 'documents / queries', 'method', 'R@1', 'R@5', 'R@10', 'nDCG@10');
for (const set of sets) await measureSet(set);
console.log('');
head('method', 'changes: failures / harmless', 'own lesson first', 'R@5', 'noise@5', 'harmless with any', 'certain');
await measureChanges();
console.log('');
head('looks back', 'asked', 'found before the change, R@5', 'its successor after it, R@5', 'leaks');
for (const { name, queries } of sets.filter(({ name }) => name === 'lessons')) {
  const { asked, before5, successor5, leaks } = await measureAsOf(lessons, queries);
  row(name, asked, percent(before5), percent(successor5), leaks.length);
}
