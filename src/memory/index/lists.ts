import { Growing } from './growing.ts';

/** Names as small numbers. */
export class Names {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  idOf(name: string): number | undefined {
    return this.#ids.get(name);
  }

  intern(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    // A copy: a piece of a longer text would keep all of that text in memory.
    const copy = Buffer.from(name).toString();
    this.#ids.set(copy, this.#names.length);
    return this.#names.push(copy) - 1;
  }

  name(id: number): string {
    return this.#names[id] ?? '';
  }
}

/** A list of names for each row, end to end in one array. */
export class NameLists {
  readonly names: Names;
  readonly #starts = new Growing((length) => new Uint32Array(length));
  readonly #ids = new Growing((length) => new Uint32Array(length));

  constructor(names = new Names()) {
    this.names = names;
    this.#starts.push(0);
  }

  push(ids: Iterable<number>): void {
    for (const id of ids) this.#ids.push(id);
    this.#starts.push(this.#ids.length);
  }

  pushNames(list: Iterable<string>): void {
    this.push([...list].map((name) => this.names.intern(name)));
  }

  isEmpty(row: number): boolean {
    return this.#starts.at(row) === this.#starts.at(row + 1);
  }

  of(row: number): Uint32Array {
    return this.#ids.array.subarray(this.#starts.at(row), this.#starts.at(row + 1));
  }

  /** True when one of the names of `row` is in `ids`. */
  hits(row: number, ids: ReadonlySet<number>): boolean {
    const end = this.#starts.at(row + 1);
    for (let at = this.#starts.at(row); at < end; at++) if (ids.has(this.#ids.at(at))) return true;
    return false;
  }

  /** The numbers of those names that any row has. */
  idsOf(names: Iterable<string>): ReadonlySet<number> {
    const ids = new Set<number>();
    for (const name of names) {
      const id = this.names.idOf(name);
      if (id !== undefined) ids.add(id);
    }
    return ids;
  }
}
