import { sha256 } from '../../../core/canonical.ts';

const CHARACTERS_PER_TOKEN = 4;
/** Words in a row that are compared; shorter ones are alike by chance. */
const SHINGLE = 8;
/** Shingles of a file that another must share to be a near copy. */
const NEAR = 0.6;
/** A paragraph shorter than this may stand in many files. */
const LEAST_PARAGRAPH = 160;

export interface Duplicate {
  readonly kind: 'same file' | 'near copy' | 'same paragraph';
  readonly files: readonly string[];
  /** 0..1; share of the smaller file that stands in the other. */
  readonly likeness: number;
  /** Tokens that all but one of them take. */
  readonly wasted: number;
  /** Beginning of a paragraph. */
  readonly text?: string;
}

interface Named {
  readonly label: string;
  readonly text: string;
}

/** What stands more than once: whole files, files that are nearly the same, and long paragraphs in files that are otherwise different. */
export function duplicatesOf(files: readonly Named[]): readonly Duplicate[] {
  const groups = [
    ...Map.groupBy(
      files.filter(({ text }) => text.trim() !== ''),
      ({ text }) => sha256(normal(text)),
    ).values(),
  ];
  const same = groups.filter((group) => group.length > 1).map(sameFiles);
  const singles = groups.flatMap(([first]) => first ?? []);
  const near = nearCopies(singles);
  const paired = new Set(near.flatMap(({ files: [a, b] }) => [`${a}\n${b}`]));
  return [...same, ...near, ...paragraphs(singles, paired)].sort(
    (a, b) => b.wasted - a.wasted || ((a.files[0] ?? '') < (b.files[0] ?? '') ? -1 : 1),
  );
}

const sameFiles = (group: readonly Named[]): Duplicate => ({
  kind: 'same file',
  files: group.map(({ label }) => label).sort(),
  likeness: 1,
  wasted: tokens(group[0]?.text ?? '') * (group.length - 1),
});

function nearCopies(files: readonly Named[]): Duplicate[] {
  const sets = files.map(({ text }) => shinglesOf(text));
  const found: Duplicate[] = [];
  for (const [a, b, shared] of sharedCounts(sets)) {
    const [one, other] = [files[a], files[b]];
    const likeness = shared / Math.max(1, Math.min(sets[a]?.size ?? 0, sets[b]?.size ?? 0));
    if (likeness < NEAR || one === undefined || other === undefined) continue;
    const smaller = Math.min(tokens(one.text), tokens(other.text));
    found.push({
      kind: 'near copy',
      files: [one.label, other.label].sort(),
      likeness: Math.round(likeness * 100) / 100,
      wasted: Math.round(smaller * likeness),
    });
  }
  return found;
}

/** Pairs of sets that share anything, and how much; by an inverted index, so that unrelated files cost nothing. */
function sharedCounts(sets: readonly ReadonlySet<string>[]): readonly (readonly [number, number, number])[] {
  const holders = new Map<string, number[]>();
  const counts = new Map<string, number>();
  sets.forEach((set, index) => {
    for (const shingle of set) {
      const before = holders.get(shingle) ?? [];
      for (const other of before) counts.set(`${other} ${index}`, (counts.get(`${other} ${index}`) ?? 0) + 1);
      before.push(index);
      holders.set(shingle, before);
    }
  });
  return [...counts].map(([pair, shared]) => {
    const [a = 0, b = 0] = pair.split(' ').map(Number);
    return [a, b, shared] as const;
  });
}

function paragraphs(files: readonly Named[], paired: ReadonlySet<string>): Duplicate[] {
  const held = new Map<string, { readonly text: string; readonly files: Set<string> }>();
  for (const { label, text } of files)
    for (const part of text.split(/\n\s*\n/)) {
      if (part.trim().length < LEAST_PARAGRAPH) continue;
      const key = sha256(normal(part));
      const one = held.get(key) ?? { text: part.trim(), files: new Set<string>() };
      one.files.add(label);
      held.set(key, one);
    }
  return [...held.values()]
    .map(({ text, files: labels }) => ({ text, files: [...labels].sort() }))
    .filter(({ files: [a, b, ...more] }) => b !== undefined && (more.length > 0 || !paired.has(`${a}\n${b}`)))
    .map(({ text, files: labels }) => ({
      kind: 'same paragraph' as const,
      files: labels,
      likeness: 1,
      wasted: tokens(text) * (labels.length - 1),
      text: text.replace(/\s+/g, ' ').slice(0, 80),
    }));
}

const wordsOf = (text: string): string[] => normal(text).split(' ');
const normal = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
const tokens = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);

function shinglesOf(text: string): ReadonlySet<string> {
  const words = wordsOf(text);
  const width = Math.min(SHINGLE, words.length);
  return new Set(Array.from({ length: words.length - width + 1 }, (_, at) => words.slice(at, at + width).join(' ')));
}
