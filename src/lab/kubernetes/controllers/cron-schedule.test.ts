import { expect, test } from 'vitest';
import { parseCron } from './cron-schedule.ts';

const next = (text: string, from = '2026-11-20T12:07:30Z') => parseCron(text)?.next(new Date(from))?.toISOString();

test.each([
  ['*/15 * * * *', '2026-11-20T12:15:00.000Z'],
  ['0 3 * * *', '2026-11-21T03:00:00.000Z'],
  ['@hourly', '2026-11-20T13:00:00.000Z'],
  ['30 4 1 * *', '2026-12-01T04:30:00.000Z'],
  ['0 6 * * SUN', '2026-11-22T06:00:00.000Z'],
  ['0 6 * * 7', '2026-11-22T06:00:00.000Z'],
  ['0 0 13 * 5', '2026-11-27T00:00:00.000Z'],
  ['5,35 8-10/2 * * *', '2026-11-21T08:05:00.000Z'],
  ['0 0 29 2 *', '2028-02-29T00:00:00.000Z'],
])('%s is next due at %s', (text, expected) => expect(next(text)).toBe(expected));

test.each(['', '* * * *', '61 * * * *', 'a * * * *', '5-1 * * * *', '*/0 * * * *'])('%j is no schedule', (text) =>
  expect(parseCron(text)).toBeUndefined(),
);

test('a date that never comes is never due', () => expect(next('0 0 31 2 *')).toBeUndefined());
