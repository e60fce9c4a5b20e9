import type { Lesson } from '../core/lesson.ts';
import { betaOf, confidenceOf } from './confidence.ts';
import { VectorArm } from './embed/arm.ts';
import { Columns } from './index/columns.ts';
import { leanly } from './index/lean-load.ts';
import { NameLists } from './index/lists.ts';
import { Relations } from './index/relations.ts';
import { Rules } from './index/rules.ts';
import { TextIndex } from './index/text-index.ts';
import { type Sketch, sketch } from './similar.ts';
import type { LessonStore, StoredLesson } from './store.ts';

/** Lessons that are kept ready; beyond, what is asked for is read from the store. */
const CACHED = 1_000;
/** From so many dead rows on, and when they are most of all, everything is read anew. */
const MANY_DEAD = 5_000;

/** A lesson as it is asked for. */
export interface Entry {
  readonly lesson: Lesson;
  /** Worked out when two lessons are compared for the first time. */
  readonly sketch: () => Sketch;
}

/** The lessons of a store as an index in memory, brought up to its revision before every question. */
export class LiveIndex {
  readonly #store: LessonStore;
  columns = new Columns();
  text = new TextIndex();
  /** Terms of what the selectors name: paths, values, names, namespaces; by their numbers in `text`, which holds all of them. */
  fields = new NameLists(this.text.terms);
  rules = new Rules();
  relations = new Relations();
  readonly vectors: VectorArm;
  readonly #cache = new Map<string, Entry>();
  #revision = 0;
  /** One after the other: each question sees everything that was saved before it was asked. */
  #following: Promise<unknown> = Promise.resolve();

  constructor(store: LessonStore) {
    this.#store = store;
    this.vectors = new VectorArm(
      store,
      () => this.text,
      () => this.columns.ids,
    );
  }

  /** Takes in what any process saved since; returns the revision that the answers then stand for. */
  async follow(): Promise<number> {
    const before = this.#following;
    const mine = before.then(
      () => this.#catchUp(),
      () => this.#catchUp(), // that it failed was told to whoever asked then
    );
    this.#following = mine;
    return mine;
  }

  has(id: string): boolean {
    return this.columns.rowOf(id) !== undefined;
  }

  /** The lessons of some rows, as they are now; a row that died meanwhile is left out. */
  async entries(rows: Iterable<number>): Promise<ReadonlyMap<number, Entry>> {
    const found = new Map<number, Entry>();
    const missing: string[] = [];
    for (const row of rows) {
      const id = this.columns.ids[row] ?? '';
      const entry = this.#cache.get(id);
      if (entry !== undefined) found.set(row, entry);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    for (const { lesson } of await this.#store.many(missing)) {
      const row = this.columns.rowOf(lesson.id);
      if (row !== undefined) found.set(row, this.#keep(lesson));
    }
    return found;
  }

  /** Confidence by what came of each lesson so far, by id. */
  async confidences(entries: readonly Entry[]): Promise<ReadonlyMap<string, number>> {
    const ids = entries.map(({ lesson }) => lesson.id);
    const [counters, feedback] = await Promise.all([this.#store.counters(ids), this.#store.feedback(ids)]);
    return new Map(
      entries.map(({ lesson }) => {
        const { id } = lesson;
        return [id, confidenceOf(betaOf(lesson, counters.get(id), feedback.get(id)))];
      }),
    );
  }

  async #catchUp(): Promise<number> {
    const revision = await this.#store.revision();
    if (revision === this.#revision) return revision;
    const since = this.columns.rows - this.columns.size > Math.max(MANY_DEAD, this.columns.size) ? 0 : this.#revision;
    if (since === 0) this.#forget();
    const take = (): Promise<number> => this.#takeSince(since);
    const reached = Math.max(revision, since === 0 ? await leanly(take) : await take());
    this.relations.take(await this.#store.foundLinks(since));
    this.text.refresh();
    this.vectors.follow();
    this.#revision = reached;
    return reached;
  }

  async #takeSince(since: number): Promise<number> {
    let reached = since;
    for await (const stored of this.#store.changes(since)) {
      this.#take(stored);
      reached = Math.max(reached, stored.revision);
    }
    return reached;
  }

  #forget(): void {
    this.columns = new Columns();
    this.text = new TextIndex();
    this.fields = new NameLists(this.text.terms);
    this.rules = new Rules();
    this.relations = new Relations();
    this.vectors.forget();
    this.#cache.clear();
  }

  #take({ lesson, savedAt, hash }: StoredLesson): void {
    const old = this.columns.remove(lesson.id);
    if (old !== undefined) {
      this.text.remove(old);
      this.vectors.remove(old);
      this.#cache.delete(lesson.id);
    }
    const row = this.columns.push(lesson, savedAt);
    const { title, symptom } = lesson;
    const { rest, fields } = textsOf(lesson);
    this.text.push(this.text.read(title), this.text.read(symptom), this.text.read(rest));
    this.fields.push(this.text.termsOf(fields));
    this.rules.push(row, lesson);
    this.vectors.push(hash);
    if (this.#cache.size < CACHED) this.#keep(lesson);
  }

  #keep(lesson: Lesson): Entry {
    let kept: Sketch | undefined;
    const entry: Entry = {
      lesson,
      sketch: () => {
        kept ??= sketchOf(lesson);
        return kept;
      },
    };
    if (this.#cache.size >= CACHED) {
      const [oldest] = this.#cache.keys();
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(lesson.id, entry);
    return entry;
  }
}

/** What two lessons are compared by. */
export const sketchOf = ({ title, symptom, cause, fix }: Pick<Lesson, 'title' | 'symptom' | 'cause' | 'fix'>): Sketch =>
  sketch([title, symptom, cause, fix].join('\n'));

/** What a lesson is found by: title and symptom, the rest, and what its selectors name. */
export function textsOf(lesson: Lesson): { readonly key: string; readonly rest: string; readonly fields: string } {
  const { field_paths: paths = [], values = [], names = [], namespaces = [] } = lesson.applies_to;
  const rest = [
    lesson.cause,
    lesson.fix,
    lesson.wrong_fix,
    lesson.prevention,
    Object.keys(lesson.components).join(' '),
    ...Object.values(lesson.applies_to).flatMap((entries) => entries ?? []),
  ];
  return {
    key: `${lesson.title}\n${lesson.symptom}`,
    rest: rest.join('\n'),
    fields: [...paths, ...values, ...names, ...namespaces].join('\n'),
  };
}
