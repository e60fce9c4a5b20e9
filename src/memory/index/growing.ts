type Numbers = Uint8Array | Uint32Array | Int32Array | Float32Array;

/** A typed array that grows by a half; `view` is what was pushed so far. */
export class Growing<T extends Numbers> {
  #array: T;
  #length = 0;
  readonly #create: (length: number) => T;

  constructor(create: (length: number) => T) {
    this.#create = create;
    this.#array = create(1_024);
  }

  get length(): number {
    return this.#length;
  }

  /** The whole array, also what lies behind `length`; valid until the next push. */
  get array(): T {
    return this.#array;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const next = this.#create(Math.ceil(this.#array.length * 1.5));
      next.set(this.#array);
      this.#array = next;
    }
    this.#array[this.#length++] = value;
  }

  at(index: number): number {
    return this.#array[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.#array[index] = value;
  }
}
