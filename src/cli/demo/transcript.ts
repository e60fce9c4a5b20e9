import { cleanText } from '../../core/render.ts';
import type { Terminal } from '../terminal.ts';

/** One call as it happened, for `--json`. */
export interface Happened {
  readonly step: string;
  readonly who: string;
  readonly tool?: string;
  readonly args?: unknown;
  readonly said: string;
}

/** Lines of a result that are shown; the whole of it stands in `--json`. */
const SHOWN_LINES = 14;
/** Plans and the questions about them are what the story is about. */
const PLAN_LINES = 24;
const WIDTH = 112;

/** Tells the story as it happens. What tools said is shown as they said it, wrapped, and cut after a fixed number of lines. */
export class Transcript {
  readonly happened: Happened[] = [];
  readonly #terminal: Terminal;
  readonly #isJson: boolean;
  #step = '';

  constructor(terminal: Terminal, isJson: boolean) {
    this.#terminal = terminal;
    this.#isJson = isJson;
  }

  step(title: string, why: string): void {
    this.#step = title;
    this.#line('');
    this.#line(this.#terminal.style('bold', title));
    this.#line(why);
  }

  calls(who: string, tool: string, args: unknown): void {
    this.#line('');
    this.#line(this.#terminal.style('cyan', `${who} calls ${tool}`));
    for (const line of describe(args)) this.#line(`  ${this.#terminal.style('dim', line)}`);
  }

  /** What came back of the call that was told last; between the two a person may have been asked. */
  answers(who: string, tool: string, args: unknown, said: string): void {
    this.happened.push({ step: this.#step, who, tool, args, said });
    this.#line(this.#terminal.style('cyan', 'steward answers'));
    this.#quote(said, tool === 'plan_change' ? PLAN_LINES : SHOWN_LINES);
  }

  says(who: string, said: string): void {
    this.happened.push({ step: this.#step, who, said });
    this.#line('');
    this.#line(this.#terminal.style('cyan', `${who}:`));
    this.#quote(said, PLAN_LINES);
  }

  tell(text: string): void {
    this.#line(text);
  }

  #quote(text: string, shown: number): void {
    const lines = cleanText(text).trimEnd().split('\n').flatMap(wrap);
    for (const line of lines.slice(0, shown)) this.#line(`  │ ${line}`);
    if (lines.length > shown) this.#line(`  │ … ${lines.length - shown} more lines`);
  }

  #line(text: string): void {
    if (!this.#isJson) this.#terminal.out(text);
  }
}

/** Long lines go on below, a little further in; tabs of tables become columns of two blanks. */
function wrap(line: string): string[] {
  const visible = line.replaceAll('\t', '  ');
  const margin = `${/^[\s\-+|]*/.exec(visible)?.[0].replaceAll(/\S/g, ' ') ?? ''}  `;
  const lines: string[] = [];
  let rest = visible;
  while (rest.length > WIDTH) {
    const space = rest.lastIndexOf(' ', WIDTH);
    const end = space > WIDTH / 2 ? space : WIDTH;
    lines.push(rest.slice(0, end));
    rest = margin + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** What a call was given: short values on one line, texts of several lines (manifests) as they are. */
function describe(value: unknown, indent = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${indent}${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    if (typeof member === 'string')
      return member.includes('\n')
        ? [
            `${indent}${key}: |`,
            ...member
              .trimEnd()
              .split('\n')
              .map((line) => `${indent}  ${line}`),
          ]
        : [`${indent}${key}: ${member}`];
    const isMap = typeof member === 'object' && member !== null && !Array.isArray(member);
    return isMap
      ? [`${indent}${key}:`, ...describe(member, `${indent}  `)]
      : [`${indent}${key}: ${JSON.stringify(member)}`];
  });
}
