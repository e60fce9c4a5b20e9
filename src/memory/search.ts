import type { FoundLesson, LessonQuery } from '../core/consult.ts';
import type { Lesson } from '../core/lesson.ts';
import { bySeverity } from '../core/severity.ts';
import type { LiveIndex } from './live-index.ts';
import { kindsOf } from './proposal.ts';
import type { LessonStore } from './store.ts';
import { tokens } from './tokens.ts';

/** How the arms are fused for text; without vectors the words decide alone. */
const FUSION = { text: 0.7, cosine: 0.3 } as const;
/** Added for the share of the question that stands in the title: what a lesson is about, others only mention. */
const TITLE = 0.1;
const ARM = 200;

/** By text when there is one, best first; else worst severity first. `day` is today, as `dayOf` counts. */
export async function search(
  index: LiveIndex,
  store: LessonStore,
  query: LessonQuery,
  day: number,
): Promise<readonly FoundLesson[]> {
  const rows = query.text === undefined ? worstFirst(index) : await rankText(index, query.text);
  const found: { readonly lesson: Lesson; readonly score: number }[] = [];
  const suiting = rows.filter(
    ({ row }) => suits(index, row, query) && (query.current !== true || index.columns.isLive(row, day)),
  );
  const entries = await index.entries(suiting.slice(0, query.limit).map(({ row }) => row));
  for (const { row, score } of suiting.slice(0, query.limit)) {
    const entry = entries.get(row);
    if (entry !== undefined) found.push({ lesson: entry.lesson, score });
  }
  const counters = await store.counters(found.map(({ lesson }) => lesson.id));
  const none = { shown: 0, acknowledged: 0, prevented: 0, recurred: 0 };
  return found.map(({ lesson, score }) => ({ lesson, score, counters: counters.get(lesson.id) ?? none }));
}

interface Row {
  readonly row: number;
  readonly score: number;
}

/** Rows whose words or meaning are near the text, best first; the score is 0..1. */
export async function rankText(index: LiveIndex, text: string, limit = ARM): Promise<readonly Row[]> {
  const terms = new Set(tokens(text));
  const hits = index.text.search(terms, limit);
  if (hits.length === 0) return [];
  const near = await index.vectors.near(terms, () => text, limit);
  const ids = index.text.idsOf(terms);
  const rows = [...new Set([...hits, ...(near?.nearest ?? [])].map(({ row }) => row))].map((row) => ({
    row,
    text: index.text.score(row, ids),
    cosine: Math.max(0, near?.of(row) ?? 0),
    title: index.text.titleShare(row, ids),
  }));
  const most = (of: 'text' | 'cosine'): number => rows.reduce((max, one) => Math.max(max, one[of]), 0) || 1;
  const [words, meaning] = [most('text'), most('cosine')];
  const weights = near === undefined ? { text: 1, cosine: 0 } : FUSION;
  return rows
    .map((one) => ({
      row: one.row,
      score:
        (weights.text * (one.text / words) + weights.cosine * (one.cosine / meaning) + TITLE * one.title) / (1 + TITLE),
    }))
    .sort((a, b) => b.score - a.score || a.row - b.row);
}

function worstFirst({ columns }: LiveIndex): readonly Row[] {
  const rows = Array.from({ length: columns.rows }, (_, row) => row);
  const id = (row: number): string => columns.ids[row] ?? '';
  return rows
    .sort((a, b) => bySeverity(columns.severity(a), columns.severity(b)) || (id(a) < id(b) ? -1 : 1))
    .map((row) => ({ row, score: 1 }));
}

function suits({ columns }: LiveIndex, row: number, { component, kind, status }: LessonQuery): boolean {
  const is = columns.status(row);
  if (is === 'dead' || (status !== undefined && is !== status)) return false;
  if (component !== undefined && !columns.components.hits(row, columns.components.idsOf([component]))) return false;
  return kind === undefined || columns.kinds.hits(row, columns.kinds.idsOf(kindsOf(kind)));
}
