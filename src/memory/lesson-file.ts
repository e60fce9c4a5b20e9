import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, isNode, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, stringify } from 'yaml';
import type * as z from 'zod';
import { configError, messageOf } from '../core/errors.ts';
import { Lesson } from '../core/lesson.ts';

const MAX_FILE_CHARACTERS = 64 * 1024;
const FENCE = /^---\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)([\s\S]*)$/;
/** Front matter starts on line 2, below the first `---`. */
const LINES_BEFORE = 1;

/** Why a file was left out; the others load all the same. */
export interface LessonProblem {
  readonly file: string;
  readonly line?: number;
  /** Dotted path in the front matter. */
  readonly field?: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

export type ParsedLesson =
  | { readonly ok: true; readonly lesson: Lesson }
  | { readonly ok: false; readonly problems: readonly LessonProblem[] };

/** Reads one `lessons/<id>.md`: YAML front matter between `---` lines, then Markdown. */
export function parseLesson(file: string, text: string): ParsedLesson {
  const bad = (message: string, line?: number): ParsedLesson => ({
    ok: false,
    problems: [{ file, message, ...(line !== undefined && { line }) }],
  });
  if (text.length > MAX_FILE_CHARACTERS)
    return bad(`is longer than ${MAX_FILE_CHARACTERS} characters; a lesson is about one page`);
  const [, front, body] = FENCE.exec(text) ?? [];
  if (front === undefined) return bad('must start with front matter: a line ---, fields, and a line --- again', 1);
  const lines = new LineCounter();
  const document = parseDocument(front, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): number => lines.linePos(offset).line + LINES_BEFORE;
  const [fault] = document.errors;
  if (fault !== undefined) return bad(`is not valid YAML: ${fault.message}`, lineAt(fault.pos[0]));
  const fields = valuesOf(document);
  if (fields === undefined) return bad('is not valid YAML: it refers to an anchor that is not there', 2);
  const parsed = Lesson.safeParse({ ...fields, body: (body ?? '').trim() });
  if (!parsed.success) {
    const lineOf = (path: readonly PropertyKey[]): number => lineAt(offsetOf(document.contents, path));
    return { ok: false, problems: parsed.error.issues.flatMap((issue) => problemsOf(file, issue, lineOf)) };
  }
  const name = file.replace(/^.*[/\\]/, '');
  if (name !== `${parsed.data.id}.md`) return bad(`must be named ${parsed.data.id}.md, after its id`, 2);
  return { ok: true, lesson: parsed.data };
}

/** The file of a lesson; `parseLesson` gives the same lesson back. */
export function renderLesson(lesson: Lesson): string {
  const { body, ...fields } = lesson;
  const front = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !isEmpty(value)),
  );
  return `---\n${stringify(front, { lineWidth: 110, singleQuote: true })}---\n${body === '' ? '' : `\n${body}\n`}`;
}

/**
 * Every lesson of a folder, and what could not be read. Files are taken in the order of their names; other files are passed over.
 * Error: `lessons_unreadable` when the folder itself cannot be listed.
 */
export async function loadLessons(
  folder: string,
): Promise<{ readonly lessons: readonly Lesson[]; readonly problems: readonly LessonProblem[] }> {
  const lessons: Lesson[] = [];
  const problems: LessonProblem[] = [];
  for (const name of await lessonFiles(folder)) {
    const file = join(folder, name);
    try {
      const parsed = parseLesson(file, await readFile(file, 'utf8'));
      if (parsed.ok) lessons.push(parsed.lesson);
      else problems.push(...parsed.problems);
    } catch (error) {
      problems.push({ file, message: `could not be read: ${messageOf(error)}` });
    }
  }
  return { lessons, problems };
}

async function lessonFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.md') && name !== 'README.md').sort();
  } catch (error) {
    throw configError(
      'lessons_unreadable',
      `Unable to list the lessons in ${folder}: ${messageOf(error)}.`,
      'Check that the folder exists and can be read.',
      error,
    );
  }
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

function valuesOf(document: ReturnType<typeof parseDocument>): object | undefined {
  try {
    const value: unknown = document.toJS();
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return undefined; // an alias without its anchor, or too many of them
  }
}

function problemsOf(
  file: string,
  issue: z.core.$ZodIssue,
  lineOf: (path: readonly PropertyKey[]) => number,
): LessonProblem[] {
  const at = (path: readonly PropertyKey[], message: string): LessonProblem => ({
    file,
    line: lineOf(path),
    ...(path.length > 0 && { field: path.map(String).join('.') }),
    message,
  });
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) =>
      at([...issue.path, key], `is not a field; known fields: ${knownFields(issue.path)}`),
    );
  return [at(issue.path, issue.message)];
}

function knownFields([parent]: readonly PropertyKey[]): string {
  const shapes: Readonly<Record<string, readonly string[]>> = {
    applies_to: Object.keys(Lesson.shape.applies_to.unwrap().shape),
    guard: Object.keys(Lesson.shape.guard.unwrap().shape),
  };
  const top = Object.keys(Lesson.shape).filter((field) => field !== 'body');
  return (shapes[String(parent)] ?? top).join(', ');
}

/** Where the deepest part of `path` that exists stands in the front matter. */
function offsetOf(root: ParsedNode | null, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = 0;
  for (const key of path) {
    const next = childOf(node, key);
    if (next === undefined) break;
    offset = next.offset;
    node = next.node;
  }
  return offset;
}

function childOf(node: unknown, key: PropertyKey): { readonly offset: number; readonly node: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
    return isScalar(pair?.key) ? { offset: pair.key.range?.[0] ?? 0, node: pair.value } : undefined;
  }
  const item = isSeq(node) && typeof key === 'number' ? node.items[key] : undefined;
  return isNode(item) ? { offset: item.range?.[0] ?? 0, node: item } : undefined;
}
