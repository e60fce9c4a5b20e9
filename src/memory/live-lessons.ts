import type { Lesson } from '../core/lesson.ts';
import type { Entry } from './live-index.ts';

/** The lessons that hold on one day, by what can find them for certain. */
export interface LiveLessons {
  readonly byId: ReadonlyMap<string, Entry>;
  readonly byCheck: ReadonlyMap<string, readonly Entry[]>;
  /** Lessons with a guard, a field, a value or a name, by the actions they are about; ANY_ACTION for all. */
  readonly byAction: ReadonlyMap<string, readonly Entry[]>;
}

export const ANY_ACTION = '*';

/** Leaves out what is retired, not valid on that day, or replaced by a confirmed lesson. */
export function liveLessons(entries: Iterable<Entry>, day: string): LiveLessons {
  const valid = [...entries].filter(({ lesson }) => isValid(lesson, day));
  const replaced = replacedIds(valid);
  const live = valid.filter(({ lesson }) => !replaced.has(lesson.id));
  return {
    byId: new Map(live.map((entry) => [entry.lesson.id, entry] as const)),
    byCheck: group(live, ({ checks }) => checks),
    byAction: group(live, (lesson) => (isSpecific(lesson) ? (lesson.applies_to.actions ?? [ANY_ACTION]) : [])),
  };
}

const isValid = ({ status, valid_from: from, valid_to: to }: Lesson, day: string): boolean =>
  status !== 'retired' && (from === undefined || from <= day) && (to === undefined || day <= to);

/** Ids that a confirmed lesson says it replaces; a candidate replaces nothing. */
const replacedIds = (valid: readonly Entry[]): ReadonlySet<string> =>
  new Set(
    valid
      .filter(({ lesson }) => lesson.status === 'confirmed')
      .flatMap(({ lesson }) => lesson.supersedes.filter((id) => id !== lesson.id)),
  );

const isSpecific = ({ guard, applies_to: { field_paths: paths, values, names } }: Lesson): boolean =>
  guard !== undefined || [paths, values, names].some((entries) => entries !== undefined && entries.length > 0);

function group(
  entries: readonly Entry[],
  keysOf: (lesson: Lesson) => readonly string[],
): ReadonlyMap<string, readonly Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const entry of entries)
    for (const key of new Set(keysOf(entry.lesson))) {
      const kept = found.get(key);
      if (kept === undefined) found.set(key, [entry]);
      else kept.push(entry);
    }
  return found;
}
