import { ManualClock } from '../../src/core/clock.ts';
import type { Proposal } from '../../src/core/consult.ts';
import { countingIds } from '../../src/core/ids.ts';
import type { Lesson } from '../../src/core/lesson.ts';
import { failures } from '../../src/memory/cases/failures.ts';
import { harmless } from '../../src/memory/cases/harmless.ts';
import { unseenFailures, unseenHarmless } from '../../src/memory/cases/unseen.ts';
import type { EmbeddingTable } from '../../src/memory/embed/table.ts';
import { InMemoryLessonStore } from '../../src/memory/in-memory.ts';
import { loadLessons } from '../../src/memory/lesson-file.ts';
import { createLessons, type LessonsService } from '../../src/memory/lessons.ts';
import { type Measures, mean, measure } from './support/measures.ts';
import { plainBm25, plainCosine, type Ranker } from './support/plain.ts';
import { loadSets, type RecallSet } from './support/sets.ts';
import { trainedTable } from './support/table.ts';

/**
 * How well lessons are found: `npm run bench:recall [-- FOLDER ...]` prints the tables of docs/benchmarks/memory.md.
 * First the sets of `recall/` and of each folder, then changes: failures must find their lesson, harmless ones nothing.
 */
const AT = '2026-11-21T08:00:00.000Z';
const pathOf = (path: string): string => new URL(path, import.meta.url).pathname;

async function serviceOf(lessons: readonly Lesson[], table?: EmbeddingTable): Promise<LessonsService> {
  const store = new InMemoryLessonStore();
  for (const lesson of lessons) await store.save({ lesson, by: 'file', at: AT });
  const service = createLessons({ store, clock: new ManualClock(AT), newId: countingIds() });
  if (table !== undefined) await service.useTable(table);
  return service;
}

const percent = (share: number): string => share.toFixed(3).replace(/^0/, '');
const row = (...cells: readonly (string | number)[]): void => console.log(`| ${cells.join(' | ')} |`);

async function measureSet({ name, documents, queries }: RecallSet): Promise<void> {
  const isOfLessons = documents === lessons;
  const table = await trainedTable(isOfLessons ? lessons : [...lessons, ...documents]);
  const [words, both] = [await serviceOf(documents), await serviceOf(documents, table)];
  const search =
    (service: LessonsService) =>
    async (text: string): Promise<readonly string[]> =>
      (await service.search({ text, limit: 10 })).map(({ lesson }) => lesson.id);
  const methods: readonly (readonly [string, (text: string) => readonly string[] | Promise<readonly string[]>])[] = [
    ['plain BM25', plainBm25(documents)],
    ['plain cosine', plainCosine(documents, table)],
    ['ours, words only', search(words)],
    ['**ours**', search(both)],
  ];
  for (const [method, find] of methods) {
    const all: Measures[] = [];
    for (const { text, relevant } of queries) all.push(measure(await find(text), relevant));
    const { first, recall5, recall10, ndcg10 } = mean(all);
    row(name, `${documents.length} / ${queries.length}`, method, ...[first, recall5, recall10, ndcg10].map(percent));
  }
}

/** What a stock search would be asked with: everything that stands in the proposal. */
const textOf = ({ action, input, objects, text }: Proposal): string => JSON.stringify([action, input, objects, text]);

async function measureChanges(): Promise<void> {
  const table = await trainedTable(lessons);
  const [words, both] = [await serviceOf(lessons), await serviceOf(lessons, table)];
  const consult = (service: LessonsService) => async (proposal: Proposal) =>
    (await service.consult(proposal)).matches.map(({ id, strength }) => ({ id, strength }));
  const plain = (ranker: Ranker) => async (proposal: Proposal) =>
    ranker(textOf(proposal))
      .slice(0, 5)
      .map((id) => ({ id, strength: 'likely' }));
  for (const [method, find] of [
    ['plain BM25', plain(plainBm25(lessons))],
    ['plain cosine', plain(plainCosine(lessons, table))],
    ['ours, no vectors', consult(words)],
    ['**ours**', consult(both)],
  ] as const) {
    for (const [name, wrong, fine] of [
      ['seen', failures, harmless],
      ['unseen', unseenFailures, unseenHarmless],
    ] as const) {
      const found: Measures[] = [];
      for (const { proposal, lesson = '' } of wrong) {
        const answer = (await find(proposal)).map(({ id }) => id);
        found.push(measure(answer, [lesson]));
      }
      const noise = await Promise.all(
        fine.map(async ({ proposal, name: what }) => ({ what, shown: await find(proposal) })),
      );
      const shown = noise.flatMap((one) => one.shown);
      const { first, recall5 } = mean(found);
      row(
        method,
        `${name}, ${wrong.length} / ${fine.length}`,
        percent(first),
        percent(recall5),
        (shown.length / fine.length).toFixed(2),
        noise.filter((one) => one.shown.length > 0).length,
        shown.filter(({ strength }) => strength === 'certain').length,
      );
    }
  }
}

const { lessons } = await loadLessons(pathOf('../../lessons'));
row('set', 'documents / queries', 'method', 'R@1', 'R@5', 'R@10', 'nDCG@10');
row(...Array.from({ length: 7 }, () => '---'));
for (const folder of [pathOf('./recall'), ...process.argv.slice(2)])
  for (const set of loadSets(folder, lessons)) await measureSet(set);
console.log('');
row('method', 'changes: failures / harmless', 'own lesson first', 'R@5', 'noise@5', 'harmless with any', 'certain');
row(...Array.from({ length: 7 }, () => '---'));
await measureChanges();
