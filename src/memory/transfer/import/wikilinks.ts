import { withoutCode } from './markdown.ts';

/** Links of a note as Obsidian writes them: `[[Note]]`, `[[folder/Note#Heading|text]]`, `![[Note]]`, `[text](Note.md)`. */
export function linkTargets(text: string): readonly string[] {
  const found = new Set<string>();
  const prose = withoutCode(text);
  for (const [, target = ''] of prose.matchAll(/\[\[([^[\]\n|#^]{0,300})[^[\]\n]{0,300}\]\]/g))
    found.add(target.trim());
  for (const [, target = ''] of prose.matchAll(/\]\(<?([^()\s>#]{1,300}\.md)[^()\n]{0,300}\)/g))
    found.add(decoded(target));
  found.delete('');
  return [...found];
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target; // a stray percent sign
  }
}

/** Tags in the text (`#homelab/dns`), not headings, colours or issue numbers. */
export function tagsIn(text: string): readonly string[] {
  const prose = withoutCode(text);
  const tags = [...prose.matchAll(/(?<=^|\s)#([\p{L}\p{N}_/-]{2,60})(?=$|[\s.,;:!?)])/gmu)].map(([, tag = '']) => tag);
  return [...new Set(tags.filter((tag) => !/^\d+$/.test(tag)))];
}

interface Named {
  readonly path: string;
  readonly aliases: readonly string[];
}

/** Finds the note that a link means: by path, by file name, by alias; the nearest folder first, then the shortest path. */
export class Notes {
  readonly #byPath = new Map<string, string>();
  readonly #byName = new Map<string, string[]>();

  constructor(notes: readonly Named[]) {
    for (const { path, aliases } of notes) {
      this.#byPath.set(bare(path), path);
      for (const name of new Set([baseOf(path), ...aliases.map((alias) => alias.toLowerCase())]))
        this.#byName.set(name, [...(this.#byName.get(name) ?? []), path]);
    }
  }

  resolve(target: string, from: string): string | undefined {
    const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/') + 1) : '';
    const exact = this.#byPath.get(bare(target)) ?? this.#byPath.get(bare(folder + target));
    if (exact !== undefined) return exact;
    const ending = `/${bare(target)}`;
    const named = (this.#byName.get(baseOf(target)) ?? []).filter(
      (path) => !target.includes('/') || `/${bare(path)}`.endsWith(ending),
    );
    return named.toSorted(
      (a, b) => Number(b.startsWith(folder)) - Number(a.startsWith(folder)) || a.length - b.length || (a < b ? -1 : 1),
    )[0];
  }
}

const bare = (path: string): string => path.replace(/^\/+/, '').replace(/\.md$/i, '').toLowerCase();
const baseOf = (path: string): string => bare(path).replace(/^.*\//, '');
