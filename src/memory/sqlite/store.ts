import type Database from 'better-sqlite3';
import * as z from 'zod';
import { hashOf } from '../../core/canonical.ts';
import { Lesson, type LessonCounters } from '../../core/lesson.ts';
import { declaredLinks, lessonNode, type NodeId } from '../links.ts';
import type {
  ConsultRecord,
  LessonStore,
  LessonVersion,
  LessonWrite,
  Link,
  Neighbour,
  Saved,
  StoredLesson,
} from '../store.ts';
import { walk } from '../walk.ts';
import { storeError } from './errors.ts';
import { openDatabase } from './open.ts';
import * as sql from './queries.ts';

const PAGE = 500;

const Counters = z.object({ shown: z.int(), acknowledged: z.int(), prevented: z.int(), recurred: z.int() });
const LessonRow = Counters.extend({
  content: z.string(),
  hash: z.string(),
  revision: z.int(),
  recorded_at: z.string(),
  saved_at: z.string(),
  by: z.string(),
});
const VersionRow = z.object({ content: z.string(), revision: z.int(), by: z.string(), at: z.string() });

/** Lessons in one SQLite file that several processes may share (WAL, busy timeout 5 s). */
export class SqliteLessonStore implements LessonStore {
  readonly name = 'sqlite';
  readonly #db: Database.Database;
  readonly #path: string;
  readonly #statements = new Map<string, Database.Statement>();

  private constructor(db: Database.Database, path: string) {
    this.#db = db;
    this.#path = path;
  }

  /**
   * Opens or creates the file and brings it to the newest schema.
   * Errors: `lesson_store_corrupt | lesson_store_newer | lesson_store_foreign | lesson_store_older | lesson_store_missing | lesson_store_readonly`;
   * after any of them the file is as it was.
   */
  static async open({ path, readonly = false }: { path: string; readonly?: boolean }): Promise<SqliteLessonStore> {
    return new SqliteLessonStore(openDatabase(path, readonly), path);
  }

  async save({ lesson, by, at }: LessonWrite): Promise<Saved> {
    const hash = hashOf(lesson);
    const content = JSON.stringify(lesson);
    return this.#write('save a lesson in', () => {
      const before = this.#query(sql.LESSON_HASH).pluck().get(lesson.id);
      if (before === hash) return { changed: false, revision: this.#revision() };
      const revision = z.int().parse(this.#query(sql.NEXT_REVISION).pluck().get());
      const row = { id: lesson.id, status: lesson.status, content, hash, revision, by, at };
      this.#query(sql.SAVE_LESSON).run(row);
      this.#query(sql.SAVE_VERSION).run({ id: lesson.id, revision, content, by, at });
      this.#query(sql.DROP_DECLARED).run(lessonNode(lesson.id));
      for (const link of declaredLinks(lesson)) this.#query(sql.SAVE_LINK).run({ ...link, weight: 1, at, declared: 1 });
      return { changed: true, revision };
    });
  }

  async get(id: string): Promise<StoredLesson | undefined> {
    return this.#read(() => {
      const row = this.#query(sql.GET_LESSON).get(id);
      return row === undefined ? undefined : fromRow(row);
    });
  }

  async list({ status, after, limit }: Parameters<LessonStore['list']>[0]): Promise<readonly StoredLesson[]> {
    const query = { status: status ?? null, after: after ?? '', limit };
    return this.#read(() => this.#query(sql.LIST_LESSONS).all(query).map(fromRow));
  }

  async *changes(revision: number): AsyncIterable<StoredLesson> {
    for (let since = revision; ; ) {
      const rows = this.#read(() => this.#query(sql.CHANGED_LESSONS).all({ revision: since, limit: PAGE })).map(
        fromRow,
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      since = last.revision;
    }
  }

  async history(id: string): Promise<readonly LessonVersion[]> {
    return this.#read(() => this.#query(sql.VERSIONS).all(id).map(toVersion));
  }

  async link(links: readonly Link[]): Promise<void> {
    this.#write('link lessons in', () => {
      for (const { from, kind, to, weight, at } of links)
        this.#query(sql.SAVE_LINK).run({ from, kind, to, weight, at, declared: 0 });
    });
  }

  async neighbours(node: NodeId, options: Parameters<LessonStore['neighbours']>[1]): Promise<readonly Neighbour[]> {
    // The rows are what `link` and `save` wrote from typed links: only this class writes the table.
    const linksOf = (at: NodeId) => this.#query(sql.LINKS_OF).all({ node: at }) as Link[];
    return this.#read(() => walk(node, options, linksOf));
  }

  async count(ids: readonly string[], counter: keyof LessonCounters): Promise<void> {
    if (ids.length === 0) return;
    this.#write('count in', () => {
      for (const id of new Set(ids)) this.#query(sql.COUNT[counter]).run(id);
    });
  }

  async counters(ids: readonly string[]): Promise<ReadonlyMap<string, LessonCounters>> {
    const found = new Map<string, LessonCounters>();
    this.#read(() => {
      for (const id of ids) {
        const row = this.#query(sql.COUNTERS).get(id);
        if (row !== undefined) found.set(id, Counters.parse(row));
      }
    });
    return found;
  }

  async logConsult(record: ConsultRecord): Promise<void> {
    const row = { id: record.id, at: record.at, record: JSON.stringify(record) };
    this.#write('log a question in', () => this.#query(sql.LOG_CONSULT).run(row));
  }

  async consults({ limit }: { readonly limit: number }): Promise<readonly ConsultRecord[]> {
    const rows = this.#read(() => this.#query(sql.CONSULTS).pluck().all(limit));
    return rows.map((row) => JSON.parse(String(row)) as ConsultRecord); // written by `logConsult` alone
  }

  async revision(): Promise<number> {
    return this.#read(() => this.#revision());
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  #revision(): number {
    return z.int().parse(this.#query(sql.REVISION).pluck().get());
  }

  #query(text: string): Database.Statement {
    const kept = this.#statements.get(text) ?? this.#db.prepare(text);
    this.#statements.set(text, kept);
    return kept;
  }

  #read<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw storeError('read', this.#path, error);
    }
  }

  /** One transaction that takes the write lock at once, so that a second process waits instead of failing half-way. */
  #write<T>(what: string, run: () => T): T {
    try {
      return this.#db.transaction(run).immediate();
    } catch (error) {
      throw storeError(what, this.#path, error);
    }
  }
}

function toVersion(raw: unknown): LessonVersion {
  const { content, ...rest } = VersionRow.parse(raw);
  return { ...rest, lesson: Lesson.parse(JSON.parse(content)) };
}

function fromRow(raw: unknown): StoredLesson {
  const row = LessonRow.parse(raw);
  return {
    lesson: Lesson.parse(JSON.parse(row.content)),
    hash: row.hash,
    revision: row.revision,
    recordedAt: row.recorded_at,
    savedAt: row.saved_at,
    by: row.by,
    counters: Counters.parse(raw),
  };
}
