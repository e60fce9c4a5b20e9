import { open } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import { redactText } from '../../../core/redact.ts';
import type { ImportProblem } from './model.ts';

/** What is read of one text file, in bytes: a note of 50 MB is kept by its beginning. */
const MAX_FILE_BYTES = 1024 * 1024;
/** What is kept of it, in characters. */
const MAX_NOTE = 200_000;
const MAX_FRONT = 64 * 1024;

export interface TextFile {
  /** Redacted, at most `MAX_NOTE` characters. */
  readonly text: string;
  readonly problems: readonly ImportProblem[];
}

/** The beginning of a text file without secrets; says so when it is longer. Throws what the file system throws. */
export async function readText(path: string, name: string): Promise<TextFile> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, MAX_FILE_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    const whole = buffer.toString('utf8', 0, bytesRead).replace(/\uFFFD$/, '');
    const text = cleanLines(redactText(whole)).slice(0, MAX_NOTE);
    const isCut = size > bytesRead || text.length === MAX_NOTE;
    return { text, problems: isCut ? [tooLong(name, size)] : [] };
  } finally {
    await handle.close();
  }
}

const tooLong = (file: string, bytes: number): ImportProblem => ({
  file,
  message: `is ${Math.ceil(bytes / 1024)} KiB: only its first ${MAX_NOTE} characters are kept; the file stays as it is`,
});

const cleanLines = (text: string): string =>
  text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\0', '');

/** Lines of a stream of text; one longer than `most` characters comes as `undefined`, and is never held whole. */
export async function* boundedLines(chunks: AsyncIterable<string>, most: number): AsyncIterable<string | undefined> {
  let open = '';
  let isTooLong = false;
  for await (const chunk of chunks) {
    const parts = chunk.split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      const line = open + part;
      yield isTooLong || line.length > most ? undefined : line.replace(/\r$/, '');
      open = '';
      isTooLong = false;
    }
    open = isTooLong ? '' : open + last;
    if (open.length > most) isTooLong = true;
  }
  if (open !== '' || isTooLong) yield isTooLong ? undefined : open;
}

export interface Front {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** Lines above the body. */
  readonly lines: number;
  readonly problem?: { readonly line: number; readonly message: string };
}

const FENCE = /^---[ \t]*\n(?:([\s\S]*?)\n)?---[ \t]*(?:\n|$)/;

/** YAML between `---` lines at the top. Broken YAML loses nothing: the whole text is then the body. */
export function splitFront(text: string): Front {
  const match = FENCE.exec(text.slice(0, MAX_FRONT));
  if (match === null) return { fields: {}, body: text, lines: 0 };
  const document = parseDocument(match[1] ?? '', { prettyErrors: false });
  const [fault] = document.errors;
  const broken = (message: string): Front => ({ fields: {}, body: text, lines: 0, problem: { line: 1, message } });
  if (fault !== undefined)
    return broken(`front matter is not valid YAML (${fault.message.split('\n')[0]}); kept as text`);
  const body = text.slice(match[0].length);
  try {
    const fields: unknown = document.toJS({ maxAliasCount: 50 });
    const isMap = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
    if (!isMap && fields !== null && fields !== undefined) return broken('front matter holds no fields; kept as text');
    return {
      fields: isMap ? (fields as Record<string, unknown>) : {}, // a map of YAML; each value is narrowed where it is read
      body,
      lines: match[0].split('\n').length - 1,
    };
  } catch {
    return broken('front matter refers to an anchor that is not there; kept as text');
  }
}

/** A text or a list of texts, as a list; commas separate too, outside of braces. */
export function listOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(listOf);
  if (typeof value === 'number') return [String(value)];
  if (typeof value !== 'string') return [];
  return value
    .split(/,(?![^{]*\})/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const DATE = /(?<!\d)(20\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?!\d)/;

/** The first day `2026-02-22` in a text or a YAML date. */
export function dateIn(value: unknown): string | undefined {
  if (value instanceof Date && !Number.isNaN(+value)) return value.toISOString().slice(0, 10);
  if (typeof value !== 'string') return undefined;
  const found = DATE.exec(value)?.[0];
  return found === undefined || Number.isNaN(Date.parse(found)) ? undefined : found;
}

/** One line, at most `limit` characters, cut between words. */
export function oneLine(text: string, limit: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= limit) return line;
  const cut = line.slice(0, limit - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), limit / 2)).trimEnd()}…`;
}

/** Without the marks of Markdown that say nothing in a sentence. */
export const plain = (text: string): string =>
  text
    .replace(/!?\[\[([^\]|]*\|)?([^\]]*)\]\]/g, '$2')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|__/g, '')
    .trim();
