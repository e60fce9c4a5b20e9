import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { inputError } from '../../../core/errors.ts';
import { type ContextFile, contextFiles, isInside, type Loaded } from '../context-files.ts';
import { withoutCode } from '../import/markdown.ts';
import { type Duplicate, duplicatesOf } from './duplicates.ts';

/** An estimate: no tokeniser is the same for every model. */
const CHARACTERS_PER_TOKEN = 4;
const MAX_BYTES = 4 * 1024 * 1024;
/** How deep `@imports` of Claude Code go. */
const MAX_HOPS = 5;

export interface AuditedFile {
  readonly repository: string;
  readonly name: string;
  readonly loaded: Loaded;
  readonly lines: number;
  readonly characters: number;
  /** Characters divided by four, rounded up. */
  readonly tokens: number;
  /** File that imports it, when it is loaded for that reason only. */
  readonly importedBy?: string;
}

export interface ContextAudit {
  readonly files: readonly AuditedFile[];
  readonly repositories: readonly {
    readonly repository: string;
    readonly always: number;
    readonly byPath: number;
    readonly onDemand: number;
  }[];
  readonly duplicates: readonly Duplicate[];
  readonly problems: readonly { readonly file: string; readonly message: string }[];
}

interface Text {
  readonly file: AuditedFile;
  readonly text: string;
}

/**
 * What the instructions of repositories cost a model, in tokens of four characters, and what stands in more than one file.
 * Errors (`input`): `not_a_repository`.
 */
export async function auditContext(given: readonly string[]): Promise<ContextAudit> {
  const texts: Text[] = [];
  const problems: { file: string; message: string }[] = [];
  const folders = [...new Set(given.map((one) => resolve(one)))];
  for (const folder of folders) {
    const isFolder = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder)
      throw inputError(
        'not_a_repository',
        `Unable to audit ${folder}: it is no folder.`,
        'Name the folders of repositories.',
      );
    const reader = new Reader(
      folder,
      folders.filter((one) => basename(one) === basename(folder)).length > 1 ? folder : basename(folder),
    );
    for (const file of await contextFiles(folder)) await reader.take(file);
    texts.push(...reader.texts);
    problems.push(...reader.problems);
  }
  const files = texts.map(({ file }) => file).toSorted((a, b) => b.tokens - a.tokens || (label(a) < label(b) ? -1 : 1));
  const sum = (repository: string, loaded: Loaded): number =>
    files
      .filter((file) => file.repository === repository && file.loaded === loaded)
      .reduce((total, { tokens }) => total + tokens, 0);
  const repositories = [...new Set(files.map(({ repository }) => repository))].map((repository) => ({
    repository,
    always: sum(repository, 'always'),
    byPath: sum(repository, 'by path'),
    onDemand: sum(repository, 'on demand'),
  }));
  return {
    files,
    repositories,
    duplicates: duplicatesOf(texts.map(({ file, text }) => ({ label: label(file), text }))),
    problems,
  };
}

const label = ({ repository, name }: Pick<AuditedFile, 'repository' | 'name'>): string => `${repository}/${name}`;

class Reader {
  readonly texts: Text[] = [];
  readonly problems: { file: string; message: string }[] = [];
  readonly #folder: string;
  readonly #repository: string;
  readonly #seen = new Set<string>();

  constructor(folder: string, repository: string) {
    this.#folder = folder;
    this.#repository = repository;
  }

  async take(
    { file, name, loaded }: Pick<ContextFile, 'file' | 'name' | 'loaded'>,
    importedBy?: string,
    hops = 0,
  ): Promise<void> {
    const real = await realpath(file).catch(() => undefined);
    if (real === undefined || !isInside(await realpath(this.#folder), real)) {
      this.problems.push({
        file: `${this.#repository}/${importedBy ?? name}`,
        message: `imports ${name}, which is not in the repository`,
      });
      return;
    }
    if (this.#seen.has(real)) return; // imports may be cyclic
    this.#seen.add(real);
    const text = await this.#read(real, name);
    const size = sizeOf(text.characters, text.text);
    const origin = importedBy === undefined ? {} : { importedBy };
    this.texts.push({ file: { ...size, repository: this.#repository, name, loaded, ...origin }, text: text.text });
    if (hops < MAX_HOPS && (hops > 0 || /(?:^|\/)CLAUDE(?:\.local)?\.md$/.test(name)))
      await this.#imports(real, name, loaded, text.text, hops);
  }

  async #read(file: string, name: string): Promise<{ readonly text: string; readonly characters: number }> {
    const { size } = await stat(file);
    if (size > MAX_BYTES) {
      this.problems.push({
        file: `${this.#repository}/${name}`,
        message: `is ${size} bytes: counted, not looked into`,
      });
      return { text: '', characters: size };
    }
    const text = await readFile(file, 'utf8');
    return { text, characters: text.length };
  }

  async #imports(file: string, name: string, loaded: Loaded, text: string, hops: number): Promise<void> {
    for (const target of importsIn(text)) {
      const path = resolve(dirname(file), target);
      await this.take({ file: path, name: relative(this.#folder, path).split(sep).join('/'), loaded }, name, hops + 1);
    }
  }
}

const sizeOf = (characters: number, text: string) => ({
  lines: text === '' ? 0 : text.trimEnd().split('\n').length,
  characters,
  tokens: Math.ceil(characters / CHARACTERS_PER_TOKEN),
});

/** `@path/to/file` as Claude Code reads it: not in code, not an address, not a home folder. */
function importsIn(text: string): readonly string[] {
  const prose = withoutCode(text);
  return [...prose.matchAll(/(?<=^|\s)@((?:\.{1,2}\/)*[\w-][\w./-]*\.[A-Za-z]{1,5})\b/gm)].map(
    ([, target = '']) => target,
  );
}
