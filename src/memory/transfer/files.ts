import { lstat, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isInside } from './context-files.ts';

const MAX_BYTES = 4 * 1024 * 1024;

/** A file that may be written: its text as it is (empty when it is not there), or why it is left alone. */
export type Readable = { readonly text: string; readonly isThere: boolean } | { readonly why: string };

/** Reads a file of a folder for a change: never through a link, never outside the folder, never what is not UTF-8. */
export async function readForChange(folder: string, name: string): Promise<Readable> {
  const file = join(folder, name);
  const found = await lstat(file).catch(() => undefined);
  if (found === undefined)
    return (await staysInside(folder, dirname(file)))
      ? { text: '', isThere: false }
      : { why: 'leads out of the folder by a link' };
  if (found.isSymbolicLink()) return { why: 'is a link' };
  if (!found.isFile()) return { why: 'is not a file' };
  if (!(await staysInside(folder, dirname(file)))) return { why: 'leads out of the folder by a link' };
  if (found.size > MAX_BYTES) return { why: `is larger than ${MAX_BYTES} bytes` };
  const bytes = await readFile(file);
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? { text, isThere: true } : { why: 'is not UTF-8' };
}

/** Writes beside the file and renames, so that a crash leaves the old or the new text, never half of one. */
export async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  const mode = await lstat(file).then(
    (found) => found.mode & 0o777,
    () => 0o644,
  );
  const beside = `${file}.steward-${process.pid}`;
  await writeFile(beside, text, { mode });
  await rename(beside, file);
}

export const removeFile = (folder: string, name: string): Promise<void> => rm(join(folder, name), { force: true });

/** Writes only what differs; true when it did. */
export async function writeIfChanged(folder: string, name: string, text: string): Promise<boolean> {
  const before = await readFile(join(folder, name), 'utf8').catch(() => undefined);
  if (before === text) return false;
  await replaceFile(folder, name, text);
  return true;
}

async function staysInside(folder: string, path: string): Promise<boolean> {
  const root = await realpath(folder);
  for (let at = path; ; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return isInside(root, real);
    if (at === dirname(at)) return false;
  }
}
