import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { SyncMark } from './store.ts';

const Mark = z.strictObject({ revision: z.int().nonnegative(), at: z.iso.datetime() });

/** `undefined` when there is none or it cannot be read: then the snapshot counts as never complete. */
export async function readMark(path: string): Promise<SyncMark | undefined> {
  try {
    return Mark.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
export async function writeMark(path: string, mark: SyncMark): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(mark), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
