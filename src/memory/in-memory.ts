import { hashOf } from '../core/canonical.ts';
import type { LessonCounters } from '../core/lesson.ts';
import { type AsOf, isValidThen, versionThen } from './as-of.ts';
import { InMemoryGraph } from './in-memory-graph.ts';
import { type DeclaredLink, declaredLinks, lessonNode, type NodeId } from './links.ts';
import { declaredNodes, type GraphNode, type NodeWrite } from './nodes.ts';
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
} from './store.ts';

const NO_COUNTS: LessonCounters = { shown: 0, acknowledged: 0, prevented: 0, recurred: 0 };

/** A store that lives as long as its process: for tests, and for a server that must not write. */
export class InMemoryLessonStore implements LessonStore {
  readonly name = 'in-memory';
  readonly #lessons = new Map<string, StoredLesson>();
  readonly #versions = new Map<string, LessonVersion[]>();
  readonly #counters = new Map<string, LessonCounters>();
  readonly #graph = new InMemoryGraph();
  readonly #feedback: Feedback[] = [];
  readonly #vectors = new Map<string, Map<string, StoredVector>>();
  readonly #consults: ConsultRecord[] = [];
  #revision = 0;

  async save({ lesson, by, at }: LessonWrite): Promise<Saved> {
    const hash = hashOf(lesson);
    const before = this.#lessons.get(lesson.id);
    if (before?.hash === hash) return { changed: false, revision: this.#revision };
    const revision = ++this.#revision;
    const kept = structuredClone(lesson);
    const recordedAt = before?.recordedAt ?? at;
    // A changed lesson goes to the end: the map stays in the order of changes.
    this.#lessons.delete(lesson.id);
    this.#lessons.set(lesson.id, { lesson: kept, hash, revision, recordedAt, savedAt: at, by, counters: NO_COUNTS });
    this.#versions.set(lesson.id, [...(this.#versions.get(lesson.id) ?? []), { lesson: kept, revision, by, at }]);
    const links = declaredLinks(kept).map((link) => ({ ...link, weight: 1, at }));
    this.#graph.declare(lessonNode(lesson.id), links, at, revision);
    this.#graph.saveNodes(declaredNodes(kept, by, at));
    return { changed: true, revision };
  }

  async get(id: string, asOf?: AsOf): Promise<StoredLesson | undefined> {
    const found = this.#then(id, asOf);
    return found && this.#withCounters(found);
  }

  async many(ids: readonly string[]): Promise<readonly StoredLesson[]> {
    return [...new Set(ids)].flatMap((id) => this.#lessons.get(id) ?? []).map((found) => this.#withCounters(found));
  }

  async list({ status, after, limit, asOf }: Parameters<LessonStore['list']>[0]): Promise<readonly StoredLesson[]> {
    return [...this.#lessons.keys()]
      .filter((id) => id > (after ?? ''))
      .sort()
      .flatMap((id) => this.#then(id, asOf) ?? [])
      .filter(({ lesson }) => status === undefined || lesson.status === status)
      .slice(0, limit)
      .map((found) => this.#withCounters(found));
  }

  async *changes(revision: number): AsyncIterable<StoredLesson> {
    const changed = [...this.#lessons.values()].filter((found) => found.revision > revision);
    for (const found of changed) yield this.#withCounters(found);
  }

  async history(id: string): Promise<readonly LessonVersion[]> {
    return structuredClone(this.#versions.get(id) ?? []);
  }

  async link(links: readonly Link[]): Promise<void> {
    if (links.length > 0) this.#graph.link(links, ++this.#revision);
  }

  async unlink(links: readonly DeclaredLink[], at: string): Promise<void> {
    if (links.length > 0) this.#graph.unlink(links, at, ++this.#revision);
  }

  async foundLinks(revision: number): Promise<readonly StoredLink[]> {
    return this.#graph.foundLinks(revision);
  }

  async neighbours(node: NodeId, options: Parameters<LessonStore['neighbours']>[1]): Promise<readonly Neighbour[]> {
    return this.#graph.neighbours(node, options);
  }

  async saveNodes(nodes: readonly NodeWrite[]): Promise<void> {
    this.#graph.saveNodes(nodes);
  }

  async node(id: NodeId, asOf?: AsOf): Promise<GraphNode | undefined> {
    return this.#graph.node(id, asOf);
  }

  async nodes(query: Parameters<LessonStore['nodes']>[0]): Promise<readonly GraphNode[]> {
    return this.#graph.list(query);
  }

  async nodeHistory(id: NodeId): Promise<readonly GraphNode[]> {
    return this.#graph.history(id);
  }

  async giveFeedback(feedback: Feedback): Promise<void> {
    this.#feedback.push(structuredClone(feedback));
  }

  async *voices(): AsyncIterable<Feedback> {
    yield* structuredClone(this.#feedback);
  }

  async feedback(ids: readonly string[]): Promise<ReadonlyMap<string, FeedbackCounts>> {
    const found = new Map<string, FeedbackCounts>();
    for (const id of ids) {
      const said = this.#feedback.filter(({ lesson }) => lesson === id);
      const counts = { helped: 0, irrelevant: 0, wrong: 0 };
      for (const verdict of new Map(said.map(({ by, verdict: last }) => [by, last])).values()) counts[verdict]++;
      if (said.length > 0) found.set(id, counts);
    }
    return found;
  }

  async saveVectors(model: string, vectors: readonly StoredVector[]): Promise<void> {
    const kept = this.#vectors.get(model) ?? new Map<string, StoredVector>();
    for (const one of vectors) kept.set(one.lesson, structuredClone(one));
    this.#vectors.set(model, kept);
  }

  async *vectors(model: string): AsyncIterable<StoredVector> {
    for (const one of this.#vectors.get(model)?.values() ?? []) yield structuredClone(one);
  }

  async count(ids: readonly string[], counter: keyof LessonCounters, times = 1): Promise<void> {
    for (const id of new Set(ids)) {
      if (!this.#lessons.has(id)) continue;
      const now = this.#counters.get(id) ?? NO_COUNTS;
      this.#counters.set(id, { ...now, [counter]: now[counter] + times });
    }
  }

  async counters(ids: readonly string[]): Promise<ReadonlyMap<string, LessonCounters>> {
    return new Map(
      ids.filter((id) => this.#lessons.has(id)).map((id) => [id, this.#counters.get(id) ?? NO_COUNTS] as const),
    );
  }

  async logConsult(record: ConsultRecord): Promise<void> {
    this.#consults.push(structuredClone(record));
  }

  async consults({ limit }: { readonly limit: number }): Promise<readonly ConsultRecord[]> {
    return this.#consults.toReversed().slice(0, limit);
  }

  async revision(): Promise<number> {
    return this.#revision;
  }

  async close(): Promise<void> {}

  #then(id: string, asOf?: AsOf): StoredLesson | undefined {
    const found = this.#lessons.get(id);
    if (found === undefined || asOf === undefined) return found;
    const version = versionThen(this.#versions.get(id) ?? [], asOf);
    if (version === undefined) return undefined;
    const { lesson, revision, by, at } = version;
    if (!isValidThen({ validFrom: lesson.valid_from, validTo: lesson.valid_to }, asOf)) return undefined;
    return { ...found, lesson, hash: hashOf(lesson), revision, by, savedAt: at };
  }

  #withCounters(found: StoredLesson): StoredLesson {
    return structuredClone({ ...found, counters: this.#counters.get(found.lesson.id) ?? NO_COUNTS });
  }
}
