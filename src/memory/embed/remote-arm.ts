import { messageOf } from '../../core/errors.ts';
import type { LessonStore, StoredVector } from '../store.ts';
import { toInt8 } from '../vectors/quantise.ts';
import { VectorIndex } from '../vectors/vector-index.ts';
import type { Embedder } from './embedder.ts';

/** On the way of a question; slower than this, the local table answers. */
const QUERY_LIMIT_MS = 150;
const BATCH_LIMIT_MS = 60_000;
/** Below this share of lessons with a vector the arm is absent. */
const ENOUGH = 0.95;
const REMEMBERED = 200;

/** A lesson that waits for its vector. */
interface Wanted {
  readonly id: string;
  /** See `shortHash`. */
  readonly hash: number;
}

/** The first 48 bits of a hash: enough to see that a lesson changed, and no string for each of a million lessons. */
export const shortHash = (hash: string): number => Number.parseInt(hash.slice(0, 12), 16);

/** Two servers may have kept vectors of two versions of a lesson. */
const keyOf = (lesson: string, hash: number): string => `${lesson} ${hash}`;

/** Vectors of lessons by a remote model: kept in the store by model, made in the background, never mixed with others. */
export class RemoteArm {
  readonly #embedder: Embedder;
  readonly #store: LessonStore;
  readonly index: VectorIndex;
  readonly #signal: AbortSignal;
  readonly #wanted = new Map<number, Wanted>();
  readonly #vectorRow = new Map<number, number>();
  readonly #textRow: number[] = [];
  readonly #remembered = new Map<string, Float32Array>();
  #kept: Promise<Map<string, StoredVector>> | undefined;
  #working: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(embedder: Embedder, store: LessonStore, signal: AbortSignal) {
    this.#embedder = embedder;
    this.#store = store;
    this.#signal = signal;
    this.index = new VectorIndex(embedder.model, embedder.dimension);
  }

  get isReady(): boolean {
    const there = this.index.size;
    return there > 0 && there >= ENOUGH * (there + this.#wanted.size);
  }

  /** Why the last batch failed, if it did. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  push(row: number, id: string, hash: number): void {
    this.#wanted.set(row, { id, hash });
  }

  remove(row: number): void {
    this.#wanted.delete(row);
    const at = this.#vectorRow.get(row);
    if (at === undefined) return;
    this.index.remove(at);
    this.#vectorRow.delete(row);
  }

  rowOf(vectorRow: number): number {
    return this.#textRow[vectorRow] ?? -1;
  }

  vectorRowOf(row: number): number | undefined {
    return this.#vectorRow.get(row);
  }

  /** Starts to embed what is missing, unless it is under way. A failure is kept, and tried again with the next change. */
  follow(): void {
    if (this.#wanted.size === 0 || this.#working !== undefined) return;
    this.#working = this.#work()
      .then(
        () => {
          this.#failure = undefined;
        },
        (error: unknown) => {
          this.#failure = error instanceof Error ? error : new Error(messageOf(error));
        },
      )
      .finally(() => {
        this.#working = undefined;
      });
  }

  /** Settles when the work under way ends, well or not. */
  async filled(): Promise<void> {
    this.follow();
    await this.#working;
  }

  /** The vector of a question, or undefined when it did not come in time. */
  async query(text: string): Promise<Float32Array | undefined> {
    const known = this.#remembered.get(text);
    if (known !== undefined) return known;
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(QUERY_LIMIT_MS)]);
    const late = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const asked = this.#embedder.embed([text], 'query', signal).then(
      ([vector]) => vector,
      () => undefined, // the local table answers instead; lasting trouble shows in the background work
    );
    const vector = await Promise.race([asked, late]);
    if (vector !== undefined) this.#remember(text, vector);
    return vector;
  }

  #remember(text: string, vector: Float32Array): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size >= REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
    this.#remembered.set(text, vector);
  }

  async #work(): Promise<void> {
    await this.#takeKept();
    while (this.#wanted.size > 0 && !this.#signal.aborted) {
      const batch = [...this.#wanted].slice(0, this.#embedder.batch);
      await this.#embedBatch(batch);
    }
  }

  async #takeKept(): Promise<void> {
    this.#kept ??= this.#readKept();
    const kept = await this.#kept;
    for (const [row, { id, hash }] of this.#wanted) {
      const found = kept.get(keyOf(id, hash));
      if (found !== undefined && found.vector.length === this.#embedder.dimension) this.#add(row, found.vector);
    }
  }

  async #readKept(): Promise<Map<string, StoredVector>> {
    const kept = new Map<string, StoredVector>();
    for await (const vector of this.#store.vectors(this.#embedder.model))
      kept.set(keyOf(vector.lesson, shortHash(vector.hash)), vector);
    return kept;
  }

  async #embedBatch(batch: readonly (readonly [number, Wanted])[]): Promise<void> {
    const lessons = new Map(
      (await this.#store.many(batch.map(([, { id }]) => id))).map((stored) => [stored.lesson.id, stored] as const),
    );
    const there = batch.flatMap(([row, wanted]) => {
      const stored = lessons.get(wanted.id);
      // Changed meanwhile: the newer version has a row of its own.
      if (stored === undefined || shortHash(stored.hash) !== wanted.hash) {
        this.#wanted.delete(row);
        return [];
      }
      return [{ row, id: wanted.id, hash: stored.hash, lesson: stored.lesson }];
    });
    if (there.length === 0) return;
    const texts = there.map(({ lesson: { title, symptom, cause, fix } }) => [title, symptom, cause, fix].join('\n'));
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(BATCH_LIMIT_MS)]);
    const vectors = await this.#embedder.embed(texts, 'document', signal);
    const made = there.flatMap(({ row, id, hash }, at) => {
      const vector = vectors[at];
      return vector === undefined ? [] : [{ row, lesson: id, hash, vector: toInt8(vector) }];
    });
    await this.#store.saveVectors(
      this.#embedder.model,
      made.map(({ lesson, hash, vector }) => ({ lesson, hash, vector })),
    );
    for (const { row, vector } of made) this.#add(row, vector);
  }

  #add(row: number, vector: Int8Array): void {
    if (!this.#wanted.delete(row)) return; // removed while it was embedded
    this.#vectorRow.set(row, this.index.add(vector));
    this.#textRow.push(row);
  }
}
