import * as z from 'zod';
import { sha256 } from '../core/canonical.ts';
import type { LessonDraft, Recorded } from '../core/consult.ts';
import { inputError } from '../core/errors.ts';
import { Lesson } from '../core/lesson.ts';
import { redactText } from '../core/redact.ts';
import { type LiveIndex, sketchOf, textsOf } from './live-index.ts';
import { mergeDraft } from './merge-draft.ts';
import { saysTheSame } from './similar.ts';
import type { LessonStore } from './store.ts';
import { tokens } from './tokens.ts';

const CANDIDATE_CONFIDENCE = 0.4;
const MAX_SLUG = 60;

const Draft = Lesson.pick({
  title: true,
  symptom: true,
  cause: true,
  fix: true,
  severity: true,
  wrong_fix: true,
  prevention: true,
  components: true,
  applies_to: true,
});

/**
 * Keeps a draft as a candidate, without the secrets in it, unless a lesson already says the same.
 * Error: `invalid_lesson` when a field is missing or too long.
 */
export async function record(
  store: LessonStore,
  index: LiveIndex,
  draft: LessonDraft,
  { by, at }: { readonly by: string; readonly at: string },
): Promise<Recorded> {
  const parsed = Draft.safeParse(redacted(draft));
  if (!parsed.success)
    throw inputError(
      'invalid_lesson',
      `Unable to keep the lesson: ${z.prettifyError(parsed.error)}.`,
      'Give title, symptom, cause, fix and severity; see the lesson schema.',
    );
  const twin = await twinOf(index, parsed.data);
  if (twin !== undefined) {
    await store.count([twin.id], 'recurred'); // somebody met it again although it was known
    return mergeInto(store, twin, parsed.data, { by, at });
  }
  const id = freeId(parsed.data, (taken) => index.has(taken));
  const lesson = Lesson.parse({
    ...parsed.data,
    id,
    source: `recorded by ${by}`,
    confidence: CANDIDATE_CONFIDENCE,
    status: 'candidate',
  });
  await store.save({ lesson, by, at });
  return { id };
}

/** A candidate takes in what a draft adds; what a person confirmed is changed by a person only, and the rest is told. */
async function mergeInto(
  store: LessonStore,
  twin: Lesson,
  draft: z.output<typeof Draft>,
  { by, at }: { readonly by: string; readonly at: string },
): Promise<Recorded> {
  const { lesson, added } = mergeDraft(twin, draft);
  const merged = { id: twin.id, mergedInto: twin.id };
  if (lesson === undefined) return merged;
  if (twin.status !== 'candidate') return { ...merged, notTaken: added };
  await store.save({ lesson, by, at });
  return { ...merged, taken: added };
}

/** Lessons by their words that may say the same; a twin shares nearly all of them. */
const LOOKED_AT = 30;

/** The lesson that says the same already, if there is one that is not retired. */
async function twinOf(index: LiveIndex, draft: z.output<typeof Draft>): Promise<Lesson | undefined> {
  const mine = sketchOf(draft);
  const { key, rest } = textsOf(Lesson.parse({ ...draft, id: 'a-draft', source: 'draft' }));
  const hits = index.text.search(new Set(tokens(`${key}\n${rest}`)), LOOKED_AT);
  const entries = await index.entries(hits.map(({ row }) => row));
  return [...entries.values()].find(({ lesson, sketch }) => lesson.status !== 'retired' && saysTheSame(sketch(), mine))
    ?.lesson;
}

/** Every text of a draft, cleaned: a secret must not reach the store, a file or a model. */
function redacted(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [redactText(key), redacted(member)]));
}

/** The title as an id; with a piece of its hash when another lesson has that id. */
function freeId(draft: z.output<typeof Draft>, isTaken: (id: string) => boolean): string {
  const slug = draft.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, '');
  const id = slug.length >= 3 ? slug : `lesson-${slug}`;
  return isTaken(id) ? `${id}-${sha256(JSON.stringify(draft)).slice(0, 8)}` : id;
}
