import { messageOf, StewardError } from '../../core/errors.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

export const isDamage = (error: unknown): boolean =>
  codeOf(error).startsWith('SQLITE_CORRUPT') || codeOf(error) === 'SQLITE_NOTADB';

/** What SQLite said, as an error of ours: kind `target`. */
export function storeError(verb: string, path: string, cause: unknown): StewardError {
  if (cause instanceof StewardError) return cause;
  const code = codeOf(cause);
  const facts = (name: string, hint: string, retryable = false) =>
    ({ kind: 'target', code: `lesson_store_${name}`, hint, retryable, cause }) as const;
  const message = `Unable to ${verb} the lesson store ${path}: ${messageOf(cause)}.`;
  if (isDamage(cause)) return new StewardError(message, facts('corrupt', moveAside(path)));
  if (code.startsWith('SQLITE_BUSY'))
    return new StewardError(message, facts('busy', 'Another process holds it; try again in a few seconds.', true));
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_PERM'))
    return new StewardError(message, facts('readonly', 'Give this user the right to write the file and its folder.'));
  if (code.startsWith('SQLITE_CANTOPEN'))
    return new StewardError(message, facts('missing', 'Check that the folder exists and can be read.'));
  return new StewardError(message, facts('failed', 'Check the disk for space and errors, then try again.'));
}

export const moveAside = (path: string): string =>
  `Nothing was changed. Move ${path} and its -wal and -shm files aside and start again: the lessons of lessons/*.md are imported anew, ` +
  'and what else the file held can be read from the copy with "sqlite3 <file> .recover".';
