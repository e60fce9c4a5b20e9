/** A log line is an error when it says so at its start or as a level. */
const ERROR =
  /\b(?:error|err|fatal|panic|critical|crit|emerg|alert|exception|traceback|severe|failed|failure|oom|killed|denied|refused|unable|cannot)\b|"level":"(?:error|fatal|panic)"|level=(?:error|fatal|panic)|^[EF]\d{4} /i;
/** Longest line that is shown; the renderer cuts it, after redaction. */
export const LOG_CHARS = 300;

export interface FoldedLog {
  readonly lines: readonly string[];
  /** Lines read before folding. */
  readonly total: number;
  readonly errors: number;
  /** Lines that stand for others or were left out. */
  readonly folded: boolean;
}

interface Folding {
  /** Lines to show at most. */
  readonly maxLines: number;
  readonly maxBytes: number;
}

/**
 * A log of any length in a bounded space: repeats folded with counts; when that is still too long,
 * the first lines, every distinct error with its count, and the last lines.
 */
export function foldLog(text: string, { maxLines, maxBytes }: Folding): FoldedLog {
  const raw = text
    .split('\n')
    .map(plain)
    .filter((line) => line !== '');
  const errors = raw.filter((line) => ERROR.test(line)).length;
  const runs = foldRuns(raw);
  const whole = runs.map(show);
  const facts = { total: raw.length, errors };
  if (whole.length <= maxLines && sizeOf(whole) <= maxBytes)
    return { ...facts, lines: whole, folded: whole.length < raw.length };
  return { ...facts, lines: shorten(raw, runs, maxBytes), folded: true };
}

interface Run {
  readonly line: string;
  readonly count: number;
}

/** Terminal colours say nothing; a carriage return overwrites what stood before it. */
// oxlint-disable-next-line no-control-regex -- it is what is taken out
const COLOUR = /\u001b\[[0-9;]{0,20}m/g;
const plain = (line: string): string =>
  line
    .replace(COLOUR, '')
    .replace(/^.*\r(?=.)/, '')
    .trimEnd();

/** What stays the same when the same thing is logged again: times, numbers and ids taken out. */
export const shapeOf = (line: string): string =>
  line
    .slice(0, 500)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '#')
    .replace(/\b(?:0x)?[0-9a-f]{8,64}\b/gi, '#')
    .replace(/\d+/g, '#');

function foldRuns(lines: readonly string[]): readonly Run[] {
  const runs: { line: string; shape: string; count: number }[] = [];
  for (const line of lines) {
    const shape = shapeOf(line);
    const last = runs.at(-1);
    if (last?.shape === shape) {
      last.line = line;
      last.count++;
    } else runs.push({ line, shape, count: 1 });
  }
  return runs;
}

const show = ({ line, count }: Run): string => (count === 1 ? line : `${line}  (x${count}, last shown)`);
/** As long as the line will be once the renderer has cut it. */
const shownSize = (line: string): number => Math.min(Buffer.byteLength(line), LOG_CHARS + 30) + 1;
const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + shownSize(line), 0);

function shorten(raw: readonly string[], runs: readonly Run[], maxBytes: number): readonly string[] {
  const head = fit(runs.slice(0, 15).map(show), maxBytes * 0.2);
  const tail = fit(runs.slice(-80).map(show).toReversed(), maxBytes * 0.4).toReversed();
  const errors = fit(distinctErrors(raw), maxBytes * 0.35);
  const between = runs.length - head.length - tail.length;
  return [
    ...head,
    `… ${Math.max(0, between)} lines left out; distinct errors in the whole log, most frequent first:`,
    ...(errors.length === 0 ? ['(none)'] : errors),
    `… the last ${tail.length} lines:`,
    ...tail,
  ];
}

function distinctErrors(raw: readonly string[]): readonly string[] {
  const byShape = new Map<string, { line: string; count: number }>();
  for (const line of raw) {
    if (!ERROR.test(line)) continue;
    const shape = shapeOf(line).replace(/^\S{0,40}#\S*\s+/, '');
    const found = byShape.get(shape);
    if (found === undefined) byShape.set(shape, { line, count: 1 });
    else found.count++;
  }
  return [...byShape.values()].toSorted((a, b) => b.count - a.count).map(({ line, count }) => `x${count}  ${line}`);
}

/** The first lines that fit. */
function fit(lines: readonly string[], maxBytes: number): readonly string[] {
  let size = 0;
  const beyond = lines.findIndex((line) => {
    size += shownSize(line);
    return size > maxBytes;
  });
  return beyond === -1 ? lines : lines.slice(0, beyond);
}
