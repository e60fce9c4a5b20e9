import type Database from 'better-sqlite3';
import * as z from 'zod';
import { hashOf } from '../../core/canonical.ts';
import type { LessonCounters } from '../../core/lesson.ts';
import type { AsOf } from '../as-of.ts';
import { isLinkThen } from '../link-rows.ts';
import { type DeclaredLink, declaredLinks, lessonNode, type NodeId } from '../links.ts';
import { declaredNodes, type GraphNode, type NodeWrite } from '../nodes.ts';
import type {
  ConsultRecord,
  Feedback,
  FeedbackCounts,
  LessonStore,
  LessonVersion,
  LessonWrite,
  Link,
  Neighbour,
  Saved,
  StoredLesson,
  StoredLink,
  StoredVector,
} from '../store.ts';
import { walk } from '../walk.ts';
import type { Access } from './access.ts';
import { storeError } from './errors.ts';
import { SqliteFeedback } from './feedback.ts';
import { SqliteGraph } from './graph.ts';
import { openDatabase } from './open.ts';
import * as sql from './queries.ts';
import { countersOf, fromRow, type LessonRow, timesOf, toVersion } from './rows.ts';
import { SqliteVectors } from './vectors.ts';

const PAGE = 200;

/** Lessons in one SQLite file that several processes may share (WAL, busy timeout 5 s). */
export class SqliteLessonStore implements LessonStore {
  readonly name = 'sqlite';
  readonly #db: Database.Database;
  readonly #path: string;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #graph: SqliteGraph;
  readonly #said: SqliteFeedback;
  readonly #vectors: SqliteVectors;

  private constructor(db: Database.Database, path: string) {
    this.#db = db;
    this.#path = path;
    this.#graph = new SqliteGraph((text) => this.#query(text));
    const access: Access = {
      query: (text) => this.#query(text),
      read: (run) => this.#read(run),
      write: (what, run) => this.#write(what, run),
    };
    this.#said = new SqliteFeedback(access);
    this.#vectors = new SqliteVectors(access);
  }

  /**
   * Opens or creates the file and brings it to the newest schema.
   * Errors: `lesson_store_corrupt | lesson_store_newer | lesson_store_foreign | lesson_store_older | lesson_store_missing | lesson_store_readonly`;
   * after any of them the file is as it was.
   */
  static async open({ path, readonly = false }: { path: string; readonly?: boolean }): Promise<SqliteLessonStore> {
    return new SqliteLessonStore(openDatabase(path, readonly), path);
  }

  async save(write: LessonWrite): Promise<Saved> {
    return this.#write('save a lesson in', () => this.#save(write));
  }

  /** Many in one transaction: all of them or none. */
  async saveAll(writes: readonly LessonWrite[]): Promise<readonly Saved[]> {
    return this.#write('save lessons in', () => writes.map((write) => this.#save(write)));
  }

  async get(id: string, asOf?: AsOf): Promise<StoredLesson | undefined> {
    return this.#read(() => {
      const row =
        asOf === undefined
          ? this.#query(sql.GET_LESSON).get(id)
          : this.#query(sql.GET_LESSON_THEN).get({ id, ...timesOf(asOf) });
      return row === undefined ? undefined : fromRow(row);
    });
  }

  async many(ids: readonly string[]): Promise<readonly StoredLesson[]> {
    return this.#read(() =>
      [...new Set(ids)].flatMap((id) => {
        const row = this.#query(sql.GET_LESSON).get(id);
        return row === undefined ? [] : [fromRow(row)];
      }),
    );
  }

  async list({ status, after, limit, asOf }: Parameters<LessonStore['list']>[0]): Promise<readonly StoredLesson[]> {
    const query = { status: status ?? null, after: after ?? '', limit };
    return this.#read(() =>
      asOf === undefined
        ? this.#query(sql.LIST_LESSONS).all(query).map(fromRow)
        : this.#query(sql.LIST_LESSONS_THEN)
            .all({ ...query, ...timesOf(asOf) })
            .map(fromRow),
    );
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
    if (links.length > 0) this.#write('link lessons in', () => this.#graph.link(links, this.#nextRevision()));
  }

  async unlink(links: readonly DeclaredLink[], at: string): Promise<void> {
    if (links.length > 0) this.#write('unlink lessons in', () => this.#graph.unlink(links, at, this.#nextRevision()));
  }

  async foundLinks(revision: number): Promise<readonly StoredLink[]> {
    return this.#read(() => this.#graph.foundLinks(revision));
  }

  async neighbours(node: NodeId, options: Parameters<LessonStore['neighbours']>[1]): Promise<readonly Neighbour[]> {
    const linksOf = (at: NodeId) => this.#graph.linksOf(at).filter((link) => isLinkThen(link, options.asOf));
    return this.#read(() => walk(node, options, linksOf));
  }

  async saveNodes(nodes: readonly NodeWrite[]): Promise<void> {
    this.#write('keep nodes in', () => this.#graph.saveNodes(nodes));
  }

  async node(id: NodeId, asOf?: AsOf): Promise<GraphNode | undefined> {
    return this.#read(() => this.#graph.node(id, asOf));
  }

  async nodes({ kind, after, limit, asOf }: Parameters<LessonStore['nodes']>[0]): Promise<readonly GraphNode[]> {
    return this.#read(() => this.#graph.list({ kind, after: after ?? '', limit, ...timesOf(asOf) }));
  }

  async nodeHistory(id: NodeId): Promise<readonly GraphNode[]> {
    return this.#read(() => this.#graph.history(id));
  }

  async giveFeedback(feedback: Feedback): Promise<void> {
    this.#said.give(feedback);
  }

  voices(): AsyncIterable<Feedback> {
    return this.#said.voices();
  }

  async feedback(ids: readonly string[]): Promise<ReadonlyMap<string, FeedbackCounts>> {
    return this.#said.counts(ids);
  }

  async saveVectors(model: string, vectors: readonly StoredVector[]): Promise<void> {
    this.#vectors.save(model, vectors);
  }

  vectors(model: string): AsyncIterable<StoredVector> {
    return this.#vectors.of(model);
  }

  async count(ids: readonly string[], counter: keyof LessonCounters, times = 1): Promise<void> {
    if (ids.length === 0) return;
    this.#write('count in', () => {
      for (const id of new Set(ids)) this.#query(sql.COUNT[counter]).run({ id, times });
    });
  }

  async counters(ids: readonly string[]): Promise<ReadonlyMap<string, LessonCounters>> {
    const found = new Map<string, LessonCounters>();
    this.#read(() => {
      for (const id of ids) {
        const row = this.#query(sql.COUNTERS).get(id);
        if (row !== undefined) found.set(id, countersOf(row as LessonRow));
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

  #save({ lesson, by, at }: LessonWrite): Saved {
    const hash = hashOf(lesson);
    if (this.#query(sql.LESSON_HASH).pluck().get(lesson.id) === hash)
      return { changed: false, revision: this.#revision() };
    const content = JSON.stringify(lesson);
    const revision = this.#nextRevision();
    this.#query(sql.SAVE_LESSON).run({ id: lesson.id, status: lesson.status, content, hash, revision, by, at });
    this.#query(sql.SAVE_VERSION).run({ id: lesson.id, revision, content, by, at });
    const links = declaredLinks(lesson).map((link) => ({ ...link, weight: 1, at }));
    this.#graph.declare(lessonNode(lesson.id), links, at, revision);
    this.#graph.saveNodes(declaredNodes(lesson, by, at));
    return { changed: true, revision };
  }

  #nextRevision(): number {
    return z.int().parse(this.#query(sql.NEXT_REVISION).pluck().get());
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
