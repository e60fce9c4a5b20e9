import { hashOf } from '../core/canonical.ts';
import type { LessonCounters } from '../core/lesson.ts';
import { declaredLinks, type NodeId } from './links.ts';
import type {
  ConsultRecord,
  LessonStore,
  LessonVersion,
  LessonWrite,
  Link,
  Neighbour,
  Saved,
  StoredLesson,
} from './store.ts';
import { walk } from './walk.ts';

const NO_COUNTS: LessonCounters = { shown: 0, acknowledged: 0, prevented: 0, recurred: 0 };

/** A store that lives as long as its process: for tests, and for a server that must not write. */
export class InMemoryLessonStore implements LessonStore {
  readonly name = 'in-memory';
  readonly #lessons = new Map<string, StoredLesson>();
  readonly #versions = new Map<string, LessonVersion[]>();
  readonly #counters = new Map<string, LessonCounters>();
  readonly #declared = new Map<string, readonly Link[]>();
  readonly #links = new Map<string, Link>();
  readonly #consults: ConsultRecord[] = [];
  #revision = 0;

  async save({ lesson, by, at }: LessonWrite): Promise<Saved> {
    const hash = hashOf(lesson);
    const before = this.#lessons.get(lesson.id);
    if (before?.hash === hash) return { changed: false, revision: this.#revision };
    const revision = ++this.#revision;
    const kept = structuredClone(lesson);
    const recordedAt = before?.recordedAt ?? at;
    this.#lessons.set(lesson.id, { lesson: kept, hash, revision, recordedAt, savedAt: at, by, counters: NO_COUNTS });
    this.#versions.set(lesson.id, [...(this.#versions.get(lesson.id) ?? []), { lesson: kept, revision, by, at }]);
    this.#declared.set(
      lesson.id,
      declaredLinks(lesson).map((link) => ({ ...link, weight: 1, at })),
    );
    return { changed: true, revision };
  }

  async get(id: string): Promise<StoredLesson | undefined> {
    const found = this.#lessons.get(id);
    return found && this.#withCounters(found);
  }

  async list({ status, after, limit }: Parameters<LessonStore['list']>[0]): Promise<readonly StoredLesson[]> {
    return [...this.#lessons.values()]
      .filter(({ lesson }) => (status === undefined || lesson.status === status) && lesson.id > (after ?? ''))
      .sort((a, b) => (a.lesson.id < b.lesson.id ? -1 : 1))
      .slice(0, limit)
      .map((found) => this.#withCounters(found));
  }

  async *changes(revision: number): AsyncIterable<StoredLesson> {
    const changed = [...this.#lessons.values()].filter((found) => found.revision > revision);
    for (const found of changed.sort((a, b) => a.revision - b.revision)) yield this.#withCounters(found);
  }

  async history(id: string): Promise<readonly LessonVersion[]> {
    return structuredClone(this.#versions.get(id) ?? []);
  }

  async link(links: readonly Link[]): Promise<void> {
    for (const link of links) this.#links.set(`${link.from} ${link.kind} ${link.to}`, { ...link });
  }

  async neighbours(node: NodeId, options: Parameters<LessonStore['neighbours']>[1]): Promise<readonly Neighbour[]> {
    const all = [...[...this.#declared.values()].flat(), ...this.#links.values()];
    return walk(node, options, (at) => all.filter((link) => link.from === at || link.to === at));
  }

  async count(ids: readonly string[], counter: keyof LessonCounters): Promise<void> {
    for (const id of new Set(ids)) {
      if (!this.#lessons.has(id)) continue;
      const now = this.#counters.get(id) ?? NO_COUNTS;
      this.#counters.set(id, { ...now, [counter]: now[counter] + 1 });
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

  #withCounters(found: StoredLesson): StoredLesson {
    return structuredClone({ ...found, counters: this.#counters.get(found.lesson.id) ?? NO_COUNTS });
  }
}
