import { type Reading, type Readings, type Run, readingKey } from './contract.ts';

const DAY_MS = 86_400_000;

/** How a counter got to where it is now. */
export interface Change {
  /** By how much it grew within the time that was asked about, or since it is known. */
  readonly grownBy: number;
  /** Over how many days that is. */
  readonly days: number;
  /** For how many days it has had the value of now. */
  readonly stillDays: number;
}

/**
 * Compares a counter of now with its past; undefined when there is none. A counter that went down was cleared: it is
 * counted from there.
 */
export function changeOf(
  readings: Readings | undefined,
  { value, ...of }: Reading,
  { now, days }: { readonly now: Date; readonly days: number },
): Change | undefined {
  const past = readings?.get(readingKey(of)) ?? [];
  const newest = past.at(-1);
  if (newest === undefined) return undefined;
  const daysTo = (time: string): number => Math.max(0, (+now - Date.parse(time)) / DAY_MS);
  if (newest.value > value) return { grownBy: value, days: daysTo(newest.to), stillDays: 0 };
  const runs = sinceCleared(past);
  const base = runs.findLast(({ from }) => daysTo(from) >= days) ?? runs[0] ?? newest;
  const seen = daysTo(base.from) >= days ? days : daysTo(base.from);
  return { grownBy: value - base.value, days: seen, stillDays: newest.value === value ? daysTo(newest.from) : 0 };
}

function sinceCleared(past: readonly Run[]): readonly Run[] {
  const at = past.findLastIndex(({ value }, index) => value > (past[index + 1]?.value ?? value));
  return past.slice(at + 1);
}
