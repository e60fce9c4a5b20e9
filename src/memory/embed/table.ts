import { inputError } from '../../core/errors.ts';

/** Vectors of stems, eight bits each: the whole embedder. */
export interface EmbeddingTable {
  /** Names the recipe; vectors of different models are never compared. */
  readonly model: string;
  readonly dimension: number;
  readonly stems: ReadonlyMap<string, number>;
  /** Row-major, `stems.size` x `dimension`. */
  readonly rows: Int8Array;
  /** What one step of a row is worth. */
  readonly scales: Float32Array;
}

/** Sum of (1 + ln tf) x row over the stems, at length 1; all zero when no stem is known. */
export function embed(table: EmbeddingTable, stems: readonly string[]): Float32Array {
  const sum = new Float32Array(table.dimension);
  for (const [stem, count] of countStems(stems)) {
    const row = table.stems.get(stem);
    if (row !== undefined) addRow(table, sum, row, 1 + Math.log(count));
  }
  return normalise(sum);
}

/** Adds `weight` times a row of the table to `sum`. */
export function addRow({ dimension, rows, scales }: EmbeddingTable, sum: Float32Array, row: number, weight: number) {
  const scale = weight * (scales[row] ?? 0);
  const start = row * dimension;
  for (let i = 0; i < dimension; i++) sum[i] = (sum[i] as number) + scale * (rows[start + i] as number); // in range
}

export function countStems(stems: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  return counts;
}

export function normalise(vector: Float32Array): Float32Array {
  let square = 0;
  for (const x of vector) square += x * x;
  if (square === 0) return vector;
  const scale = 1 / Math.sqrt(square);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * scale;
  return vector;
}

/** Cosine of two vectors of length 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

const MAGIC = 'steward-embedding-1';

/** One file: a line of JSON, then scales, then rows. */
export function encodeTable(table: EmbeddingTable): Buffer {
  const head = JSON.stringify({
    magic: MAGIC,
    model: table.model,
    dimension: table.dimension,
    stems: [...table.stems.keys()],
  });
  return Buffer.concat([
    Buffer.from(`${head}\n`),
    Buffer.from(table.scales.buffer, table.scales.byteOffset, table.scales.byteLength),
    Buffer.from(table.rows.buffer, table.rows.byteOffset, table.rows.byteLength),
  ]);
}

export function decodeTable(bytes: Buffer): EmbeddingTable {
  const end = bytes.indexOf(10);
  const head = readHead(bytes.subarray(0, Math.max(0, end)).toString('utf8'));
  const scaleBytes = head.stems.length * 4;
  const rest = bytes.subarray(end + 1);
  if (rest.length !== scaleBytes + head.stems.length * head.dimension) throw broken();
  return {
    model: head.model,
    dimension: head.dimension,
    stems: new Map(head.stems.map((stem, row) => [stem, row])),
    scales: new Float32Array(new Uint8Array(rest.subarray(0, scaleBytes)).buffer),
    rows: new Int8Array(new Uint8Array(rest.subarray(scaleBytes)).buffer),
  };
}

function readHead(text: string): { model: string; dimension: number; stems: string[] } {
  try {
    const head: unknown = JSON.parse(text);
    if (isHead(head)) return head;
  } catch {
    // falls through to the one error below
  }
  throw broken();
}

const isHead = (head: unknown): head is { magic: string; model: string; dimension: number; stems: string[] } =>
  typeof head === 'object' &&
  head !== null &&
  'magic' in head &&
  head.magic === MAGIC &&
  'stems' in head &&
  Array.isArray(head.stems);

const broken = () =>
  inputError(
    'embedding_table_broken',
    'Unable to read the embedding table: the file is not one or was cut off.',
    'Delete it: it is trained anew at the next start.',
  );
