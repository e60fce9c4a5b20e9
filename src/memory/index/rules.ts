import type { Lesson } from '../../core/lesson.ts';
import type { Facts } from '../proposal.ts';
import { addTo } from './columns.ts';

const ANY_ACTION = '*';
const GRAM = 4;

/**
 * Which lessons a rule may find, by the one thing that must be there: a check, an action (guards), a name, a value or a path.
 * What it gives is a superset: the selectors have the last word.
 */
export class Rules {
  readonly #byCheck = new Map<string, number[]>();
  readonly #byGuard = new Map<string, number[]>();
  readonly #byName = new Map<string, number[]>();
  readonly #byNameStart = new Map<string, number[]>();
  readonly #byValue = new Map<string, number[]>();
  readonly #byPath = new Map<string, number[]>();
  /** Start of a value -> values that start so. */
  readonly #values = new Map<string, string[]>();

  push(row: number, { checks, guard, applies_to: selectors }: Lesson): void {
    for (const check of new Set(checks)) addTo(this.#byCheck, check, row);
    if (guard !== undefined)
      for (const action of new Set(selectors.actions ?? [ANY_ACTION])) addTo(this.#byGuard, action, row);
    this.#addSelectors(selectors, row);
  }

  /** Under the rarest that must fit: a name, else a value, else a path. */
  #addSelectors({ names = [], values = [], field_paths: paths = [] }: Lesson['applies_to'], row: number): void {
    if (names.length > 0) for (const name of new Set(names)) this.#addName(name, row);
    else if (values.length > 0) for (const value of new Set(values)) this.#addValue(value, row);
    else for (const path of new Set(paths)) addTo(this.#byPath, path, row);
  }

  /** Rows, each once. */
  rowsFor(facts: Facts): ReadonlySet<number> {
    const rows = new Set<number>();
    const take = (found: readonly number[] | undefined): void => {
      for (const row of found ?? []) rows.add(row);
    };
    for (const check of facts.checks) take(this.#byCheck.get(check));
    take(this.#byGuard.get(facts.action));
    take(this.#byGuard.get(ANY_ACTION));
    for (const name of facts.names) take(this.#byName.get(name));
    for (const [start, found] of this.#byNameStart)
      if ([...facts.names].some((name) => name.startsWith(start))) take(found);
    for (const path of facts.values.keys()) take(this.#byPath.get(path));
    for (const value of this.#valuesIn(facts.texts)) take(this.#byValue.get(value));
    return rows;
  }

  #addName(name: string, row: number): void {
    if (name.endsWith('*')) addTo(this.#byNameStart, name.slice(0, -1), row);
    else addTo(this.#byName, name, row);
  }

  #addValue(value: string, row: number): void {
    if (!this.#byValue.has(value)) {
      const start = value.slice(0, GRAM);
      const others = this.#values.get(start);
      if (others === undefined) this.#values.set(start, [value]);
      else others.push(value);
    }
    addTo(this.#byValue, value, row);
  }

  /** Values that may stand in one of the texts: from the side that is shorter. */
  #valuesIn(texts: readonly string[]): readonly string[] {
    const whole = texts.join('\n');
    if (this.#values.size <= whole.length)
      return [...this.#values].flatMap(([start, values]) => (whole.includes(start) ? values : []));
    const starts = new Set<string>();
    for (let at = 0; at < whole.length; at++)
      for (let length = 1; length <= GRAM; length++) starts.add(whole.slice(at, at + length));
    return [...starts].flatMap((start) => this.#values.get(start) ?? []);
  }
}
