import type { Lesson } from '../../core/lesson.ts';
import { type AsOf, isValidThen } from '../as-of.ts';
import type { StoredLesson } from '../store.ts';
import type { Neo4jConnection } from './connection.ts';
import { LESSONS_THEN } from './queries.ts';
import { toStored } from './rows.ts';

const PAGE = 500;

/** A lesson as it was known, if it was valid then. */
export async function lessonThen(db: Neo4jConnection, id: string, asOf: AsOf): Promise<StoredLesson | undefined> {
  const rows = await versions(db, asOf, { id, after: '', limit: 1 });
  return rows.find((one) => isThen(one, asOf));
}

/** Versions as they were known; those that were not valid then, or not of this status, are left out page by page. */
export async function listThen(
  db: Neo4jConnection,
  asOf: AsOf,
  query: { readonly status: Lesson['status'] | undefined; readonly after: string; readonly limit: number },
): Promise<readonly StoredLesson[]> {
  const found: StoredLesson[] = [];
  for (let after = query.after; ; ) {
    const rows = await versions(db, asOf, { id: null, after, limit: PAGE });
    found.push(
      ...rows.filter((one) => isThen(one, asOf) && (query.status === undefined || one.lesson.status === query.status)),
    );
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE || found.length >= query.limit) return found.slice(0, query.limit);
    after = last.lesson.id;
  }
}

async function versions(
  db: Neo4jConnection,
  { knownAt }: AsOf,
  page: { readonly id: string | null; readonly after: string; readonly limit: number },
): Promise<readonly StoredLesson[]> {
  return (await db.read({ text: LESSONS_THEN, params: { known: knownAt ?? null, ...page } })).map(toStored);
}

const isThen = ({ lesson }: StoredLesson, asOf: AsOf): boolean =>
  isValidThen({ validFrom: lesson.valid_from, validTo: lesson.valid_to }, asOf);
