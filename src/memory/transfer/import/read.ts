import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { inputError, messageOf } from '../../../core/errors.ts';
import { contextFiles } from '../context-files.ts';
import { isClaudeRow, readClaudeTranscript } from './claude-code.ts';
import { readMarkdownFile } from './markdown-files.ts';
import { type Imported, NOTHING, together } from './model.ts';
import { readVault } from './obsidian.ts';
import { readOpencodeDatabase, readOpencodeExport, readOpencodeStorage } from './opencode.ts';

export const KINDS = ['ai-lessons', 'instructions', 'obsidian', 'claude-code', 'opencode', 'repository'] as const;
export type Kind = (typeof KINDS)[number];

const PEEK_BYTES = 64 * 1024;
const MAX_TRANSCRIPTS = 5_000;

/**
 * Reads whatever a path is: a lessons file, instructions, a vault, a transcript or a folder of them, an OpenCode session,
 * storage or database, or a repository with such files. Errors (`input`): `import_not_found | import_unknown`.
 */
export async function readForImport(given: string, as?: Kind): Promise<Imported> {
  const path = resolve(given);
  const found = await stat(path).catch((error: unknown) => {
    throw inputError(
      'import_not_found',
      `Unable to import ${given}: ${messageOf(error)}.`,
      'Name a file or folder that can be read.',
    );
  });
  return found.isDirectory() ? readFolder(path, as) : readFile(path, given, as);
}

async function readFolder(path: string, as: Kind | undefined): Promise<Imported> {
  const names = new Set(await readdir(path));
  if (as === 'obsidian' || (as === undefined && names.has('.obsidian'))) return readVault(path, basename(path));
  if (as === 'opencode' || (as === undefined && names.has('session') && names.has('message'))) {
    if (names.has('opencode.db')) return readOpencodeDatabase(join(path, 'opencode.db'), 'opencode.db');
    return readOpencodeStorage(names.has('storage') ? join(path, 'storage') : path);
  }
  const files = await contextFiles(path);
  if (as !== 'claude-code' && files.length > 0) {
    const lessons = files.filter(({ importAs }) => importAs !== undefined);
    return together(
      await Promise.all(
        lessons.map(({ file, name, importAs }) =>
          readMarkdownFile(file, `${basename(path)}/${name}`, importAs ?? 'instructions'),
        ),
      ),
    );
  }
  return readTranscripts(path);
}

async function readTranscripts(folder: string): Promise<Imported> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jsonl')).sort();
  if (names.length === 0) throw unknown(folder);
  const all: Imported[] = [];
  for (const name of names.slice(0, MAX_TRANSCRIPTS)) {
    try {
      all.push(await readClaudeTranscript(join(folder, name), name));
    } catch (error) {
      all.push({ ...NOTHING, problems: [{ file: name, message: `could not be read: ${messageOf(error)}` }] });
    }
  }
  const left = names.length - MAX_TRANSCRIPTS;
  if (left > 0)
    all.push({
      ...NOTHING,
      problems: [{ file: folder, message: `holds ${left} transcripts more; import its folders one by one` }],
    });
  return together(all);
}

async function readFile(path: string, name: string, as: Kind | undefined): Promise<Imported> {
  const kind = as ?? (await kindOf(path));
  if (kind === 'ai-lessons' || kind === 'instructions') return readMarkdownFile(path, basename(path), kind);
  if (kind === 'claude-code') return readClaudeTranscript(path, basename(path));
  if (kind === 'opencode')
    return path.endsWith('.db') ? readOpencodeDatabase(path, name) : readOpencodeExport(path, name);
  throw unknown(name);
}

async function kindOf(path: string): Promise<Kind | undefined> {
  const name = basename(path).toLowerCase();
  if (/lessons?.*\.md$/.test(name)) return 'ai-lessons';
  if (
    /^(?:claude|agents|gemini)(?:\.local)?\.md$|^copilot-instructions\.md$|\.instructions\.md$|^\.cursorrules$/.test(
      name,
    )
  )
    return 'instructions';
  if (name.endsWith('.jsonl'))
    return isClaudeRow((await firstText(path)).split('\n').find((line) => line.trim() !== '') ?? '')
      ? 'claude-code'
      : undefined;
  if (name.endsWith('.db')) return 'opencode';
  if (name.endsWith('.json') && /"messages"/.test(await firstText(path))) return 'opencode';
  return name.endsWith('.md') ? 'ai-lessons' : undefined;
}

async function firstText(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(PEEK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, PEEK_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

const unknown = (name: string) =>
  inputError(
    'import_unknown',
    `Unable to import ${name}: it is of no kind that is known.`,
    `Say what it is with --as: ${KINDS.join(', ')}.`,
  );
