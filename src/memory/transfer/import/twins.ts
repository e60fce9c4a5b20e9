import type { Lesson } from '../../../core/lesson.ts';
import { type Sketch, saysTheSame, sketch } from '../../similar.ts';
import type { LessonStore } from '../../store.ts';

const PAGE = 500;

/** Lessons that are not retired, by what they say; texts whose numbers and negations differ are never compared. */
export class Twins {
  readonly #byFacts = new Map<string, { readonly id: string; readonly sketch: Sketch }[]>();

  static async of(store: Pick<LessonStore, 'list'>): Promise<Twins> {
    const twins = new Twins();
    let after: string | undefined;
    for (;;) {
      const page = await store.list({ limit: PAGE, ...(after !== undefined && { after }) });
      for (const { lesson } of page) if (lesson.status !== 'retired') twins.add(lesson);
      after = page.at(-1)?.lesson.id;
      if (page.length < PAGE) return twins;
    }
  }

  add(lesson: Lesson): void {
    const one = sketchOf(lesson);
    const same = this.#byFacts.get(one.facts);
    if (same === undefined) this.#byFacts.set(one.facts, [{ id: lesson.id, sketch: one }]);
    else same.push({ id: lesson.id, sketch: one });
  }

  /** The id of a lesson that says the same. */
  find(lesson: Lesson): string | undefined {
    const one = sketchOf(lesson);
    return this.#byFacts.get(one.facts)?.find((other) => saysTheSame(one, other.sketch))?.id;
  }
}

const sketchOf = ({ title, symptom, cause, fix }: Lesson): Sketch => sketch([title, symptom, cause, fix].join('\n'));
