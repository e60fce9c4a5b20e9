import type { LessonDraft } from '../../../core/consult.ts';

/** What an outside file was turned into, before it is kept. Nothing here holds a secret: texts are redacted by the readers. */
export interface Imported {
  readonly candidates: readonly Candidate[];
  readonly notes: readonly ImportedNote[];
  readonly sessions: readonly ImportedSession[];
  readonly problems: readonly ImportProblem[];
}

/** A lesson that a file tells; a person confirms it. */
export interface Candidate {
  readonly draft: LessonDraft;
  /** Where it stands: `ai-lessons docs/ai-lessons.md`. */
  readonly source: string;
  /** Day that the file gives for it (`2026-02-22`). */
  readonly date?: string;
  /** 0..1: a rule without its incident counts less than a whole entry. */
  readonly confidence: number;
  /** What the structured fields have no room for, as Markdown. */
  readonly body?: string;
  /** Key of the note or session it was learned from. */
  readonly from?: string;
}

export interface ImportedNote {
  /** The same for the same note in every run. */
  readonly key: string;
  readonly title: string;
  readonly text: string;
  readonly path: string;
  readonly tags: readonly string[];
  /** Keys of the notes it points to; may be cyclic. */
  readonly links: readonly string[];
  /** Globs of the files it is about. */
  readonly globs: readonly string[];
  readonly date?: string;
}

export interface ImportedSession {
  readonly key: string;
  readonly title: string;
  readonly client: 'claude-code' | 'opencode';
  /** ISO 8601. */
  readonly started?: string;
}

/** What could not be taken in as it is; the rest is. */
export interface ImportProblem {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

export const NOTHING: Imported = { candidates: [], notes: [], sessions: [], problems: [] };

export const together = (all: readonly Imported[]): Imported => ({
  candidates: all.flatMap(({ candidates }) => candidates),
  notes: all.flatMap(({ notes }) => notes),
  sessions: all.flatMap(({ sessions }) => sessions),
  problems: all.flatMap(({ problems }) => problems),
});
