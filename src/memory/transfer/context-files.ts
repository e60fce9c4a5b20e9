import { readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** When a client loads a file into the context of its model. */
export type Loaded = 'always' | 'by path' | 'on demand';

export interface ContextFile {
  readonly file: string;
  /** Relative to the repository, with `/`. */
  readonly name: string;
  readonly loaded: Loaded;
  readonly importAs?: 'ai-lessons' | 'instructions';
}

const RULES: readonly (readonly [RegExp, Loaded, ContextFile['importAs']?])[] = [
  [/^(?:\.claude\/)?CLAUDE(?:\.local)?\.md$/, 'always', 'instructions'],
  [/^AGENTS\.md$/, 'always', 'instructions'],
  [/^GEMINI\.md$/, 'always', 'instructions'],
  [/^\.github\/copilot-instructions\.md$/, 'always', 'instructions'],
  [/^\.cursorrules$/, 'always', 'instructions'],
  [/(?:^|\/)(?:CLAUDE|AGENTS)\.md$/, 'by path', 'instructions'],
  [/^\.github\/instructions\/.+\.instructions\.md$/, 'by path', 'instructions'],
  [/^\.claude\/rules\/.+\.md$/, 'by path', 'instructions'],
  [/^\.cursor\/rules\/.+\.mdc$/, 'by path', 'instructions'],
  [/^(?:\.claude|\.github|\.opencode|\.agents)\/skills?\/.+\.md$/, 'on demand'],
  [/^(?:\.claude|\.opencode)\/(?:commands?|agents?)\/.+\.md$/, 'on demand'],
  [/^\.github\/(?:prompts|agents|chatmodes)\/.+\.md$/, 'on demand'],
  [/^(?:docs\/)?(?:ai-lessons|lessons-learned|lessons)\.md$/i, 'on demand', 'ai-lessons'],
];
const SKIPPED = new Set(['node_modules', '.git', 'vendor', 'dist', '.terraform', '.venv']);
const MAX_DEPTH = 8;

/** Every file of a repository that agents read as instructions, in the order of their names. Links to the same file count once. */
export async function contextFiles(repository: string): Promise<readonly ContextFile[]> {
  const root = await realpath(repository);
  const byFile = new Map<string, ContextFile>();
  for (const name of (await namesIn(root, '', 0)).sort()) {
    const rule = RULES.find(([pattern]) => pattern.test(name));
    const file = join(root, ...name.split('/'));
    const real = rule && (await realpath(file).catch(() => undefined)); // a link that leads nowhere
    if (rule === undefined || real === undefined || !isInside(root, real)) continue;
    const [, loaded, importAs] = rule;
    const isItself = real === file;
    if (isItself || !byFile.has(real))
      byFile.set(real, { file, name, loaded, ...(importAs !== undefined && { importAs }) });
  }
  return [...byFile.values()];
}

/** Files of a repository, links to folders not followed. */
export async function namesIn(root: string, below: string, depth: number): Promise<string[]> {
  if (depth > MAX_DEPTH) return [];
  const entries = await readdir(join(root, below), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) found.push(...(await namesIn(root, name, depth + 1)));
    } else if (entry.isFile() || entry.isSymbolicLink()) found.push(name);
  }
  return found;
}

/** True when `path` is `folder` or below it; both real paths. */
export const isInside = (folder: string, path: string): boolean => path === folder || path.startsWith(folder + sep);
