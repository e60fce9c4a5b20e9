import { expect, test } from 'vitest';
import type { KubeJson } from '../json.ts';
import { humanDuration } from './duration.ts';
import { toTable } from './table.ts';
import { captured } from './testdata/captured.ts';

const { tables } = captured();
const resourceOf = (key: string) => {
  const [plural = '', ...group] = key.split('.');
  return { plural, group: group.join('.') };
};
const printerColumns = { 'things.cap.example': [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }] };

test.each(Object.keys(tables))('%s: the columns of the real server', (key) => {
  const columns = toTable(resourceOf(key), [], new Date(), {
    printerColumns: printerColumns[key as keyof typeof printerColumns] ?? [],
  }).columnDefinitions;
  expect(columns).toMatchObject(tables[key]?.columns ?? []);
});

/** The answer came some milliseconds after the server looked at its clock: a second may lie between. */
const inTime = (key: string, object: KubeJson, offsetMs: number) => {
  const now = new Date(Date.parse(tables[key]!.now) - offsetMs);
  const options = { printerColumns: printerColumns[key as keyof typeof printerColumns] ?? [] };
  return toTable(resourceOf(key), [object], now, options).rows[0]!;
};

const rows = Object.entries(tables).flatMap(([key, { rows }]) =>
  rows.map((row) => [key, row.object.metadata.name, row] as const),
);

test.each(rows)('%s %s: the cells of the real server', (key, _name, row) => {
  const mine = [0, 1000].map((offset) => inTime(key, row.object, offset));
  const match = mine.find(({ cells }) => JSON.stringify(cells) === JSON.stringify(row.cells)) ?? mine[0];
  expect(match?.cells).toEqual(row.cells);
  expect(match?.conditions ?? []).toEqual(row.conditions ?? []);
});

test.each([
  [-5000, '<invalid>'],
  [-500, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [192_000, '3m12s'],
  [25 * 60_000, '25m'],
  [179 * 60_000, '179m'],
  [330 * 60_000, '5h30m'],
  [47 * 3_600_000, '47h'],
  [76 * 3_600_000, '3d4h'],
  [200 * 86_400_000, '200d'],
  [740 * 86_400_000, '2y10d'],
  [3000 * 86_400_000, '8y'],
])('%d ms is printed as %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

test('later events of a watch repeat no columns, and an object can come whole or not at all', () => {
  const object = tables['pods']!.rows[0]!.object;
  const table = (includeObject: 'None' | 'Object') =>
    toTable(resourceOf('pods'), [object], new Date(), { includeObject, withColumns: false });
  expect(table('None').columnDefinitions).toBeNull();
  expect(table('None').rows[0]?.object).toBeUndefined();
  expect(table('Object').rows[0]?.object).toBe(object);
});
