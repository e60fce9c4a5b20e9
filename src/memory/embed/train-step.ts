import { cosine } from './table.ts';

const TEMPERATURE = 0.07;
const RATE = 0.08;

export interface Bag {
  readonly rows: Uint32Array;
  readonly weights: Float32Array;
}
export interface Example {
  readonly short: Bag;
  readonly long: Bag;
  readonly weight: number;
}

/** One batch forward and backward; buffers are kept between batches. */
export class Step {
  readonly #table: Float32Array;
  readonly #squares: Float32Array;
  readonly #d: number;
  readonly #n: number;
  readonly #short: Side;
  readonly #long: Side;
  readonly #logits: Float32Array;

  constructor(table: Float32Array, squares: Float32Array, dimension: number, batch: number) {
    this.#table = table;
    this.#squares = squares;
    this.#d = dimension;
    this.#n = batch;
    this.#short = newSide(batch, dimension);
    this.#long = newSide(batch, dimension);
    this.#logits = new Float32Array(batch * batch);
  }

  run(examples: readonly Example[]): void {
    examples.forEach(({ short, long }, i) => {
      encode(this.#table, short, this.#short, i, this.#d);
      encode(this.#table, long, this.#long, i, this.#d);
    });
    multiplyTransposed(this.#short.unit, this.#long.unit, this.#logits, this.#n, this.#d, 1 / TEMPERATURE);
    const weights = examples.map(({ weight }) => weight);
    const gradient = softmaxBothWays(this.#logits, weights, this.#n);
    multiply(gradient, this.#long.unit, this.#short.gradient, this.#n, this.#d);
    multiply(transposed(gradient, this.#n), this.#short.unit, this.#long.gradient, this.#n, this.#d);
    examples.forEach(({ short, long }, i) => {
      this.#apply(short, this.#short, i);
      this.#apply(long, this.#long, i);
    });
  }

  /** Back through the normalisation, then Adagrad on every row of the bag. */
  #apply(bag: Bag, side: Side, i: number): void {
    const length = side.length[i] ?? 0;
    if (length === 0) return;
    const start = i * this.#d;
    const unit = side.unit.subarray(start, start + this.#d);
    const gradient = side.gradient.subarray(start, start + this.#d);
    const along = cosine(gradient, unit);
    for (let k = 0; k < this.#d; k++) gradient[k] = ((gradient[k] ?? 0) - along * (unit[k] ?? 0)) / length;
    for (let b = 0; b < bag.rows.length; b++) this.#move(bag.rows[b] ?? 0, bag.weights[b] ?? 0, gradient);
  }

  #move(row: number, weight: number, gradient: Float32Array): void {
    const at = row * this.#d;
    for (let k = 0; k < this.#d; k++) {
      const g = (gradient[k] ?? 0) * weight;
      const square = (this.#squares[at + k] ?? 0) + g * g;
      this.#squares[at + k] = square;
      this.#table[at + k] = (this.#table[at + k] ?? 0) - (RATE * g) / Math.sqrt(square);
    }
  }
}

interface Side {
  readonly unit: Float32Array;
  readonly gradient: Float32Array;
  readonly length: Float32Array;
}

const newSide = (n: number, d: number): Side => ({
  unit: new Float32Array(n * d),
  gradient: new Float32Array(n * d),
  length: new Float32Array(n),
});

function encode(table: Float32Array, bag: Bag, side: Side, i: number, d: number): void {
  const out = side.unit.subarray(i * d, (i + 1) * d).fill(0);
  for (let b = 0; b < bag.rows.length; b++) {
    const at = (bag.rows[b] ?? 0) * d;
    const weight = bag.weights[b] ?? 0;
    for (let k = 0; k < d; k++) out[k] = (out[k] ?? 0) + weight * (table[at + k] ?? 0);
  }
  let square = 0;
  for (let k = 0; k < d; k++) square += (out[k] ?? 0) ** 2;
  const length = Math.sqrt(square);
  side.length[i] = length;
  if (length > 0) for (let k = 0; k < d; k++) out[k] = (out[k] ?? 0) / length;
}

/** out[i][j] = scale * a[i] . b[j] */
function multiplyTransposed(
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  n: number,
  d: number,
  scale: number,
): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      const x = i * d;
      const y = j * d;
      for (let k = 0; k < d; k++) sum += (a[x + k] as number) * (b[y + k] as number); // in range by the loop
      out[i * n + j] = sum * scale;
    }
}

/** out[i] = sum over j of m[i][j] * b[j] */
function multiply(m: Float32Array, b: Float32Array, out: Float32Array, n: number, d: number): void {
  out.fill(0);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const weight = m[i * n + j] as number; // in range by the loop
      if (weight > -1e-7 && weight < 1e-7) continue;
      const x = i * d;
      const y = j * d;
      for (let k = 0; k < d; k++) out[x + k] = (out[x + k] as number) + weight * (b[y + k] as number);
    }
}

function transposed(m: Float32Array, n: number): Float32Array {
  const out = new Float32Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[j * n + i] = m[i * n + j] as number;
  return out;
}

/** Gradient of the weighted loss by the logits: softmax over rows and over columns, less the diagonal. */
function softmaxBothWays(logits: Float32Array, weights: readonly number[], n: number): Float32Array {
  const gradient = new Float32Array(n * n);
  const total = weights.reduce((sum, one) => sum + one, 0) * 2 * TEMPERATURE;
  const add = (i: number, at: (j: number) => number) => {
    let max = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < n; j++) max = Math.max(max, logits[at(j)] as number);
    let sum = 0;
    for (let j = 0; j < n; j++) sum += Math.exp((logits[at(j)] as number) - max);
    const scale = (weights[i] ?? 0) / total;
    for (let j = 0; j < n; j++) {
      const p = Math.exp((logits[at(j)] as number) - max) / sum;
      gradient[at(j)] = (gradient[at(j)] as number) + scale * (p - (i === j ? 1 : 0));
    }
  };
  for (let i = 0; i < n; i++) {
    add(i, (j) => i * n + j);
    add(i, (j) => j * n + i);
  }
  return gradient;
}
