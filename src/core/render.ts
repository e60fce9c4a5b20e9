import type { KnownSecrets } from './known-secrets.ts';
import { MAX_ERROR_BYTES, MAX_RESULT_BYTES, type Output, type Section } from './output.ts';
import { redactText } from './redact.ts';
import { fence, freshBoundary, makeVisible } from './untrusted.ts';

export interface RenderOptions {
  /** Fresh random characters on every call. */
  readonly random: () => string;
  readonly known?: KnownSecrets;
  readonly maxBytes?: number;
}

/** Room kept for the fence, the cursor and the cut marks. */
const RESERVE = 400;
const MAX_SUMMARY = 2_000;
const MAX_NEXT = 600;

/** Text that may leave: known secrets out, hidden characters shown, secret-looking values out. */
export const cleanText = (text: string, known?: KnownSecrets): string =>
  redactText(makeVisible(known === undefined ? text : known.scrub(text)));

/**
 * Output as text of at most `maxBytes`: the summary, our own sections, outside text in one fence, then how to go on.
 * Tables are tab-separated and cut at a row border, text at a line border, always saying how much is left out.
 */
export function renderOutput(output: Output, options: RenderOptions): string {
  const clean = (text: string): string => cleanText(text, options.known);
  const maxBytes = options.maxBytes ?? MAX_RESULT_BYTES;
  const summary = cutLine(clean(output.summary), Math.min(MAX_SUMMARY, maxBytes / 4));
  const next = output.next === undefined ? '' : cutLine(clean(output.next), MAX_NEXT);
  const room = new Room(maxBytes - bytes(summary) - bytes(next) - RESERVE);
  const sections = output.sections ?? [];
  const ours: string[] = [];
  const theirs: string[] = [];
  let shownOfLast = 0;
  for (const section of sections) {
    const { lines, shown } = renderSection(section, clean, room);
    (section.ours === true ? ours : theirs).push(...lines);
    if (section.kind === 'table') shownOfLast = shown;
  }
  const outside = theirs.join('\n');
  const parts = [summary, ...ours];
  if (outside !== '') parts.push(fence(outside, freshBoundary([...parts, outside, next].join('\n'), options.random)));
  const cursor = nextCursor(output, shownOfLast);
  if (cursor !== undefined) parts.push(`More: cursor "${clean(cursor)}".`);
  if (next !== '') parts.push(next);
  return hardCut(parts.join('\n'), maxBytes);
}

/** A failed call: our sentence with its code, what to do next, and what the outside system said in a fence. */
export function renderError(
  error: {
    readonly code: string;
    readonly sentence: string;
    readonly hint?: string | undefined;
    readonly outside?: string | undefined;
  },
  options: RenderOptions,
): string {
  const sections: Section[] = error.outside === undefined ? [] : [{ kind: 'text', text: error.outside }];
  return renderOutput(
    {
      summary: `Error ${error.code}: ${error.sentence}`,
      sections,
      ...(error.hint === undefined ? {} : { next: error.hint }),
    },
    { ...options, maxBytes: MAX_ERROR_BYTES },
  );
}

export const cursorAt = (offset: number): string => `r${offset}`;

/** The row a cursor points to, or undefined when it is not one of ours. */
export function parseCursor(cursor: string): number | undefined {
  const digits = /^r(\d{1,9})$/.exec(cursor)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function nextCursor({ page, cursor }: Output, shown: number): string | undefined {
  if (page === undefined) return cursor;
  const reached = page.offset + shown;
  return reached < page.total && shown > 0 ? cursorAt(reached) : undefined;
}

/** Bytes still free; a line that does not fit closes the room for the rest of its section. */
class Room {
  #left: number;
  constructor(size: number) {
    this.#left = size;
  }
  take(line: string): boolean {
    const size = bytes(line) + 1;
    if (size > this.#left) return false;
    this.#left -= size;
    return true;
  }
  get left(): number {
    return Math.max(0, this.#left);
  }
}

function renderSection(
  section: Section,
  clean: (text: string) => string,
  room: Room,
): { lines: string[]; shown: number } {
  const body = bodyLines(section, clean);
  if (body.length === 0) return { lines: [], shown: 0 };
  const head = headLines(section, clean);
  if (!head.every((line) => room.take(line))) return { lines: [leftOut(section, body.length)], shown: 0 };
  const lines = fill(body, room);
  const shown = lines.length;
  if (shown < body.length) lines.push(leftOut(section, body.length - shown));
  return { lines: [...head, ...lines], shown };
}

function bodyLines(section: Section, clean: (text: string) => string): string[] {
  if (section.kind === 'table')
    return section.rows.map((row) =>
      row
        .map((text) => shorten(cell(clean(text)), section.maxChars))
        .join('\t')
        .trimEnd(),
    );
  const text = clean(section.text.trimEnd());
  return text === '' ? [] : text.split('\n').map((line) => shorten(line, section.maxChars));
}

function headLines(section: Section, clean: (text: string) => string): string[] {
  const title = section.title === undefined ? [] : [`${cell(clean(section.title))}:`];
  return section.kind === 'table' && section.columns.length > 0
    ? [...title, section.columns.map(cell).join('\t')]
    : title;
}

/** The lines that fit. When not even one does, a piece of it is better than nothing. */
function fill(body: readonly string[], room: Room): string[] {
  const lines: string[] = [];
  for (const line of body) {
    if (!room.take(line)) break;
    lines.push(line);
  }
  const [first] = body;
  if (lines.length > 0 || first === undefined || room.left <= 200) return lines;
  const piece = cutLine(first, room.left - 100);
  room.take(piece);
  return [piece];
}

const leftOut = (section: Section, count: number): string =>
  `… ${count} more ${section.kind === 'table' ? 'row' : 'line'}${count === 1 ? '' : 's'}`;

const shorten = (text: string, maxChars = Number.POSITIVE_INFINITY): string =>
  text.length > maxChars ? `${text.slice(0, maxChars).toWellFormed()}… (${text.length} characters)` : text;

/** One cell is one field of one line. */
const cell = (text: string): string => text.replaceAll(/[\t\n]+/g, ' ').trim();

const bytes = (text: string): number => Buffer.byteLength(text, 'utf8');

function cutLine(text: string, maxBytes: number): string {
  if (bytes(text) <= maxBytes) return text;
  return `${cutBytes(text, maxBytes - 4)}…`;
}

/** The longest head of `text` within `maxBytes` that does not split a character. */
function cutBytes(text: string, maxBytes: number): string {
  const buffer = Buffer.from(text, 'utf8');
  let end = Math.max(0, Math.min(Math.floor(maxBytes), buffer.length));
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end--;
  return buffer.subarray(0, end).toString('utf8');
}

/** Never reached while `RESERVE` is large enough; a promise to clients all the same. */
const hardCut = (text: string, maxBytes: number): string => (bytes(text) <= maxBytes ? text : cutBytes(text, maxBytes));
