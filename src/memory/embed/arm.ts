import type { TextIndex } from '../index/text-index.ts';
import type { LessonStore } from '../store.ts';
import { toInt8 } from '../vectors/quantise.ts';
import type { Embedder } from './embedder.ts';
import { LocalArm } from './local-arm.ts';
import { RemoteArm } from './remote-arm.ts';
import type { EmbeddingTable } from './table.ts';

/** How near lessons are to one question. */
export interface Nearness {
  /** Rows of the text index, nearest first. */
  readonly nearest: readonly { readonly row: number; readonly score: number }[];
  /** Cosine of any row; 0 when it has no vector. */
  of(row: number): number;
}

/** The vector arm: a remote model when it is configured and fast enough, else the local table, else absent. */
export class VectorArm {
  readonly #store: LessonStore;
  readonly #text: () => TextIndex;
  #local: LocalArm | undefined;
  #table: EmbeddingTable | undefined;
  #remote: RemoteArm | undefined;
  #remoteOptions: { readonly embedder: Embedder; readonly signal: AbortSignal } | undefined;
  /** Lesson and hash of every row, for a model that comes later. */
  #rows: { readonly id: string; readonly hash: string; isGone: boolean }[] = [];

  constructor(store: LessonStore, text: () => TextIndex) {
    this.#store = store;
    this.#text = text;
  }

  /** Why the last batch of a remote model failed, if it did. */
  get failure(): Error | undefined {
    return this.#remote?.failure;
  }

  useTable(table: EmbeddingTable): void {
    this.#table = table;
    this.#local = new LocalArm(table, this.#text());
    for (const [row, { isGone }] of this.#rows.entries()) if (isGone) this.#local.remove(row);
    this.#local.follow();
  }

  useRemote(embedder: Embedder, signal: AbortSignal): void {
    this.#remoteOptions = { embedder, signal };
    this.#remote = new RemoteArm(embedder, this.#store, signal);
    for (const [row, { id, hash, isGone }] of this.#rows.entries()) if (!isGone) this.#remote.push(row, id, hash);
    this.#remote.follow();
  }

  push(id: string, hash: string): void {
    const row = this.#rows.push({ id, hash, isGone: false }) - 1;
    this.#remote?.push(row, id, hash);
  }

  remove(row: number): void {
    const gone = this.#rows[row];
    if (gone !== undefined) gone.isGone = true;
    this.#local?.remove(row);
    this.#remote?.remove(row);
  }

  follow(): void {
    this.#local?.follow();
    this.#remote?.follow();
  }

  /** Settles when everything that can be embedded now is. */
  async filled(): Promise<void> {
    await this.#local?.filled();
    await this.#remote?.filled();
  }

  /** Everything is read anew. */
  forget(): void {
    this.#rows = [];
    if (this.#table !== undefined) this.#local = new LocalArm(this.#table, this.#text());
    if (this.#remoteOptions !== undefined)
      this.#remote = new RemoteArm(this.#remoteOptions.embedder, this.#store, this.#remoteOptions.signal);
  }

  /** `terms` for the local table, `text` for a remote model; undefined when there is no vector of the question. */
  async near(terms: Iterable<string>, text: () => string, limit: number): Promise<Nearness | undefined> {
    return (await this.#remoteNear(text, limit)) ?? this.#localNear(terms, limit);
  }

  async #remoteNear(text: () => string, limit: number): Promise<Nearness | undefined> {
    const arm = this.#remote;
    if (arm?.isReady !== true) return undefined;
    const vector = await arm.query(text());
    if (vector === undefined) return undefined;
    const asked = toInt8(vector);
    return {
      nearest: arm.index.search(vector, limit).map(({ row, score }) => ({ row: arm.rowOf(row), score })),
      of: (row) => {
        const at = arm.vectorRowOf(row);
        return at === undefined ? 0 : arm.index.cosine(asked, at);
      },
    };
  }

  #localNear(terms: Iterable<string>, limit: number): Nearness | undefined {
    const arm = this.#local;
    if (arm?.isReady !== true) return undefined;
    const vector = arm.embed(terms);
    if (vector.every((x) => x === 0)) return undefined;
    const asked = toInt8(vector);
    return { nearest: arm.index.search(vector, limit), of: (row) => arm.index.cosine(asked, row) };
  }
}
