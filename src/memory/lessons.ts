import { hashOf } from '../core/canonical.ts';
import type { Clock } from '../core/clock.ts';
import type { Consultation, Lessons, Proposal } from '../core/consult.ts';
import type { NewId } from '../core/ids.ts';
import { targetKey } from '../core/target.ts';
import { answer, MAX_MATCHES } from './answer.ts';
import type { Embedder } from './embed/embedder.ts';
import type { EmbeddingTable } from './embed/table.ts';
import { find } from './find.ts';
import { Guards } from './guard.ts';
import { dayOf } from './index/columns.ts';
import { LiveIndex } from './live-index.ts';
import { byStrictness, type Found, mustAcknowledge } from './match.ts';
import { record } from './record.ts';
import { search } from './search.ts';
import { saysTheSame } from './similar.ts';
import type { LessonStore } from './store.ts';

interface Needs {
  readonly store: LessonStore;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Age of what the store answers from, in milliseconds; 0 for a store that is the truth itself. */
  readonly ageMs?: () => number;
}

/** Lessons, and the vectors by which they may be found besides words, selectors and guards. */
export interface LessonsService extends Lessons {
  /** Uses the local embedder from now on; settles when every lesson has its vector. */
  useTable(table: EmbeddingTable): Promise<void>;
  /** Uses a remote embedder where it is fast enough; settles when the vectors that could be made are there. */
  useEmbedder(embedder: Embedder, signal: AbortSignal): Promise<void>;
  /** Why lessons could not be embedded the last time. */
  embedderFailure(): Error | undefined;
}

/** The lessons graph over a store: answers from an index in this process that follows the store's revision. */
export function createLessons({ store, clock, newId, ageMs = () => 0 }: Needs): LessonsService {
  const index = new LiveIndex(store);
  const guards = new Guards();
  return {
    async consult(proposal) {
      const start = clock.now();
      const revision = await index.follow();
      const found = fold((await find(index, guards, proposal, start)).toSorted(byStrictness));
      const counters = await store.counters(found.map(({ entry }) => entry.lesson.id));
      const matches = answer(found, counters);
      const receipt: Consultation['receipt'] = {
        id: newId('receipt'),
        proposal: hashOf(proposal),
        revision,
        ageMs: ageMs(),
        matched: matches.map(({ id }) => id),
        mustAcknowledge: matches.filter(mustAcknowledge).map(({ id }) => id),
        at: start.toISOString(),
      };
      await keep(store, proposal, { receipt, matches }, +clock.now() - +start);
      return { receipt, matches };
    },
    async search(query) {
      await index.follow();
      return search(index, store, query, dayOf(clock.now().toISOString()));
    },
    async get(id) {
      const found = await store.get(id);
      return found && { lesson: found.lesson, counters: found.counters, score: 1 };
    },
    async record(draft, by) {
      await index.follow();
      return record(store, index, draft, { by, at: clock.now().toISOString() });
    },
    async useTable(table) {
      await index.follow();
      index.vectors.useTable(table);
      await index.vectors.filled();
    },
    async useEmbedder(embedder, signal) {
      await index.follow();
      index.vectors.useRemote(embedder, signal);
      await index.vectors.filled();
    },
    embedderFailure: () => index.vectors.failure,
    count: (ids, counter) => store.count(ids, counter),
    revision: () => store.revision(),
  };
}

/** Of lessons that say the same only the first (the strictest) stays. */
function fold(found: readonly Found[]): readonly Found[] {
  const kept: Found[] = [];
  for (const next of found) {
    if (kept.length === MAX_MATCHES) break;
    if (!kept.some(({ entry }) => saysTheSame(entry.sketch(), next.entry.sketch()))) kept.push(next);
  }
  return kept;
}

async function keep(store: LessonStore, proposal: Proposal, { receipt, matches }: Consultation, tookMs: number) {
  await store.logConsult({
    id: receipt.id,
    at: receipt.at,
    revision: receipt.revision,
    proposal: receipt.proposal,
    action: proposal.action,
    targets: proposal.targets.map(targetKey),
    matches: matches.map(({ id, strength, score }) => ({ id, strength, score })),
    mustAcknowledge: receipt.mustAcknowledge,
    tookMs,
  });
  await store.count(receipt.matched, 'shown');
}
