import * as z from 'zod';

/** Proxmox says 1, "1", true, "" or nothing for a boolean. */
export const Flag = z.preprocess((value) => value === 1 || value === '1' || value === true, z.boolean());

/** Integers come as strings, null or "N/A". */
const toNumber = (value: unknown): unknown => {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
};
export const Num = z.preprocess((value) => toNumber(value) ?? 0, z.number());
export const MaybeNum = z.preprocess(toNumber, z.number().optional());

const toText = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;

/** Texts come as numbers when they look like one (a guest named "100"). */
export const Text = z.preprocess((value) => toText(value) ?? '', z.string());
export const MaybeText = z.preprocess(
  (value) => (value === '' || value === null ? undefined : toText(value)),
  z.string().optional(),
);

/** Unix seconds; undefined for 0 and for nothing. */
export const timeOf = (seconds: number | undefined): string | undefined =>
  seconds === undefined || seconds === 0 ? undefined : new Date(seconds * 1000).toISOString();

/** `a,b;c d` -> a b c d */
export const listOf = (text: string | undefined): string[] =>
  (text ?? '').split(/[,;\s]+/).filter((part) => part !== '');
