import type { Line, Section } from './markdown.ts';
import { plain } from './text.ts';

/** What an entry of a lessons file says, by the labels people use. */
export interface Entry {
  readonly title: string;
  readonly line: number;
  readonly fields: Readonly<Partial<Record<Field, string>>>;
  /** Lines that carry no label: commands, explanations. */
  readonly rest: string;
}

const LABELS = {
  symptom: ['symptom', 'symptoms', 'problem', 'issue', 'error', 'what happened', 'impact', 'failure', 'mistake'],
  cause: ['cause', 'causes', 'root cause', 'why', 'reason', 'why it happened', 'explanation'],
  fix: [
    'fix',
    'fixes',
    'solution',
    'resolution',
    'workaround',
    'what to do',
    'do',
    'correct',
    'right',
    'instead',
    'rule',
  ],
  wrong_fix: [
    'wrong fix',
    'what did not work',
    "what didn't work",
    'anti-pattern',
    'do not',
    "don't",
    'wrong',
    'avoid',
  ],
  prevention: ['prevention', 'prevent', 'detection', 'how to detect', 'guard', 'check'],
  severity: ['severity'],
  date: ['date', 'discovered', 'seen', 'observed', 'learned'],
  components: ['component', 'components', 'applies to', 'affects', 'versions', 'version'],
} as const;
type Field = keyof typeof LABELS;

const FIELD_OF = new Map<string, Field>(
  Object.entries(LABELS).flatMap(([field, labels]) => labels.map((label) => [label, field as Field] as const)), // keys of the table above
);
const LABEL =
  /^[\s>]*(?:[-*+]\s+|\d+[.)]\s+)?(?:\*\*|__)?([A-Za-z][A-Za-z' -]{1,24}?)(?:\*\*|__)?\s*:\s*(?:\*\*|__)?\s*(.*)$/;
const BULLET = /^(\s*)(?:[-*+]|\d+[.)])\s+(.*)$/;
const BOLD_TITLE =
  /^\s{0,1}(?:[-*+]|\d+[.)])?\s*(?:\*\*|__)(.{4,160}?)(?:\*\*|__)\s*(?:\(([^)]*)\))?\s*[:.–—-]*\s*(.*)$/;

/** The entries of one section: one for its heading, or one for each bold line below it. */
export function entriesOf(section: Section): readonly Entry[] {
  const found: Entry[] = [];
  let open = new Draft(section.title, section.line);
  for (const line of section.lines) {
    const title = line.isCode ? undefined : boldTitle(line.text);
    if (title === undefined) {
      open.take(line);
      continue;
    }
    found.push(open.entry());
    open = new Draft(title.title, line.number);
    if (title.date !== undefined) open.set('date', title.date);
    if (title.rest !== '') open.take({ ...line, text: title.rest });
  }
  return [...found, open.entry()].filter(({ fields }) => Object.keys(fields).some((field) => field !== 'date'));
}

function boldTitle(text: string): { title: string; date?: string; rest: string } | undefined {
  const [, title, date, rest] = BOLD_TITLE.exec(text) ?? [];
  if (title === undefined || FIELD_OF.has(title.replace(/\s*:\s*$/, '').toLowerCase())) return undefined;
  return { title: title.replace(/\s*:\s*$/, ''), rest: rest ?? '', ...(date !== undefined && { date }) };
}

const MAX_FIELD = 4_000;

class Draft {
  readonly #title: string;
  readonly #line: number;
  readonly #fields: Partial<Record<Field, string>> = {};
  readonly #rest: string[] = [];
  #field: Field | undefined;
  /** Where the bullet of the open field stands; a later bullet there or further left begins something else. */
  #indent = -1;

  constructor(title: string, line: number) {
    this.#title = title;
    this.#line = line;
  }

  set(field: Field, text: string): void {
    const before = this.#fields[field];
    this.#fields[field] = before === undefined || before === '' ? text : `${before} ${text}`;
  }

  take({ text, isCode }: Line): void {
    const label = isCode ? undefined : labelled(text);
    if (label !== undefined) {
      this.#field = label.field;
      this.#indent = BULLET.exec(text)?.[1]?.length ?? -1;
      this.set(label.field, label.text);
      return;
    }
    if (!isCode && this.#endsField(text)) this.#field = undefined;
    if (isCode || this.#field === undefined) this.#rest.push(text);
    else this.set(this.#field, BULLET.exec(text)?.[2] ?? text.trim());
  }

  #endsField(text: string): boolean {
    if (text.trim() === '') return this.#field === undefined || this.#fields[this.#field] !== '';
    const indent = BULLET.exec(text)?.[1]?.length;
    return indent !== undefined && indent <= this.#indent;
  }

  entry(): Entry {
    const fields = Object.fromEntries(
      Object.entries(this.#fields)
        .map(([field, text]) => [field, plain(text.slice(0, MAX_FIELD))] as const)
        .filter(([, text]) => text !== ''),
    );
    return { title: plain(this.#title), line: this.#line, fields, rest: this.#rest.join('\n').trim() };
  }
}

function labelled(text: string): { field: Field; text: string } | undefined {
  const [, label, rest] = LABEL.exec(text) ?? [];
  const field = label === undefined ? undefined : FIELD_OF.get(label.trim().toLowerCase());
  return field === undefined ? undefined : { field, text: rest ?? '' };
}

const COLUMNS = new Map([...FIELD_OF, ['lesson', 'title'], ['pattern', 'title'], ['title', 'title']] as const);

/** Rows of tables whose head names at least a symptom and a fix. */
export function rowsOf(section: Section): readonly Entry[] {
  const found: Entry[] = [];
  let head: readonly string[] | undefined;
  for (const { text, number, isCode } of section.lines) {
    const cells = isCode ? undefined : cellsOf(text);
    if (cells === undefined) head = undefined;
    else if (head === undefined) head = cells.map((cell) => COLUMNS.get(cell.toLowerCase()) ?? '');
    else if (!cells.every((cell) => /^:?-+:?$/.test(cell)) && head.includes('symptom') && head.includes('fix'))
      found.push(rowEntry(head, cells, number));
  }
  return found;
}

function rowEntry(head: readonly string[], cells: readonly string[], line: number): Entry {
  const named = Object.fromEntries(
    head.map((name, index) => [name, plain(cells[index] ?? '')]).filter(([name, text]) => name !== '' && text !== ''),
  );
  const { title, ...fields } = named;
  return { title: title ?? fields['symptom'] ?? '', line, fields, rest: '' };
}

function cellsOf(text: string): readonly string[] | undefined {
  const line = text.trim();
  if (!line.startsWith('|')) return undefined;
  return line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

export interface Rule {
  readonly line: number;
  readonly what: string;
  readonly rule: string;
}

const MAX_RULE = 1_000;
const SPLIT = /^(.{12,}?)\s+(?:--|—|–|->|→|=>)\s+(.{10,})$/;
const ORDER =
  /^(?:always|never|use|do not|don't|must|set|keep|add|put|run|check|avoid|prefer|include|require|pin|give|write)\b/i;

/** Bullets such as `ARC labels replace the defaults -- always include self-hosted`: what happens, and what to do about it. */
export function rulesOf(section: Section): readonly Rule[] {
  return section.lines.flatMap(({ text, number, isCode }) => {
    const bullet = isCode || text.length > MAX_RULE ? undefined : BULLET.exec(text)?.[2];
    const [, what, rule] = bullet === undefined ? [] : (SPLIT.exec(plain(bullet)) ?? []);
    return what !== undefined && rule !== undefined && ORDER.test(rule) ? [{ line: number, what, rule }] : [];
  });
}
