import { randomBytes } from 'node:crypto';

/** Makes an unguessable id `<prefix>-<20 characters>` (100 bits, letters and digits that cannot be mistaken when read aloud). */
export type NewId = (prefix: string) => string;

const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyzq'.slice(0, 32);

export const randomId: NewId = (prefix) =>
  `${prefix}-${Array.from(randomBytes(20), (byte) => ALPHABET[byte % 32]).join('')}`;

/** Ids 1, 2, 3 ... for tests and golden outputs. */
export function countingIds(): NewId {
  let count = 0;
  return (prefix) => `${prefix}-${++count}`;
}
