import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { inputError, isStewardError, messageOf } from '../../../core/errors.ts';
import type { Lesson } from '../../../core/lesson.ts';
import { namesIn } from '../context-files.ts';
import { type Readable, readForChange, removeFile, replaceFile } from '../files.ts';
import { hasBlock, withBlock, withoutBlocks } from './blocks.ts';
import { frontFor, instructions, lessonsDocument, rules } from './render.ts';
import { SCOPES } from './scopes.ts';

/** A file that every session loads stays below this, what people wrote included. */
const MAX_LINES = 100;
const LEAST_LINES = 14;
const MARKERS = 2;
const LESSONS_FILE = 'docs/ai-lessons.md';
const COPILOT = '.github/copilot-instructions.md';
const MAIN_FILES = [COPILOT, 'CLAUDE.md', 'AGENTS.md'];

export interface SyncedFile {
  readonly name: string;
  readonly state: 'created' | 'changed' | 'unchanged' | 'removed' | 'left';
  /** Why it was left alone. */
  readonly why?: string;
}

export interface SyncedRepository {
  readonly repository: string;
  readonly files: readonly SyncedFile[];
}

export interface SyncOptions {
  /** Say what would be written, and write nothing. */
  readonly isDryRun?: boolean;
  /** Take the blocks out again, and the files that held nothing else. */
  readonly isRemoval?: boolean;
}

/**
 * Writes the managed blocks of one repository: instructions for every session, rules for kinds of files, and all lessons.
 * What people wrote stays as it is, byte by byte; a second run changes nothing. A file that cannot be written safely is left.
 * Errors (`input`): `not_a_repository`.
 */
export async function syncRepository(
  given: string,
  lessons: readonly Lesson[],
  options: SyncOptions = {},
): Promise<SyncedRepository> {
  const repository = resolve(given);
  const isFolder = await stat(repository).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw inputError(
      'not_a_repository',
      `Unable to sync ${given}: it is no folder.`,
      'Name the folder of a repository.',
    );
  const files: SyncedFile[] = [];
  const write = writerOf(repository, options, files);
  const names = await namesIn(repository, '', 0);
  const there = new Set(names);
  const main = MAIN_FILES.filter((name) => there.has(name));
  for (const name of main.length === 0 ? ['AGENTS.md'] : main)
    await write(name, (text) => mainBlock(name, text, there, lessons));
  for (const { file, scope, front } of ruleFiles(names, there, options.isRemoval === true)) {
    const fitting = lessons.filter(scope.suits);
    if (fitting.length > 0 || options.isRemoval === true) await write(file, () => rules(scope, fitting), front);
  }
  await write(LESSONS_FILE, () => lessonsDocument(lessons));
  return { repository: basename(repository), files };
}

/** The block of a main file, or why it gets none. */
function mainBlock(
  name: string,
  text: string,
  there: ReadonlySet<string>,
  lessons: readonly Lesson[],
): string | { readonly why: string } {
  if (name === 'CLAUDE.md' && there.has('AGENTS.md') && /(?:^|\s)@(?:\.\/)?AGENTS\.md\b/m.test(text))
    return { why: 'imports AGENTS.md, which has the block' };
  const own = withoutBlocks(text).split('\n').length;
  return instructions(lessons, Math.max(LEAST_LINES, MAX_LINES - own - MARKERS), LESSONS_FILE);
}

/** Files of rules for the clients and kinds of files that are there; every one that may have been written, when they go. */
function ruleFiles(names: readonly string[], there: ReadonlySet<string>, isRemoval: boolean) {
  const isCopilot = there.has(COPILOT) || names.some((name) => name.startsWith('.github/instructions/'));
  const isClaude = there.has('CLAUDE.md') || names.some((name) => name.startsWith('.claude/'));
  return SCOPES.filter(({ shownBy }) => isRemoval || names.some((name) => shownBy.test(name))).flatMap((scope) => [
    ...(isCopilot
      ? [{ file: `.github/instructions/steward-${scope.id}.instructions.md`, scope, front: frontFor.copilot(scope) }]
      : []),
    ...(isClaude ? [{ file: `.claude/rules/steward-${scope.id}.md`, scope, front: frontFor.claude(scope) }] : []),
  ]);
}

type Writable = Exclude<Readable, { readonly why: string }>;
type Block = (text: string) => string | { readonly why: string };

function writerOf(repository: string, { isDryRun = false, isRemoval = false }: SyncOptions, files: SyncedFile[]) {
  return async (name: string, block: Block, front = ''): Promise<void> => {
    const found = await readForChange(repository, name);
    if ('why' in found) return void files.push({ name, state: 'left', ...found });
    const next = nextText(found, name, block, front, isRemoval);
    if ('why' in next) return void files.push({ name, state: 'left', ...next });
    const state = stateOf(found, next.text, isRemoval ? ['', front] : []);
    if (state === undefined) return;
    files.push({ name, state });
    if (isDryRun || state === 'unchanged') return;
    await (state === 'removed' ? removeFile(repository, name) : replaceFile(repository, name, next.text));
  };
}

/** What becomes of a file; undefined when it is not there and stays so. `empty` = texts that are not worth a file. */
function stateOf({ text, isThere }: Writable, next: string, empty: readonly string[]): SyncedFile['state'] | undefined {
  if (next === text) return isThere ? 'unchanged' : undefined;
  if (empty.includes(next)) return 'removed';
  return isThere ? 'changed' : 'created';
}

function nextText(
  { text, isThere }: Writable,
  name: string,
  block: Block,
  front: string,
  isRemoval: boolean,
): { readonly text: string } | { readonly why: string } {
  if (front !== '' && isThere && !hasBlock(text)) return isRemoval ? { text } : { why: 'is not one of ours' };
  try {
    if (isRemoval) return { text: withBlock(text, undefined, name) };
    const content = block(text);
    if (typeof content !== 'string') return hasBlock(text) ? { text: withBlock(text, undefined, name) } : content;
    return { text: withBlock(isThere ? text : front, content, name) };
  } catch (error) {
    if (isStewardError(error)) return { why: messageOf(error) };
    throw error;
  }
}
