import * as z from 'zod';
import type { AsOf } from '../../memory/as-of.ts';

export const AsOfTime = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/)
  .refine((time) => !Number.isNaN(Date.parse(time)), 'is no date')
  .describe('Date or time: answer with what was known and true then');

/** What was known at the time, and true at the time; of a day, its end. */
export function asOfOf(time: string): AsOf {
  const at = time.length === 10 ? `${time}T23:59:59.999Z` : new Date(time).toISOString();
  return { knownAt: at, validAt: at };
}
