import { resolve } from 'node:path';
import { canonicalJson } from '../../../core/canonical.ts';
import type { Lesson } from '../../../core/lesson.ts';
import { renderLesson } from '../../lesson-file.ts';
import type { PayloadKind } from '../../nodes.ts';
import type { LessonStore, StoredLesson, StoredLink } from '../../store.ts';
import { writeIfChanged } from '../files.ts';

const PAGE = 500;
/** Payloads worth keeping beside lessons; symptoms and guards come with the lessons. */
const KINDS: readonly PayloadKind[] = ['note', 'decision', 'incident', 'evidence', 'entity', 'session'];

export interface Exported {
  readonly lessons: number;
  readonly nodes: number;
  readonly links: number;
  /** Names of the files that were written; those that did not change are not among them. */
  readonly written: readonly string[];
}

/**
 * The lessons graph as files for git: `lessons.jsonl`, `counters.jsonl`, `nodes.jsonl`, `links.jsonl` and `lessons/<id>.md`.
 * Sorted, with sorted keys and without the time of the export: the same graph gives the same bytes.
 * Nothing is deleted; a lesson that was retired says so.
 */
export async function exportGraph(
  store: Pick<LessonStore, 'list' | 'nodes' | 'foundLinks'>,
  given: string,
): Promise<Exported> {
  const folder = resolve(given);
  const lessons = await every(
    (after) => store.list({ limit: PAGE, ...(after !== undefined && { after }) }),
    ({ lesson }) => lesson.id,
  );
  const nodes = (
    await Promise.all(
      KINDS.map((kind) =>
        every(
          (after) => store.nodes({ kind, limit: PAGE, ...(after !== undefined && { after }) }),
          ({ id }) => id,
        ),
      ),
    )
  ).flat();
  const links = (await store.foundLinks(0)).filter(({ retiredAt }) => retiredAt === undefined).map(linkRow);
  const files: [string, string][] = [
    ['lessons.jsonl', lines(lessons.map(rowOf))],
    ['counters.jsonl', lines(lessons.filter(isCounted).map(({ lesson: { id }, counters }) => ({ id, ...counters })))],
    ['nodes.jsonl', lines(nodes)],
    ['links.jsonl', lines(links)],
    ...lessons.map(({ lesson }): [string, string] => [`lessons/${lesson.id}.md`, renderLesson(sorted(lesson))]),
  ];
  const written: string[] = [];
  for (const [name, text] of files) if (await writeIfChanged(folder, name, text)) written.push(name);
  return { lessons: lessons.length, nodes: nodes.length, links: links.length, written };
}

const rowOf = ({ lesson, by, recordedAt, savedAt }: StoredLesson) => ({ lesson, by, recordedAt, savedAt });
const linkRow = ({ from, kind, to, data, weight, recordedAt, validFrom, validTo }: StoredLink) => ({
  from,
  kind,
  to,
  data,
  weight,
  recordedAt,
  validFrom,
  validTo,
});
const isCounted = ({ counters }: StoredLesson): boolean => Object.values(counters).some((count) => count > 0);

/** One row a line, in the order of the rows' texts: stores list in orders of their own. */
const lines = (rows: readonly unknown[]): string =>
  rows
    .map((row) => `${canonicalJson(row)}\n`)
    .sort()
    .join('');

/** Keys of records in the order of their names; stores may give them in another. */
const sorted = (lesson: Lesson): Lesson => ({
  ...lesson,
  components: Object.fromEntries(Object.entries(lesson.components).sort(([a], [b]) => (a < b ? -1 : 1))),
});

async function every<T>(
  page: (after: string | undefined) => Promise<readonly T[]>,
  idOf: (one: T) => string,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const last = all.at(-1);
    const next = await page(last === undefined ? undefined : idOf(last));
    all.push(...next);
    if (next.length < PAGE) return all;
  }
}
