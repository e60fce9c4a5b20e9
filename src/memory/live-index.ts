import type { Lesson } from '../core/lesson.ts';
import { type Sketch, sketch } from './similar.ts';
import type { LessonStore } from './store.ts';
import { type IndexedText, TextIndex } from './text-index.ts';
import { tokens } from './tokens.ts';

/** A lesson as it is asked for: read, compared and searched without the store. */
export interface Entry {
  readonly lesson: Lesson;
  readonly hash: string;
  readonly sketch: Sketch;
}

/** The lessons of a store in memory, brought up to its revision before every question. */
export class LiveIndex {
  readonly #store: LessonStore;
  readonly text = new TextIndex();
  readonly #entries = new Map<string, Entry>();
  #revision = 0;
  #following: Promise<number> | undefined;

  constructor(store: LessonStore) {
    this.#store = store;
  }

  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  /** Takes in what any process saved since; returns the revision that the answers then stand for. */
  async follow(): Promise<number> {
    this.#following ??= this.#catchUp().finally(() => {
      this.#following = undefined;
    });
    return this.#following;
  }

  async #catchUp(): Promise<number> {
    if ((await this.#store.revision()) === this.#revision) return this.#revision;
    for await (const { lesson, hash, revision } of this.#store.changes(this.#revision)) {
      this.#entries.set(lesson.id, { lesson, hash, sketch: sketchOf(lesson) });
      this.text.put(lesson.id, indexedText(lesson));
      this.#revision = revision;
    }
    return this.#revision;
  }
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
