import { expect, test } from 'vitest';
import { pairsOfDeclaration } from './pairs.ts';
import { cosine, decodeTable, embed, encodeTable } from './table.ts';
import { trainTable } from './train.ts';

const stems = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];

/** The same numbers on every run. */
function seeded(): () => number {
  let state = 42;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const topics = [
  ['disk pool scrub', 'the zpool finds silent corruption on its disks'],
  ['memory limit killed', 'the container ran out of memory and was killed'],
  ['certificate expired renew', 'the certificate of the ingress was not renewed'],
  ['node drain evict', 'pods leave the node before it is rebooted'],
] as const;
const pairs = topics.flatMap(([short, long]) =>
  Array.from({ length: 8 }, (_, i) => ({
    short: `${short} ${'abcdefgh'[i]}`,
    long: `${long} ${'abcdefgh'[i]}`,
    weight: 1,
  })),
);
const train = () => trainTable(pairs, { model: 'test', stems, dimension: 32, batch: 8, epochs: 20, random: seeded() });

test('texts that were trained to mean the same come closer than others', async () => {
  const table = await train();
  const near = cosine(embed(table, stems('memory limit')), embed(table, stems('container killed')));
  const far = cosine(embed(table, stems('memory limit')), embed(table, stems('certificate ingress')));
  expect(near).toBeGreaterThan(far + 0.3);
});

test('training is deterministic, and a table survives its file', async () => {
  const [one, two] = [await train(), await train()];
  expect(encodeTable(one).equals(encodeTable(two))).toBe(true);
  const again = decodeTable(encodeTable(one));
  expect(embed(again, stems('node drain'))).toEqual(embed(one, stems('node drain')));
});

test('a table that was cut off is refused', async () => {
  const bytes = encodeTable(await train());
  for (const broken of [bytes.subarray(0, bytes.length - 1), bytes.subarray(0, 10), Buffer.from('x\n')])
    expect(() => decodeTable(broken)).toThrow(expect.objectContaining({ code: 'embedding_table_broken' }));
});

test('unknown words give the zero vector, not nonsense', async () => {
  expect(embed(await train(), ['qqq']).every((x) => x === 0)).toBe(true);
});

test('a type declaration gives field and comment pairs', () => {
  const found = pairsOfDeclaration(
    "export declare class V1Pod {\n    /**\n    * If specified, the pod\\'s scheduling constraints apply. They are hard.\n    */\n    'affinity'?: V1Affinity;\n}",
  );
  expect(found[0]).toEqual({
    short: 'Pod affinity',
    long: "If specified, the pod's scheduling constraints apply. They are hard.",
    weight: 1,
  });
});
