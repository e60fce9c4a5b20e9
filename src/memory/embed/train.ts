import type { Pair } from './pairs.ts';
import { countStems, type EmbeddingTable } from './table.ts';
import { type Bag, Step } from './train-step.ts';

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

const MIN_PAIRS = 3;
const MAX_SHORT = 60;
const MAX_LONG = 120;

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
