import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { messageOf } from '../../../core/errors.ts';
import { withoutBlocks } from '../sync/blocks.ts';
import { candidatesOf } from './lesson-text.ts';
import { sectionsOf } from './markdown.ts';
import type { Imported, ImportedNote, ImportProblem } from './model.ts';
import { dateIn, listOf, readText, splitFront } from './text.ts';
import { linkTargets, Notes, tagsIn } from './wikilinks.ts';

const MAX_NOTES = 20_000;
const AT_ONCE = 16;

interface Read {
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly problems: readonly ImportProblem[];
}

/**
 * A vault: every note with its tags, front matter and links; a note that tells symptom, cause and fix is a candidate too.
 * Links may be cyclic, and those that lead nowhere stay in the text. Folders that start with a dot and symbolic links are passed over.
 */
export async function readVault(folder: string, vault: string): Promise<Imported> {
  const { paths, problems } = await notePaths(folder);
  const all: Read[] = [];
  for (let at = 0; at < paths.length; at += AT_ONCE)
    all.push(...(await Promise.all(paths.slice(at, at + AT_ONCE).map((path) => readNote(folder, path)))));
  const index = new Notes(
    all.map(({ path, fields }) => ({ path, aliases: [...listOf(fields['aliases']), ...listOf(fields['alias'])] })),
  );
  const read = all.map((note) => asImported(note, vault, index));
  return {
    candidates: read.flatMap(({ candidates }) => candidates),
    notes: read.map(({ note }) => note),
    sessions: [],
    problems: [...problems, ...all.flatMap((note) => note.problems)],
  };
}

function asImported({ path, fields, body }: Read, vault: string, index: Notes) {
  const text = withoutBlocks(body);
  const date = dateIn(fields['date']) ?? dateIn(fields['created']) ?? dateIn(path);
  const key = keyOf(vault, path);
  const targets = linkTargets(text).flatMap((target) => index.resolve(target, path) ?? []);
  const note: ImportedNote = {
    key,
    title: typeof fields['title'] === 'string' ? fields['title'] : path.replace(/^.*\//, '').replace(/\.md$/i, ''),
    text,
    path: `${vault}/${path}`,
    tags: [
      ...new Set(
        [...listOf(fields['tags']), ...listOf(fields['tag']), ...tagsIn(text)].map((tag) => tag.replace(/^#/, '')),
      ),
    ],
    links: [...new Set(targets)].filter((target) => target !== path).map((target) => keyOf(vault, target)),
    globs: [],
    ...(date !== undefined && { date }),
  };
  const around = { source: `obsidian ${vault}/${path}`, from: key, ...(date !== undefined && { date }) };
  return { note, candidates: titled(text, note.title).flatMap((section) => candidatesOf(section, around)) };
}

/** A note without headings is one section named after its file. */
const titled = (text: string, title: string) =>
  sectionsOf(text).map((section) => (section.level === 0 ? { ...section, title } : section));

const keyOf = (vault: string, path: string): string => `obsidian:${vault}/${path}`;

async function readNote(folder: string, path: string): Promise<Read> {
  try {
    const { text, problems } = await readText(join(folder, path), path);
    const { fields, body, problem } = splitFront(text);
    return {
      path,
      fields,
      body,
      problems: [...problems, ...(problem === undefined ? [] : [{ file: path, ...problem }])],
    };
  } catch (error) {
    return {
      path,
      fields: {},
      body: '',
      problems: [{ file: path, message: `could not be read: ${messageOf(error)}` }],
    };
  }
}

async function notePaths(folder: string): Promise<{ paths: readonly string[]; problems: readonly ImportProblem[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && /\.md$/i.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length).split(sep).filter(Boolean).join('/'))
    .filter((path) => !/(?:^|\/)\./.test(path))
    .sort();
  const left = paths.length - MAX_NOTES;
  return {
    paths: paths.slice(0, MAX_NOTES),
    problems:
      left > 0
        ? [{ file: folder, message: `holds ${left} notes more than ${MAX_NOTES}: import its folders one by one` }]
        : [],
  };
}
