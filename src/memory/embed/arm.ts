import { Growing } from '../index/growing.ts';
import type { TextIndex } from '../index/text-index.ts';
import type { LessonStore } from '../store.ts';
import { toInt8 } from '../vectors/quantise.ts';
import type { Embedder } from './embedder.ts';
import { LocalArm } from './local-arm.ts';
import { RemoteArm, shortHash } from './remote-arm.ts';
import type { EmbeddingTable } from './table.ts';

/** How near lessons are to one question. */
export interface Nearness {
  /** Rows of the text index, nearest first. */
  readonly nearest: readonly { readonly row: number; readonly score: number }[];
  /** Cosine of any row; 0 when it has no vector. */
  of(row: number): number;
}

const hashes = () => new Growing((length) => new Float64Array(length));

/** The vector arm: a remote model when it is configured and fast enough, else the local table, else absent. */
export class VectorArm {
  readonly #store: LessonStore;
  readonly #text: () => TextIndex;
  #local: LocalArm | undefined;
  #table: EmbeddingTable | undefined;
  #remote: RemoteArm | undefined;
  #remoteOptions: { readonly embedder: Embedder; readonly signal: AbortSignal } | undefined;
  readonly #ids: () => readonly string[];
  /** Of the lesson in every row, for a model that comes later; NaN when it is gone. */
  #hashes = hashes();

  constructor(store: LessonStore, text: () => TextIndex, ids: () => readonly string[]) {
    this.#store = store;
    this.#text = text;
    this.#ids = ids;
  }

  /** Why the last batch of a remote model failed, if it did. */
  get failure(): Error | undefined {
    return this.#remote?.failure;
  }

  useTable(table: EmbeddingTable): void {
    this.#table = table;
    this.#local = new LocalArm(table, this.#text());
    for (let row = 0; row < this.#hashes.length; row++) if (Number.isNaN(this.#hashes.at(row))) this.#local.remove(row);
    this.#local.follow();
  }

  useRemote(embedder: Embedder, signal: AbortSignal): void {
    this.#remoteOptions = { embedder, signal };
    this.#remote = new RemoteArm(embedder, this.#store, signal);
    for (let row = 0; row < this.#hashes.length; row++) this.#pushRemote(row);
    this.#remote.follow();
  }

  /** The next row: the lesson of this id has been pushed there. */
  push(hash: string): void {
    this.#hashes.push(shortHash(hash));
    this.#pushRemote(this.#hashes.length - 1);
  }

  #pushRemote(row: number): void {
    const [id, hash] = [this.#ids()[row], this.#hashes.at(row)];
    if (id !== undefined && !Number.isNaN(hash)) this.#remote?.push(row, id, hash);
  }

  remove(row: number): void {
    this.#hashes.set(row, Number.NaN);
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
    this.#hashes = hashes();
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
