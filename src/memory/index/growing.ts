type Numbers = Uint8Array | Uint32Array | Int32Array | Float32Array | Float64Array;

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
    if (this.#length === this.#array.length) this.#grow(1);
    this.#array[this.#length++] = value;
  }

  /** Many at once: pushing one by one is what reading all lessons would otherwise be spent on. */
  append(values: ArrayLike<number>): void {
    if (this.#length + values.length > this.#array.length) this.#grow(values.length);
    this.#array.set(values, this.#length);
    this.#length += values.length;
  }

  #grow(by: number): void {
    const next = this.#create(Math.max(this.#length + by, Math.ceil(this.#array.length * 1.5)));
    next.set(this.#array);
    this.#array = next;
  }

  at(index: number): number {
    return this.#array[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.#array[index] = value;
  }
}
