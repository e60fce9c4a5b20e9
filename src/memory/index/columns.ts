import type { Lesson } from '../../core/lesson.ts';
import { SEVERITIES, type Severity } from '../../core/severity.ts';
import { tokens } from '../tokens.ts';
import { Growing } from './growing.ts';
import { NameLists, Names } from './lists.ts';

const STATUSES = ['dead', 'candidate', 'confirmed', 'retired'] as const;
const ALWAYS_FROM = -2_147_483_648;
const ALWAYS_TO = 2_147_483_647;
const DAY_MS = 86_400_000;

/** `2026-11-21` as a count of days; a time counts as its day. */
export const dayOf = (date: string): number => Math.floor(Date.parse(date.slice(0, 10)) / DAY_MS);

/** What is known of each lesson without reading it: the rows of the index, one per version that was ever taken in. */
export class Columns {
  readonly ids: string[] = [];
  readonly #rowOf = new Map<string, number>();
  readonly #status = new Growing((length) => new Uint8Array(length));
  readonly #severity = new Growing((length) => new Uint8Array(length));
  readonly #from = new Growing((length) => new Int32Array(length));
  readonly #to = new Growing((length) => new Int32Array(length));
  readonly #saved = new Growing((length) => new Int32Array(length));
  readonly #confidence = new Growing((length) => new Float32Array(length));
  readonly actions = new NameLists();
  readonly kinds = new NameLists();
  readonly components = new NameLists();
  /** First terms of the names of components. */
  readonly componentTerms = new NameLists(new Names());
  /** Id of a lesson -> rows of those that say they replace it. */
  readonly #replacers = new Map<string, number[]>();
  /** Number of a component -> rows about it. */
  readonly #byComponent: number[][] = [];
  #living = 0;

  get size(): number {
    return this.#living;
  }

  get rows(): number {
    return this.ids.length;
  }

  push(lesson: Lesson, savedAt: string): number {
    const row = this.ids.push(lesson.id) - 1;
    this.#rowOf.set(lesson.id, row);
    this.#living++;
    this.#status.push(STATUSES.indexOf(lesson.status));
    this.#severity.push(SEVERITIES.indexOf(lesson.severity));
    this.#from.push(lesson.valid_from === undefined ? ALWAYS_FROM : dayOf(lesson.valid_from));
    this.#to.push(lesson.valid_to === undefined ? ALWAYS_TO : dayOf(lesson.valid_to));
    this.#saved.push(dayOf(savedAt));
    this.#confidence.push(lesson.confidence);
    this.actions.pushNames(lesson.applies_to.actions ?? []);
    this.kinds.pushNames(lesson.applies_to.kinds ?? []);
    const names = Object.keys(lesson.components);
    this.components.pushNames(names);
    this.componentTerms.pushNames(names.flatMap((name) => tokens(name).slice(0, 1)));
    for (const component of this.components.of(row)) (this.#byComponent[component] ??= []).push(row);
    for (const id of lesson.supersedes) if (id !== lesson.id) addTo(this.#replacers, id, row);
    return row;
  }

  /** The row of a lesson as it is now. */
  rowOf(id: string): number | undefined {
    return this.#rowOf.get(id);
  }

  remove(id: string): number | undefined {
    const row = this.#rowOf.get(id);
    if (row === undefined) return undefined;
    this.#rowOf.delete(id);
    this.#status.set(row, 0);
    this.#living--;
    return row;
  }

  /** Rows about a component, by its number in `components`. */
  rowsOf(component: number): readonly number[] {
    return this.#byComponent[component] ?? [];
  }

  status(row: number): (typeof STATUSES)[number] {
    return STATUSES[this.#status.at(row)] ?? 'dead';
  }

  severity(row: number): Severity {
    return SEVERITIES[this.#severity.at(row)] ?? 'low';
  }

  confidence(row: number): number {
    return this.#confidence.at(row);
  }

  /** Days since it was saved. */
  age(row: number, day: number): number {
    return Math.max(0, day - this.#saved.at(row));
  }

  /** Neither retired nor outside its days. */
  isValid(row: number, day: number): boolean {
    const status = this.#status.at(row);
    return (status === 1 || status === 2) && this.#from.at(row) <= day && day <= this.#to.at(row);
  }

  /** Valid, and not replaced by a confirmed lesson that is valid too. */
  isLive(row: number, day: number): boolean {
    return this.isValid(row, day) && this.#replacerOf(row, day) === undefined;
  }

  /** The lesson that stands where this one stood: it is not replaced itself. */
  head(row: number, day: number): number | undefined {
    const seen = new Set<number>();
    let at = row;
    for (
      let next = this.#replacerOf(at, day);
      next !== undefined && !seen.has(next);
      next = this.#replacerOf(at, day)
    ) {
      seen.add(next);
      at = next;
    }
    return this.isLive(at, day) ? at : undefined;
  }

  #replacerOf(row: number, day: number): number | undefined {
    return this.#replacers
      .get(this.ids[row] ?? '')
      ?.find((other) => this.#status.at(other) === 2 && this.isValid(other, day));
  }
}

/** Adds to a list in a map. */
export function addTo<K>(map: Map<K, number[]>, key: K, row: number): void {
  const rows = map.get(key);
  if (rows === undefined) map.set(key, [row]);
  else rows.push(row);
}
