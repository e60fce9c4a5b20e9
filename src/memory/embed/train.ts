import type { Pair } from './pairs.ts';
import { cosine, countStems, type EmbeddingTable } from './table.ts';

export interface TrainOptions {
  readonly model: string;
  /** Text to stems; the same function that documents and queries go through. */
  readonly stems: (text: string) => readonly string[];
  readonly dimension?: number;
  readonly epochs?: number;
  readonly batch?: number;
  /** Numbers in [0, 1), the same sequence every time for the same table. */
  readonly random: () => number;
  /** Called after every batch; awaiting in it lets other work run. */
  readonly breathe?: () => Promise<void>;
}

const TEMPERATURE = 0.07;
const RATE = 0.08;
const MIN_PAIRS = 3;
const MAX_SHORT = 60;
const MAX_LONG = 120;

interface Bag {
  readonly rows: Uint32Array;
  readonly weights: Float32Array;
}
interface Example {
  readonly short: Bag;
  readonly long: Bag;
  readonly weight: number;
}

/**
 * Trains a static bi-encoder: one vector per stem, a text is the weighted sum of its stems at length 1, and the two
 * texts of a pair must find each other among the others of their batch (softmax both ways, Adagrad).
 * About 16,000 pairs take half a minute of CPU. Deterministic for the same pairs and `random`.
 */
export async function trainTable(pairs: readonly Pair[], options: TrainOptions): Promise<EmbeddingTable> {
  const { dimension = 256, epochs = 6, batch = 256, random } = options;
  const { stems, examples, idf } = prepare(pairs, options.stems);
  const table = new Float32Array(stems.length * dimension);
  for (let i = 0; i < table.length; i++) table[i] = gauss(random) * 0.1 * (idf[Math.floor(i / dimension)] ?? 1);
  const squares = new Float32Array(table.length).fill(1e-6);
  const step = new Step(table, squares, dimension, batch);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(examples, random);
    for (let at = 0; at + batch <= order.length; at += batch) {
      step.run(order.slice(at, at + batch));
      await options.breathe?.();
    }
  }
  return quantise(options.model, stems, table, dimension);
}

function prepare(pairs: readonly Pair[], split: TrainOptions['stems']) {
  const seen = new Set<string>();
  const texts = pairs.flatMap((pair) => {
    const short = split(pair.short).slice(0, MAX_SHORT);
    const long = split(pair.long).slice(0, MAX_LONG);
    const key = `${short.join(' ')}\n${long.join(' ')}`;
    if (short.length < 1 || long.length < 3 || seen.has(key)) return [];
    seen.add(key);
    return [{ short, long, weight: pair.weight }];
  });
  const frequency = new Map<string, number>();
  for (const { short, long } of texts)
    for (const stem of new Set([...short, ...long])) frequency.set(stem, (frequency.get(stem) ?? 0) + 1);
  const stems = [...frequency]
    .filter(([, count]) => count >= MIN_PAIRS)
    .map(([stem]) => stem)
    .sort();
  const rowOf = new Map(stems.map((stem, row) => [stem, row]));
  const idf = stems.map((stem) => Math.log(texts.length / (frequency.get(stem) ?? 1)));
  const mean = idf.reduce((sum, one) => sum + one, 0) / Math.max(1, idf.length);
  const examples = texts
    .map(({ short, long, weight }) => ({ short: bagOf(short, rowOf), long: bagOf(long, rowOf), weight }))
    .filter(({ short, long }) => short.rows.length > 0 && long.rows.length > 0);
  return { stems, examples, idf: idf.map((one) => one / mean) };
}

function bagOf(stems: readonly string[], rowOf: ReadonlyMap<string, number>): Bag {
  const counts = [...countStems(stems)].flatMap(([stem, count]) => {
    const row = rowOf.get(stem);
    return row === undefined ? [] : [{ row, weight: 1 + Math.log(count) }];
  });
  return {
    rows: Uint32Array.from(counts, ({ row }) => row),
    weights: Float32Array.from(counts, ({ weight }) => weight),
  };
}

/** One batch forward and backward; buffers are kept between batches. */
class Step {
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

function quantise(model: string, stems: readonly string[], table: Float32Array, dimension: number): EmbeddingTable {
  const rows = new Int8Array(table.length);
  const scales = new Float32Array(stems.length);
  for (let row = 0; row < stems.length; row++) {
    let max = 0;
    for (let k = 0; k < dimension; k++) max = Math.max(max, Math.abs(table[row * dimension + k] ?? 0));
    const scale = max / 127 || 1;
    scales[row] = scale;
    for (let k = 0; k < dimension; k++)
      rows[row * dimension + k] = Math.round((table[row * dimension + k] ?? 0) / scale);
  }
  return { model, dimension, stems: new Map(stems.map((stem, row) => [stem, row])), rows, scales };
}

const gauss = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T]; // both in range
  }
  return out;
}
