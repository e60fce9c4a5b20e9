import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileKernel } from '../../../scripts/build-kernel.ts';
import { KERNEL } from './kernel.wasm.ts';
import { toInt8 } from './quantise.ts';
import { VectorIndex } from './vector-index.ts';

const unit = (numbers: readonly number[]): Float32Array => {
  const length = Math.hypot(...numbers) || 1;
  return Float32Array.from(numbers, (x) => x / length);
};
const vector = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 256, maxLength: 256 }).map(unit);

test('the committed module is what the source compiles to', async () => {
  expect(KERNEL).toBe(await compileKernel());
});

test('the nearest rows are those that exact arithmetic finds', () => {
  fc.assert(
    fc.property(fc.array(vector, { minLength: 1, maxLength: 40 }), vector, (rows, query) => {
      const index = new VectorIndex('test', 256);
      for (const row of rows) index.add(toInt8(row));
      const asked = toInt8(query);
      const exact = rows.map((row) => toInt8(row).reduce((sum, x, i) => sum + x * (asked[i] ?? 0), 0));
      const found = index.search(query, 5);
      const best = exact.toSorted((a, b) => b - a).slice(0, 5);
      expect(found.map(({ score }) => Math.round(score * 508 * 508))).toEqual(best);
    }),
    { numRuns: 30 },
  );
});

test('a removed row never comes back, and numbers stay', () => {
  const index = new VectorIndex('test', 256);
  const a = unit(Array.from({ length: 256 }, (_, i) => Math.sin(i)));
  const first = index.add(toInt8(a));
  const second = index.add(toInt8(a));
  index.remove(first);
  expect(index.search(a, 5).map(({ row }) => row)).toEqual([second]);
  expect(index.size).toBe(1);
});

test('a vector of another dimension is refused', () => {
  expect(() => new VectorIndex('test', 100)).toThrow(expect.objectContaining({ code: 'embedding_dimension' }));
  const index = new VectorIndex('test', 256);
  expect(() => index.add(new Int8Array(384))).toThrow(expect.objectContaining({ code: 'embedding_dimension' }));
});

test('many rows grow the memory and are found by bits first', () => {
  const index = new VectorIndex('test', 128, 10_000);
  const random = lcg(7);
  const row = () => unit(Array.from({ length: 128 }, () => random() - 0.5));
  const wanted = row();
  for (let i = 0; i < 20_000; i++) index.add(toInt8(i === 12_345 ? wanted : row()));
  expect(index.search(wanted, 3)[0]).toMatchObject({ row: 12_345 });
});

function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
