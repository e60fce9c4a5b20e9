import type { LessonDraft } from '../core/consult.ts';
import type { Lesson, Selectors } from '../core/lesson.ts';

/** What became of a draft that says the same as a lesson. */
export interface Merged {
  /** The lesson with what was taken; absent when nothing was. */
  readonly lesson?: Lesson;
  /** What the draft says besides, and the lesson does not: `kind StatefulSet`, `component loki`, `wrong_fix`. */
  readonly added: readonly string[];
}

/**
 * A lesson with the selectors, components, wrong fix and prevention of a draft that says the same. A selector that the lesson
 * leaves open already holds for everything, and stays open.
 */
export function mergeDraft(lesson: Lesson, draft: LessonDraft): Merged {
  const selectors = mergeSelectors(lesson.applies_to, draft.applies_to ?? {});
  const components = Object.entries(draft.components ?? {}).filter(([name]) => !Object.hasOwn(lesson.components, name));
  const texts = (['wrong_fix', 'prevention'] as const).flatMap((field) => {
    const text = draft[field];
    return text !== undefined && lesson[field] === undefined ? [[field, text] as const] : [];
  });
  const added = [
    ...selectors.added,
    ...components.map(([name]) => `component ${name}`),
    ...texts.map(([field]) => field),
  ];
  if (added.length === 0) return { added };
  return {
    added,
    lesson: {
      ...lesson,
      ...Object.fromEntries(texts),
      applies_to: selectors.merged,
      components: { ...lesson.components, ...Object.fromEntries(components) },
    },
  };
}

function mergeSelectors(ours: Selectors, theirs: Selectors): { readonly merged: Selectors; readonly added: string[] } {
  const added: string[] = [];
  const merged: Record<string, string[] | undefined> = { ...ours };
  for (const [field, entries] of Object.entries(theirs)) {
    const known = merged[field];
    if (known === undefined || known.length === 0) continue;
    const more = (entries ?? []).filter((entry) => !known.includes(entry));
    if (more.length > 0) merged[field] = [...known, ...more];
    added.push(...more.map((entry) => `${field.replace(/s$/, '')} ${entry}`));
  }
  return { merged, added };
}
