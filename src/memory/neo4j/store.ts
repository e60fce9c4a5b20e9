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
import { tokens } from '../tokens.ts';
import { walk } from '../walk.ts';
import { type Neo4jConfig, Neo4jConnection, type Statement } from './connection.ts';
import type { Dialect } from './dialect.ts';
import * as cypher from './queries.ts';

const PAGE = 500;

const Counters = z.object({ shown: z.int(), acknowledged: z.int(), prevented: z.int(), recurred: z.int() });
const Stored = Counters.extend({
  content: z.string(),
  hash: z.string(),
  revision: z.int(),
  recordedAt: z.string(),
  savedAt: z.string(),
  by: z.string(),
});
const Version = z.object({ content: z.string(), revision: z.int(), by: z.string(), at: z.string() });
const SavedRow = z.object({ changed: z.boolean(), revision: z.int() });

/** Lessons in a Neo4j database that several servers share (5.26 LTS and calendar releases, Community is enough). */
export class Neo4jLessonStore implements LessonStore {
  readonly name = 'neo4j';
  readonly #db: Neo4jConnection;

  private constructor(db: Neo4jConnection) {
    this.#db = db;
  }

  /** `at` is the time written beside migrations. Errors: kind `target` with `lesson_store_unreachable | _unauthorized | _unsupported | _newer ...`. */
  static async open(config: Neo4jConfig, at: Date): Promise<Neo4jLessonStore> {
    return new Neo4jLessonStore(await Neo4jConnection.open(config, at.toISOString()));
  }

  get dialect(): Dialect {
    return this.#db.dialect;
  }

  async save({ lesson, by, at }: LessonWrite): Promise<Saved> {
    const node = lessonNode(lesson.id);
    const params = {
      id: lesson.id,
      node,
      title: lesson.title,
      status: lesson.status,
      content: JSON.stringify(lesson),
      tokens: [
        ...new Set(tokens(`${lesson.title} ${lesson.symptom} ${lesson.cause} ${lesson.fix} ${lesson.body}`)),
      ].join(' '),
      hash: hashOf(lesson),
      by,
      at,
    };
    const rows = await this.#db.transact('save a lesson in', { text: cypher.SAVE_LESSON, params }, ([row]) =>
      SavedRow.parse(row).changed
        ? [
            { text: cypher.DROP_DECLARED, params: { node } },
            ...linkStatements(
              declaredLinks(lesson).map((link) => ({ ...link, weight: 1, at })),
              true,
            ),
          ]
        : [],
    );
    return SavedRow.parse(rows[0]);
  }

  async get(id: string): Promise<StoredLesson | undefined> {
    const [row] = await this.#db.read({ text: cypher.GET_LESSON, params: { id } });
    return row === undefined ? undefined : toStored(row);
  }

  async list({ status, after, limit }: Parameters<LessonStore['list']>[0]): Promise<readonly StoredLesson[]> {
    const params = { status: status ?? null, after: after ?? '', limit };
    return (await this.#db.read({ text: cypher.LIST_LESSONS, params })).map(toStored);
  }

  async *changes(revision: number): AsyncIterable<StoredLesson> {
    for (let since = revision; ; ) {
      const params = { revision: since, limit: PAGE };
      const rows = (await this.#db.read({ text: cypher.CHANGED_LESSONS, params })).map(toStored);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      since = last.revision;
    }
  }

  async history(id: string): Promise<readonly LessonVersion[]> {
    return (await this.#db.read({ text: cypher.VERSIONS, params: { id } })).map(toVersion);
  }

  async link(links: readonly Link[]): Promise<void> {
    const [first, ...rest] = linkStatements(links, false);
    if (first) await this.#db.transact('link lessons in', first, () => rest);
  }

  /** Fetches layer by layer, one question each, then walks as every store does. */
  async neighbours(node: NodeId, options: Parameters<LessonStore['neighbours']>[1]): Promise<readonly Neighbour[]> {
    const links = new Map<NodeId, Link[]>();
    let frontier: NodeId[] = [node];
    for (let distance = 1; distance <= options.depth && frontier.length > 0; distance++) {
      const rows = await this.#db.read({ text: cypher.LINKS_OF, params: { nodes: frontier } });
      for (const at of frontier) links.set(at, []);
      // Only this class writes these relationships, from typed links.
      for (const { node: at, ...link } of rows as unknown as (Link & { node: NodeId })[]) links.get(at)?.push(link);
      const reached = frontier.flatMap((at) => (links.get(at) ?? []).flatMap(({ from, to }) => [from, to]));
      frontier = [...new Set(reached)].filter((at) => !links.has(at));
    }
    return walk(node, options, (at) => links.get(at) ?? []);
  }

  async count(ids: readonly string[], counter: keyof LessonCounters): Promise<void> {
    if (ids.length > 0) await this.#db.write('count in', { text: cypher.COUNT[counter], params: { ids } });
  }

  async counters(ids: readonly string[]): Promise<ReadonlyMap<string, LessonCounters>> {
    const rows = await this.#db.read({ text: cypher.COUNTERS, params: { ids } });
    return new Map(rows.map((row) => [String(row['id']), Counters.parse(row)]));
  }

  async logConsult(record: ConsultRecord): Promise<void> {
    const params = { id: record.id, at: record.at, record: JSON.stringify(record) };
    await this.#db.write('log a question in', { text: cypher.LOG_CONSULT, params });
  }

  async consults({ limit }: { readonly limit: number }): Promise<readonly ConsultRecord[]> {
    const rows = await this.#db.read({ text: cypher.CONSULTS, params: { limit } });
    return rows.map(({ record }) => JSON.parse(String(record)) as ConsultRecord); // written by `logConsult` alone
  }

  async revision(): Promise<number> {
    const [row] = await this.#db.read({ text: cypher.REVISION });
    return z.int().parse(row?.['revision']);
  }

  async close(): Promise<void> {
    await this.#db.close();
  }
}

/** One statement per kind of link, at most 500 rows each. */
function linkStatements(links: readonly Link[], declared: boolean): Statement[] {
  const byKind = Map.groupBy(links, ({ kind }) => kind);
  return [...byKind].flatMap(([kind, all]) => {
    const rows = all.map(({ from, to, weight, at }) => ({ from, to, weight, at, declared }));
    return Array.from({ length: Math.ceil(rows.length / PAGE) }, (_, page) => ({
      text: cypher.SAVE_LINKS[kind],
      params: { rows: rows.slice(page * PAGE, (page + 1) * PAGE) },
    }));
  });
}

const toVersion = (row: unknown): LessonVersion => {
  const { content, ...rest } = Version.parse(row);
  return { ...rest, lesson: Lesson.parse(JSON.parse(content)) };
};

function toStored(raw: unknown): StoredLesson {
  const { content, hash, revision, recordedAt, savedAt, by, ...counters } = Stored.parse(raw);
  return { lesson: Lesson.parse(JSON.parse(content)), hash, revision, recordedAt, savedAt, by, counters };
}
