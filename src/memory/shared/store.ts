import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { NOT_OPENED_MS } from '../../core/consult.ts';
import type { LessonCounters } from '../../core/lesson.ts';
import type { DeclaredLink } from '../links.ts';
import type { NodeWrite } from '../nodes.ts';
import type { ConsultRecord, Feedback, LessonStore, LessonWrite, Link, Saved, StoredVector } from '../store.ts';

/** How far the snapshot has come; kept on disk, so that its age is known after a restart too. */
export interface SyncMark {
  readonly revision: number;
  readonly at: string;
}

export interface SharedOptions {
  /** Opens the shared store; called again after it was lost. */
  readonly connect: () => Promise<LessonStore>;
  /** This server's own copy, from which everything on the way of a change is answered. */
  readonly snapshot: LessonStore;
  readonly clock: Clock;
  readonly mark: SyncMark | undefined;
  readonly keepMark: (mark: SyncMark) => Promise<void>;
  /** Between two looks at the shared store; another server's lesson is here after this long. */
  readonly everyMs?: number;
  readonly onProblem: (error: unknown) => void;
}

/**
 * One shared store for many servers, and a snapshot of it in each. Consulting reads the snapshot alone, so it goes on when
 * the shared store is slow or away; writing goes to the shared store first, and fails when that cannot be reached.
 */
export class SharedLessonStore implements LessonStore {
  readonly name = 'shared';
  readonly #options: SharedOptions;
  readonly #stopped = new AbortController();
  #remote: Promise<LessonStore> | undefined;
  #mark: SyncMark | undefined;
  /** Why it could not be connected to the last time. */
  #away: { readonly error: unknown } | undefined;
  #syncing: Promise<void> | undefined;
  #following: Promise<void> | undefined;

  constructor(options: SharedOptions) {
    this.#options = options;
    this.#mark = options.mark;
  }

  /** Milliseconds since the snapshot was last known to be complete; the largest number when it never was. */
  ageMs(): number {
    return this.#mark === undefined
      ? NOT_OPENED_MS
      : Math.max(0, +this.#options.clock.now() - Date.parse(this.#mark.at));
  }

  /** Follows the shared store until closed. The promise settles after the first look, good or bad. */
  async follow(): Promise<void> {
    const first = this.sync().catch(this.#options.onProblem);
    this.#following ??= this.#loop(first);
    await first;
  }

  /** Brings the snapshot up to date; errors of the shared store come through. One at a time. */
  sync(): Promise<void> {
    this.#syncing ??= this.#pull().finally(() => (this.#syncing = undefined));
    return this.#syncing;
  }

  async save(write: LessonWrite): Promise<Saved> {
    await this.#both((store) => store.save(write));
    return { changed: true, revision: await this.#options.snapshot.revision() };
  }

  link(links: readonly Link[]): Promise<void> {
    return this.#both((store) => store.link(links));
  }

  unlink(links: readonly DeclaredLink[], at: string): Promise<void> {
    return this.#both((store) => store.unlink(links, at));
  }

  saveNodes(nodes: readonly NodeWrite[]): Promise<void> {
    return this.#both((store) => store.saveNodes(nodes));
  }

  giveFeedback(feedback: Feedback): Promise<void> {
    return this.#both((store) => store.giveFeedback(feedback));
  }

  /** Here at once; in the shared store when it answers, so that no other server asks the model for them again. */
  async saveVectors(model: string, vectors: readonly StoredVector[]): Promise<void> {
    await this.#options.snapshot.saveVectors(model, vectors);
    this.#later((store) => store.saveVectors(model, vectors));
  }

  /** Those of this server, then what others have made besides, as far as the shared store can be read. */
  async *vectors(model: string): AsyncIterable<StoredVector> {
    const known = new Map<string, string>();
    for await (const vector of this.#options.snapshot.vectors(model)) {
      known.set(vector.lesson, vector.hash);
      yield vector;
    }
    const others: StoredVector[] = [];
    await this.#with(async (store) => {
      for await (const vector of store.vectors(model))
        if (known.get(vector.lesson) !== vector.hash) others.push(vector);
    }).catch(this.#options.onProblem);
    yield* others;
  }

  /** A count must never hold up a change: here at once, in the shared store when it answers. */
  async count(ids: readonly string[], counter: keyof LessonCounters, times?: number): Promise<void> {
    await this.#options.snapshot.count(ids, counter, times);
    this.#later((store) => store.count(ids, counter, times));
  }

  async logConsult(record: ConsultRecord): Promise<void> {
    await this.#options.snapshot.logConsult(record);
    this.#later((store) => store.logConsult(record));
  }

  // What consulting reads comes from the snapshot alone.
  changes: LessonStore['changes'] = (revision) => this.#options.snapshot.changes(revision);
  foundLinks: LessonStore['foundLinks'] = (revision) => this.#options.snapshot.foundLinks(revision);
  many: LessonStore['many'] = (ids) => this.#options.snapshot.many(ids);
  counters: LessonStore['counters'] = (ids) => this.#options.snapshot.counters(ids);
  feedback: LessonStore['feedback'] = (ids) => this.#options.snapshot.feedback(ids);
  voices: LessonStore['voices'] = () => this.#options.snapshot.voices();
  revision: LessonStore['revision'] = () => this.#options.snapshot.revision();

  // What people ask for comes from the shared store, from the snapshot when that is away.
  get: LessonStore['get'] = (id, asOf) => this.#first((store) => store.get(id, asOf));
  list: LessonStore['list'] = (query) => this.#first((store) => store.list(query));
  history: LessonStore['history'] = (id) => this.#first((store) => store.history(id));
  neighbours: LessonStore['neighbours'] = (node, options) => this.#first((store) => store.neighbours(node, options));
  node: LessonStore['node'] = (id, asOf) => this.#first((store) => store.node(id, asOf));
  nodes: LessonStore['nodes'] = (query) => this.#first((store) => store.nodes(query));
  nodeHistory: LessonStore['nodeHistory'] = (id) => this.#first((store) => store.nodeHistory(id));
  consults: LessonStore['consults'] = (query) => this.#first((store) => store.consults(query));

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#following;
    await this.#remote?.then((store) => store.close()).catch(() => undefined);
    await this.#options.snapshot.close();
  }

  async #loop(first: Promise<void>): Promise<void> {
    await first;
    const { everyMs = 2_000, onProblem } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await wait(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.sync().catch(onProblem);
    }
  }

  async #pull(): Promise<void> {
    const { snapshot, clock, keepMark } = this.#options;
    const at = clock.now().toISOString();
    const since = this.#mark?.revision ?? 0;
    await this.#connected().then(async (remote) => {
      // Read first: what comes in meanwhile is pulled the next time.
      const revision = await remote.revision();
      if (revision !== since) {
        // A revision that went back is another database: everything is looked at again.
        const from = revision < since ? 0 : since;
        for await (const { lesson, by, savedAt } of remote.changes(from))
          await snapshot.save({ lesson, by, at: savedAt });
        for (const {
          recordedAt,
          retiredAt,
          declared: _declared,
          revision: _revision,
          ...link
        } of await remote.foundLinks(from))
          await (retiredAt === undefined
            ? snapshot.link([{ ...link, at: recordedAt }])
            : snapshot.unlink([link], retiredAt));
      }
      this.#mark = { revision, at };
    });
    if (this.#mark) await keepMark(this.#mark);
  }

  async #both<T>(write: (store: LessonStore) => Promise<T>): Promise<T> {
    const done = await this.#with(write);
    await write(this.#options.snapshot);
    return done;
  }

  #later(write: (store: LessonStore) => Promise<void>): void {
    void this.#with(write).catch(this.#options.onProblem);
  }

  async #first<T>(read: (store: LessonStore) => Promise<T>): Promise<T> {
    try {
      return await this.#with(read);
    } catch {
      return read(this.#options.snapshot);
    }
  }

  /** While it is away nobody waits for it but the next look, which comes within seconds. */
  async #with<T>(use: (remote: LessonStore) => Promise<T>): Promise<T> {
    if (this.#away !== undefined && this.#following !== undefined) throw this.#away.error;
    return use(await this.#connected());
  }

  /** Connects when needed; a connection that failed is not kept. */
  async #connected(): Promise<LessonStore> {
    this.#remote ??= this.#options.connect();
    const remote = this.#remote;
    try {
      const store = await remote;
      this.#away = undefined;
      return store;
    } catch (error) {
      if (this.#remote === remote) this.#remote = undefined;
      this.#away = { error };
      throw error;
    }
  }
}
