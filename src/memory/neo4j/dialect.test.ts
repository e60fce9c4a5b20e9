import { expect, test } from 'vitest';
import { dialectOf } from './dialect.ts';

const kernel = (version: string) => ({ name: 'Neo4j Kernel', versions: [version] });

test('5.26 speaks Cypher 5, calendar releases say what they speak', () => {
  expect(dialectOf([kernel('5.26.25')])).toEqual({ version: '5.26.25', cypher25: false });
  expect(dialectOf([kernel('2026.08.1'), { name: 'Cypher', versions: ['5', '25'] }])).toEqual({
    version: '2026.08.1',
    cypher25: true,
  });
  expect(dialectOf([kernel('2031.01.0'), { name: 'Cypher', versions: ['5', '25', '30'] }]).cypher25).toBe(true);
});

test.each(['4.4.12', '5.25.1', '', 'x'])('version "%s" is refused', (version) => {
  expect(() => dialectOf([kernel(version)])).toThrow(expect.objectContaining({ code: 'lesson_store_unsupported' }));
});
