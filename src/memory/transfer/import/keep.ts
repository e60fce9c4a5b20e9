import { hashOf, sha256 } from '../../../core/canonical.ts';
import { Lesson } from '../../../core/lesson.ts';
import type { DeclaredLink, NodeId } from '../../links.ts';
import { lessonNode } from '../../links.ts';
import type { NodeWrite } from '../../nodes.ts';
import type { LessonStore } from '../../store.ts';
import type { Candidate, Imported, ImportedNote, ImportProblem } from './model.ts';
import { Twins } from './twins.ts';

/** What an import needs of a store. */
export type ImportStore = Pick<
  LessonStore,
  'list' | 'history' | 'save' | 'saveNodes' | 'node' | 'link' | 'unlink' | 'foundLinks'
>;

/** Who saves what came from outside files. */
const BY_IMPORT = 'import';

export interface Kept {
  /** Ids of new candidates. */
  readonly added: readonly string[];
  /** Candidates whose file changed. */
  readonly changed: readonly string[];
  /** Already there as it is, under this id or, said the same, under another. */
  readonly unchanged: number;
  /** Changed in the file and by a person too: the person's word stays. */
  readonly left: readonly string[];
  readonly notes: { readonly added: number; readonly changed: number; readonly unchanged: number };
  readonly problems: readonly ImportProblem[];
}

/** Keeps what was read: candidates, never confirmed lessons. The same files a second time change nothing. */
export async function keepImported(store: ImportStore, imported: Imported, at: string): Promise<Kept> {
  const keeper = new Keeper(store, at, await Twins.of(store));
  for (const note of imported.notes) await keeper.note(note);
  for (const session of imported.sessions) await keeper.session(session);
  for (const candidate of imported.candidates) await keeper.candidate(candidate);
  await keeper.links();
  return keeper.kept(imported.problems);
}

class Keeper {
  readonly #store: ImportStore;
  readonly #at: string;
  readonly #twins: Twins;
  readonly #added: string[] = [];
  readonly #changed: string[] = [];
  readonly #left: string[] = [];
  #unchanged = 0;
  readonly #notes = { added: 0, changed: 0, unchanged: 0 };
  readonly #problems: ImportProblem[] = [];
  /** What each node points to now; links of an import that are no longer stated are retired. */
  readonly #links = new Map<NodeId, DeclaredLink[]>();

  constructor(store: ImportStore, at: string, twins: Twins) {
    this.#store = store;
    this.#at = at;
    this.#twins = twins;
  }

  async note(note: ImportedNote): Promise<void> {
    const id = noteId(note.key);
    const { title, text, path, tags, date } = note;
    const data = { title, text, path, tags: [...tags] };
    const write: NodeWrite = {
      id,
      data,
      by: BY_IMPORT,
      at: this.#at,
      ...(date !== undefined && { validFrom: `${date}T00:00:00.000Z` }),
    };
    const before = await this.#store.node(id);
    const isSame = before !== undefined && hashOf([before.data, before.validFrom]) === hashOf([data, write.validFrom]);
    this.#notes[before === undefined ? 'added' : isSame ? 'unchanged' : 'changed']++;
    if (!isSame) await this.#store.saveNodes([write]);
    this.#links.set(id, [
      ...note.links.map(
        (key): DeclaredLink => ({ from: id, kind: 'relates_to', to: noteId(key), data: { relation: 'links_to' } }),
      ),
      ...note.globs.map((glob): DeclaredLink => ({ from: id, kind: 'applies_to', to: `path:${glob}` })),
    ]);
  }

  async session({ key, title, client, started }: Imported['sessions'][number]): Promise<void> {
    const isTime = started !== undefined && !Number.isNaN(Date.parse(started));
    const data = { title, client, ...(isTime && { started: new Date(started).toISOString() }) };
    await this.#store.saveNodes([{ id: sessionId(key), data, by: BY_IMPORT, at: this.#at }]);
  }

  async candidate(candidate: Candidate): Promise<void> {
    const own = await this.#own(candidate);
    const lesson = own && this.#lessonOf(candidate, own.id);
    if (own === undefined)
      this.#problems.push({ file: candidate.source, message: `"${candidate.draft.title}": its id is taken` });
    if (own === undefined || lesson === undefined) return;
    const id = own.isThere ? await this.#again(lesson) : await this.#first(lesson);
    if (candidate.from !== undefined) this.#derived(id, candidate.from);
  }

  /** The id that this candidate has, or would get: that of its title unless another lesson has it. */
  async #own({
    draft: { title },
    source,
  }: Candidate): Promise<{ readonly id: string; readonly isThere: boolean } | undefined> {
    const slug = slugOf(title);
    for (const id of [slug, `${slug}-${sha256(`${source}\n${title}`).slice(0, 8)}`]) {
      const versions = await this.#store.history(id);
      if (versions.length === 0) return { id, isThere: false };
      if (versions.some(({ by, lesson }) => by === BY_IMPORT && lesson.source === source)) return { id, isThere: true };
    }
    return undefined; // somebody gave another lesson exactly this id
  }

  #lessonOf({ draft, source, date, confidence, body }: Candidate, id: string): Lesson | undefined {
    const isPast = date !== undefined && date <= this.#at.slice(0, 10);
    const parsed = Lesson.safeParse({
      ...draft,
      id,
      source,
      confidence,
      status: 'candidate',
      ...(isPast && { valid_from: date }),
      ...(body !== undefined && { body }),
    });
    if (parsed.success) return parsed.data;
    this.#problems.push({
      file: source,
      message: `"${draft.title}" is no lesson: ${parsed.error.issues[0]?.message ?? 'unknown'}`,
    });
    return undefined;
  }

  async #again(lesson: Lesson): Promise<string> {
    const versions = await this.#store.history(lesson.id);
    const mine = versions.findLast(({ by }) => by === BY_IMPORT);
    if (mine !== undefined && hashOf(mine.lesson) === hashOf(lesson)) this.#unchanged++;
    else if (versions.at(-1)?.by !== BY_IMPORT) this.#left.push(lesson.id);
    else {
      await this.#store.save({ lesson, by: BY_IMPORT, at: this.#at });
      this.#changed.push(lesson.id);
    }
    return lesson.id;
  }

  async #first(lesson: Lesson): Promise<string> {
    const twin = this.#twins.find(lesson);
    if (twin !== undefined) {
      this.#unchanged++;
      return twin;
    }
    await this.#store.save({ lesson, by: BY_IMPORT, at: this.#at });
    this.#twins.add(lesson);
    this.#added.push(lesson.id);
    return lesson.id;
  }

  #derived(id: string, key: string): void {
    const from = lessonNode(id);
    const to = /^(?:claude-code|opencode):/.test(key) ? sessionId(key) : noteId(key);
    this.#links.set(from, [...(this.#links.get(from) ?? []), { from, kind: 'derived_from', to }]);
  }

  /** Adds what is new, and retires what a note no longer says; links that others found stay. */
  async links(): Promise<void> {
    const live = (await this.#store.foundLinks(0)).filter(({ retiredAt }) => retiredAt === undefined);
    const there = Map.groupBy(live, ({ from }) => from);
    for (const [node, wanted] of this.#links) await this.#linkNode(node, wanted, there.get(node) ?? []);
  }

  async #linkNode(node: NodeId, wanted: readonly DeclaredLink[], there: readonly DeclaredLink[]): Promise<void> {
    const has = new Set(there.map(keyOf));
    const wants = new Map(wanted.map((link) => [keyOf(link), link]));
    const added = [...wants.values()].filter((link) => !has.has(keyOf(link)));
    await this.#store.link(added.map((link) => ({ ...link, weight: 1, at: this.#at })));
    const gone = node.startsWith('note:') ? there.filter((link) => isImported(link) && !wants.has(keyOf(link))) : [];
    await this.#store.unlink(
      gone.map(({ from, kind, to }) => ({ from, kind, to })),
      this.#at,
    );
  }

  kept(problems: readonly ImportProblem[]): Kept {
    return {
      added: this.#added,
      changed: this.#changed,
      unchanged: this.#unchanged,
      left: this.#left,
      notes: this.#notes,
      problems: [...problems, ...this.#problems],
    };
  }
}

const isImported = ({ kind, data }: DeclaredLink): boolean =>
  kind === 'applies_to' || data?.['relation'] === 'links_to';
const keyOf = ({ from, kind, to }: DeclaredLink): string => `${from} ${kind} ${to}`;
const noteId = (key: string): `note:${string}` => `note:${sha256(key).slice(0, 24)}`;
const sessionId = (key: string): `session:${string}` => `session:${key}`;

function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  return slug.length >= 3 ? slug : `lesson-${sha256(title).slice(0, 8)}`;
}
