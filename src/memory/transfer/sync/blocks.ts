import { inputError } from '../../../core/errors.ts';

const BEGIN = '<!-- steward:begin';
const END = '<!-- steward:end -->';
const WARNING = 'written by steward memory sync; changes between these lines are lost';
/** Says that the line break before the block is ours: without it the text would be as it was. */
const JOINED = ' joined';
const BLOCK = /(^|(?:\r?\n))(<!-- steward:begin( joined)?:[^\n]*?-->\r?\n)[\s\S]*?\r?\n?<!-- steward:end -->(\r?\n|$)/;

/**
 * The text with its managed block replaced, or added at its end. Every byte outside the block stays as it was, and the same
 * content twice changes nothing. `undefined` takes the block away. Errors (`input`): `managed_block_broken`.
 */
export function withBlock(text: string, content: string | undefined, file: string): string {
  const parts = partsOf(text, file);
  if (content === undefined) return parts.before + parts.after;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  if (content.includes(BEGIN) || content.includes(END))
    throw broken(file, 'its new content holds the markers themselves');
  const isJoined = parts.isJoined ?? (parts.before !== '' && !parts.before.endsWith('\n'));
  const lines = [`${BEGIN}${isJoined ? JOINED : ''}: ${WARNING} -->`, ...content.trim().split(/\r?\n/), END];
  const tail = parts.block === undefined ? eol : parts.tail;
  return `${parts.before}${isJoined ? eol : ''}${lines.join(eol)}${tail}${parts.after}`;
}

/** What people wrote: the text without the block that is ours. A broken block counts as theirs. */
export function withoutBlocks(text: string): string {
  const match = BLOCK.exec(text);
  if (match === null) return text;
  return (
    text.slice(0, match.index) +
    (match[3] === undefined ? (match[1] ?? '') : '') +
    text.slice(match.index + match[0].length)
  );
}

/** True when the text has a managed block. */
export const hasBlock = (text: string): boolean => blockIn(text) !== null;

const countOf = (text: string, marker: string): number => text.split(marker).length - 1;

/** The one block of a text; looked for only when there is exactly one of each marker. */
const blockIn = (text: string): RegExpExecArray | null =>
  countOf(text, BEGIN) === 1 && countOf(text, END) === 1 ? BLOCK.exec(text) : null;

interface Parts {
  readonly before: string;
  readonly after: string;
  readonly block?: string;
  readonly isJoined?: boolean;
  /** What ends the line of the last marker. */
  readonly tail: string;
}

function partsOf(text: string, file: string): Parts {
  const match = blockIn(text);
  if (match === null) {
    const counts = [countOf(text, BEGIN), countOf(text, END)];
    if (counts.some((count) => count > 1)) throw broken(file, 'there is more than one');
    if (counts.some((count) => count > 0))
      throw broken(file, 'one of its two markers is missing or stands inside a line');
    return { before: text, after: '', tail: '' };
  }
  const [whole, lead = '', , joined, tail = ''] = match;
  const isJoined = joined !== undefined;
  return {
    before: text.slice(0, match.index) + (isJoined ? '' : lead),
    after: text.slice(match.index + whole.length),
    block: whole,
    isJoined,
    tail,
  };
}

const broken = (file: string, why: string) =>
  inputError(
    'managed_block_broken',
    `Unable to write the block of steward in ${file}: ${why}.`,
    'Repair the lines steward:begin and steward:end, or remove both; nothing was changed.',
  );
