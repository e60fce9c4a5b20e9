import { redactText } from '../core/redact.ts';
import { makeVisible } from '../core/untrusted.ts';

/** A copy for the terminal: every text in it without secrets and without characters that a terminal would obey. */
export function printable(value: unknown): unknown {
  if (typeof value === 'string') return makeVisible(redactText(value));
  if (Array.isArray(value)) return value.map(printable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, printable(member)]));
}
