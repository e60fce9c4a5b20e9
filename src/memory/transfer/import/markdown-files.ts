import { withoutBlocks } from '../sync/blocks.ts';
import { candidatesOf } from './lesson-text.ts';
import { type Section, sectionsOf, textOf } from './markdown.ts';
import type { Imported, ImportedNote, ImportProblem } from './model.ts';
import { dateIn, listOf, readText, splitFront } from './text.ts';

export type MarkdownKind = 'ai-lessons' | 'instructions';

/**
 * A lessons file (categories, entries with symptom, cause and fix) or instructions for agents (`CLAUDE.md`, `AGENTS.md`,
 * `copilot-instructions.md`, `*.instructions.md` with `applyTo`, rules with `paths`). What steward itself wrote is passed over.
 * `name` is the path as it is told, relative to the repository.
 */
export async function readMarkdownFile(path: string, name: string, kind: MarkdownKind): Promise<Imported> {
  const { text, problems } = await readText(path, name);
  const { fields, body, lines, problem } = splitFront(text);
  const globs = [...listOf(fields['applyTo']), ...listOf(fields['paths']), ...listOf(fields['globs'])];
  const date = dateIn(fields['date']) ?? dateIn(fields['updated']);
  const sections = sectionsOf(withoutBlocks(body), lines + 1);
  const key = `${kind}:${name}`;
  const around = { source: `${kind} ${name}`, globs, from: key, ...(date !== undefined && { date }) };
  const note: ImportedNote = {
    key,
    title: sections.find(({ level }) => level === 1)?.title ?? name,
    text: sections.map(asText).join('\n\n').trim(),
    path: name,
    tags: [kind],
    links: [],
    globs,
    ...(date !== undefined && { date }),
  };
  const candidates = sections.flatMap((section) => candidatesOf(section, around));
  return {
    candidates,
    notes: note.text === '' ? [] : [note],
    sessions: [],
    problems: [...problems, ...found(name, problem), ...emptyLessons(name, kind, note.text, candidates.length)],
  };
}

const asText = (section: Section): string =>
  section.level === 0 ? textOf(section) : `${'#'.repeat(section.level)} ${section.title}\n\n${textOf(section)}`.trim();

const found = (file: string, problem: { line: number; message: string } | undefined): ImportProblem[] =>
  problem === undefined ? [] : [{ file, ...problem }];

const emptyLessons = (file: string, kind: MarkdownKind, text: string, count: number): ImportProblem[] =>
  kind === 'ai-lessons' && count === 0 && text !== ''
    ? [{ file, message: 'holds no entry with a symptom and a fix: it was kept as a note only' }]
    : [];
