import type { Lesson } from '../../core/lesson.ts';
import type { LessonsService } from '../lessons.ts';
import type { LessonStore } from '../store.ts';
import { openLocalTable } from './local.ts';
import { createEmbedder, type EmbedderConfig } from './remote/create.ts';

const PAGE = 500;
/** More lessons than this make training longer, not better. */
const TRAINED_ON = 5_000;

interface StartOptions {
  readonly lessons: LessonsService;
  readonly store: LessonStore;
  /** Where trained tables are kept. */
  readonly dataDir: string;
  /** A remote model that goes first where it is fast enough. */
  readonly embedder?: EmbedderConfig;
  /** Ends all background work. */
  readonly signal: AbortSignal;
  /** Told what could not be done; lessons are found without it. */
  readonly report: (error: unknown) => void;
  readonly declarations?: string;
}

/**
 * Brings the vector arm up in the background: a kept table at once, a newly trained one when the lessons have moved on,
 * the vectors of a remote model when one is configured. Settles when all of that is done; never throws.
 */
export async function startEmbeddings(options: StartOptions): Promise<void> {
  const settled = await Promise.allSettled([useLocal(options), useRemote(options)]);
  if (options.signal.aborted) return;
  for (const one of settled) if (one.status === 'rejected') options.report(one.reason);
}

async function useLocal({ lessons, store, dataDir, signal, declarations }: StartOptions): Promise<void> {
  const { kept, trained } = await openLocalTable({
    dataDir,
    lessons: await lessonsToLearn(store),
    signal,
    ...(declarations !== undefined && { declarations }),
  });
  if (kept !== undefined) await lessons.useTable(kept);
  const table = await trained;
  if (table !== undefined) await lessons.useTable(table);
}

async function useRemote({ lessons, embedder, signal }: StartOptions): Promise<void> {
  if (embedder === undefined) return;
  await lessons.useEmbedder(createEmbedder(embedder), signal);
  const failure = lessons.embedderFailure();
  if (failure !== undefined) throw failure;
}

/** Confirmed ones: what nobody has looked at yet teaches no words. */
async function lessonsToLearn(store: LessonStore): Promise<readonly Lesson[]> {
  const found: Lesson[] = [];
  for (let after = ''; found.length < TRAINED_ON; ) {
    const page = await store.list({ status: 'confirmed', after, limit: PAGE });
    found.push(...page.map(({ lesson }) => lesson));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return found;
    after = last.lesson.id;
  }
  return found;
}
