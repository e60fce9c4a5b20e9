/** A heading with the lines below it, up to the next heading of any level. */
export interface Section {
  readonly title: string;
  /** 0 = the text above the first heading. */
  readonly level: number;
  /** Titles of the headings above it, outermost first. */
  readonly above: readonly string[];
  /** Line of its heading, from 1. */
  readonly line: number;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly text: string;
  readonly number: number;
  /** Inside a fenced block, its fences included. */
  readonly isCode: boolean;
}

/** A longer line is no heading, and would take long to be tried as one. */
const MAX_HEADING = 500;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*$/;
const OPEN = /^ {0,3}(`{3,}|~{3,})/;

/** Takes a Markdown text apart by its headings; `#` inside a fenced block is none. */
export function sectionsOf(text: string, firstLine = 1): readonly Section[] {
  const sections: (Omit<Section, 'lines'> & { lines: Line[] })[] = [];
  let open: (typeof sections)[number] = { title: '', level: 0, above: [], line: firstLine, lines: [] };
  const stack: { level: number; title: string }[] = [];
  for (const line of linesOf(text, firstLine)) {
    const heading = line.isCode || line.text.length > MAX_HEADING ? null : HEADING.exec(line.text);
    if (heading === null) {
      open.lines.push(line);
      continue;
    }
    sections.push(open);
    const level = heading[1]?.length ?? 1;
    const title = heading[2] ?? '';
    while ((stack.at(-1)?.level ?? 0) >= level) stack.pop();
    open = { title, level, above: stack.map((one) => one.title), line: line.number, lines: [] };
    stack.push({ level, title });
  }
  return [...sections, open].filter(({ level, lines }) => level > 0 || lines.some((line) => line.text.trim() !== ''));
}

function linesOf(text: string, firstLine: number): Line[] {
  let fence: string | undefined;
  return text.split('\n').map((line, index) => {
    const mark = OPEN.exec(line)?.[1];
    const isInside = fence !== undefined;
    if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence) && line.trim() === mark) fence = undefined;
    return { text: line, number: firstLine + index, isCode: isInside || mark !== undefined };
  });
}

export const textOf = ({ lines }: Section): string =>
  lines
    .map(({ text }) => text)
    .join('\n')
    .trim();

/** The text without fenced blocks and code in a line. */
export const withoutCode = (text: string): string =>
  text.replace(/^ {0,3}(```|~~~)[\s\S]*?(?:^ {0,3}\1|$(?![\s\S]))/gm, '').replace(/`[^`\n]*`/g, '');
