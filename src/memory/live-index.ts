import type { Lesson } from '../core/lesson.ts';
import { type LiveLessons, liveLessons } from './live-lessons.ts';
import { type Sketch, sketch } from './similar.ts';
import type { LessonStore } from './store.ts';
import { type IndexedText, TextIndex } from './text-index.ts';
import { tokens } from './tokens.ts';

/** A lesson as it is asked for: read, compared and searched without the store. */
export interface Entry {
  readonly lesson: Lesson;
  /** First terms of the names of its components. */
  readonly components: ReadonlySet<string>;
  /** Worked out when two lessons are compared for the first time. */
  readonly sketch: () => Sketch;
}

/** The lessons of a store in memory, brought up to its revision before every question. */
export class LiveIndex {
  readonly #store: LessonStore;
  readonly text = new TextIndex();
  readonly #entries = new Map<string, Entry>();
  #revision = 0;
  /** One after the other: each question sees everything that was saved before it was asked. */
  #following: Promise<unknown> = Promise.resolve();
  #live: { readonly day: string; readonly revision: number; readonly lessons: LiveLessons } | undefined;

  constructor(store: LessonStore) {
    this.#store = store;
  }

  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
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

  /** The lessons that hold on a day (`2026-11-21`). */
  live(day: string): LiveLessons {
    if (this.#live?.day !== day || this.#live.revision !== this.#revision)
      this.#live = { day, revision: this.#revision, lessons: liveLessons(this.#entries.values(), day) };
    return this.#live.lessons;
  }

  async #catchUp(): Promise<number> {
    if ((await this.#store.revision()) === this.#revision) return this.#revision;
    for await (const { lesson, revision } of this.#store.changes(this.#revision)) {
      this.#entries.set(lesson.id, entryOf(lesson));
      this.text.put(lesson.id, indexedText(lesson));
      this.#revision = revision;
    }
    return this.#revision;
  }
}

function entryOf(lesson: Lesson): Entry {
  let kept: Sketch | undefined;
  return {
    lesson,
    components: new Set(Object.keys(lesson.components).flatMap((name) => tokens(name).slice(0, 1))),
    sketch: () => {
      kept ??= sketchOf(lesson);
      return kept;
    },
  };
}

/** What two lessons are compared by. */
export const sketchOf = ({ title, symptom, cause, fix }: Pick<Lesson, 'title' | 'symptom' | 'cause' | 'fix'>): Sketch =>
  sketch([title, symptom, cause, fix].join('\n'));

/** Title and symptom count twice: they are what somebody who meets it again would say. */
function indexedText(lesson: Lesson): IndexedText {
  const key = tokens(`${lesson.title}\n${lesson.symptom}`);
  const rest = tokens(
    [
      lesson.cause,
      lesson.fix,
      lesson.wrong_fix,
      lesson.prevention,
      Object.keys(lesson.components).join(' '),
      ...Object.values(lesson.applies_to).flatMap((entries) => entries ?? []),
    ].join('\n'),
  );
  const counts = new Map<string, number>();
  for (const term of [...key, ...key, ...rest]) counts.set(term, (counts.get(term) ?? 0) + 1);
  return { counts, key: new Set(key) };
}
