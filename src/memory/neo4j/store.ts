import { hashOf } from '../../core/canonical.ts';
import type { LessonCounters } from '../../core/lesson.ts';
import { type AsOf, isKnownThen, isValidThen } from '../as-of.ts';
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
import { tokens } from '../tokens.ts';
import { walk } from '../walk.ts';
import { type Neo4jConfig, Neo4jConnection } from './connection.ts';
import type { Dialect } from './dialect.ts';
import { linkStatements, nodeStatements, toLink, toNode } from './graph.ts';
import * as cypher from './queries.ts';
import { Counters, revisionOf, SavedRow, toStored, toVersion } from './rows.ts';
import { lessonThen, listThen } from './then.ts';
import { Neo4jVectors } from './vectors.ts';

const PAGE = 500;

/** Lessons in a Neo4j database that several servers share (5.26 LTS and calendar releases, Community is enough). */
export class Neo4jLessonStore implements LessonStore {
  readonly name = 'neo4j';
  readonly #db: Neo4jConnection;
  readonly #vectors: Neo4jVectors;

  private constructor(db: Neo4jConnection) {
    this.#db = db;
    this.#vectors = new Neo4jVectors(db);
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
    const links = declaredLinks(lesson).map((link) => ({ ...link, weight: 1, at }));
    const stated = links.map(({ kind, to }) => `${kind} ${to}`);
    const rows = await this.#db.transact('save a lesson in', { text: cypher.SAVE_LESSON, params }, ([row]) => {
      const { changed, revision } = SavedRow.parse(row);
      if (!changed) return [];
      return [
        { text: cypher.RETIRE_DECLARED, params: { node, stated, at, revision } },
        ...linkStatements(links, true, revision),
        ...nodeStatements(declaredNodes(lesson, by, at)),
      ];
    });
    return SavedRow.parse(rows[0]);
  }

  async get(id: string, asOf?: AsOf): Promise<StoredLesson | undefined> {
    if (asOf !== undefined) return lessonThen(this.#db, id, asOf);
    const [row] = await this.#db.read({ text: cypher.GET_LESSON, params: { id } });
    return row === undefined ? undefined : toStored(row);
  }

  async many(ids: readonly string[]): Promise<readonly StoredLesson[]> {
    return (await this.#db.read({ text: cypher.MANY_LESSONS, params: { ids } })).map(toStored);
  }

  async list({ status, after, limit, asOf }: Parameters<LessonStore['list']>[0]): Promise<readonly StoredLesson[]> {
    if (asOf !== undefined) return listThen(this.#db, asOf, { status, after: after ?? '', limit });
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
    if (links.length === 0) return;
    await this.#db.transact('link lessons in', { text: cypher.NEXT_REVISION }, ([row]) =>
      linkStatements(links, false, revisionOf(row)),
    );
  }

  async unlink(links: readonly DeclaredLink[], at: string): Promise<void> {
    if (links.length === 0) return;
    const rows = links.map(({ from, kind, to }) => ({ from, kind, to }));
    await this.#db.transact('unlink lessons in', { text: cypher.NEXT_REVISION }, ([row]) => [
      { text: cypher.RETIRE_FOUND, params: { rows, at, revision: revisionOf(row) } },
    ]);
  }

  async foundLinks(revision: number): Promise<readonly StoredLink[]> {
    return (await this.#db.read({ text: cypher.FOUND_LINKS, params: { revision } })).map(toLink);
  }

  /** Fetches layer by layer, one question each, then walks as every store does. */
  async neighbours(node: NodeId, options: Parameters<LessonStore['neighbours']>[1]): Promise<readonly Neighbour[]> {
    const links = new Map<NodeId, StoredLink[]>();
    let frontier: NodeId[] = [node];
    for (let distance = 1; distance <= options.depth && frontier.length > 0; distance++) {
      const rows = await this.#db.read({ text: cypher.LINKS_OF, params: { nodes: frontier } });
      for (const at of frontier) links.set(at, []);
      for (const row of rows) {
        const link = toLink(row);
        if (isLinkThen(link, options.asOf)) links.get(String(row['node']) as NodeId)?.push(link); // we asked for it
      }
      const reached = frontier.flatMap((at) => (links.get(at) ?? []).flatMap(({ from, to }) => [from, to]));
      frontier = [...new Set(reached)].filter((at) => !links.has(at));
    }
    return walk(node, options, (at) => links.get(at) ?? []);
  }

  async saveNodes(nodes: readonly NodeWrite[]): Promise<void> {
    const [first, ...rest] = nodeStatements(nodes);
    if (first) await this.#db.transact('keep nodes in', first, () => rest);
  }

  async node(id: NodeId, asOf?: AsOf): Promise<GraphNode | undefined> {
    return (await this.nodeHistory(id)).findLast((one) => isKnownThen(one, asOf) && isValidThen(one, asOf));
  }

  async nodes({ kind, after, limit, asOf }: Parameters<LessonStore['nodes']>[0]): Promise<readonly GraphNode[]> {
    const day = asOf?.validAt?.slice(0, 10) ?? null;
    const params = { kind, after: after ?? '', limit, known: asOf?.knownAt ?? null, day };
    return (await this.#db.read({ text: cypher.LIST_NODES, params })).map(toNode);
  }

  async nodeHistory(id: NodeId): Promise<readonly GraphNode[]> {
    return (await this.#db.read({ text: cypher.NODE_VERSIONS, params: { id } })).map(toNode);
  }

  async giveFeedback({ receipt, ...feedback }: Feedback): Promise<void> {
    const params = { ...feedback, receipt: receipt ?? null, key: `${feedback.lesson} ${feedback.by}` };
    await this.#db.write('keep feedback in', { text: cypher.GIVE_FEEDBACK, params });
  }

  async *voices(): AsyncIterable<Feedback> {
    // Written by `giveFeedback` alone.
    const rows = (await this.#db.read({ text: cypher.VOICES })) as unknown as (Omit<Feedback, 'receipt'> & {
      receipt: string | null;
    })[];
    for (const { receipt, ...said } of rows) yield { ...said, ...(receipt !== null && { receipt }) };
  }

  async feedback(ids: readonly string[]): Promise<ReadonlyMap<string, FeedbackCounts>> {
    const found = new Map<string, Record<keyof FeedbackCounts, number>>();
    for (const row of await this.#db.read({ text: cypher.FEEDBACK, params: { ids } })) {
      const lesson = String(row['lesson']);
      const counts = found.get(lesson) ?? { helped: 0, irrelevant: 0, wrong: 0 };
      counts[row['verdict'] as keyof FeedbackCounts] = Number(row['voices']); // written by `giveFeedback` alone
      found.set(lesson, counts);
    }
    return found;
  }

  saveVectors(model: string, vectors: readonly StoredVector[]): Promise<void> {
    return this.#vectors.save(model, vectors);
  }

  vectors(model: string): AsyncIterable<StoredVector> {
    return this.#vectors.of(model);
  }

  async count(ids: readonly string[], counter: keyof LessonCounters, times = 1): Promise<void> {
    if (ids.length > 0) await this.#db.write('count in', { text: cypher.COUNT[counter], params: { ids, times } });
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
    return revisionOf(row);
  }

  async close(): Promise<void> {
    await this.#db.close();
  }
}
