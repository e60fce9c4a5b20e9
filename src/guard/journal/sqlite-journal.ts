import type Database from 'better-sqlite3';
import { canonicalJson, sha256 } from '../../core/canonical.ts';
import type { Clock } from '../../core/clock.ts';
import { isStewardError, messageOf, StewardError } from '../../core/errors.ts';
import type { JournalEntry, JournalQuery, JournalReader } from '../../core/gate.ts';
import type { Plan } from '../../core/plan.ts';
import type { Anchor } from './anchor.ts';
import { type ChainVerdict, verifyChain } from './chain.ts';
import {
  type EntryBody,
  GENESIS,
  type Link,
  type NewEntry,
  parseBody,
  type Row,
  readBody,
  sealEntry,
  toJournalEntry,
} from './entry.ts';
import { Leases } from './leases.ts';
import * as queries from './queries.ts';

/** The error of every write that was not kept; nothing outside may be changed after it. */
export const journalNotWritable = (reason: string, cause?: unknown): StewardError =>
  new StewardError(`Unable to write the journal: ${reason}.`, {
    kind: 'denied',
    code: 'journal_not_writable',
    hint: 'Changes stay off until the journal can be written; reads go on. Check the disk and the data folder, then restart.',
    cause,
  });

export interface StoredPlan {
  readonly id: string;
  /** Canonical JSON, as it was stored; nothing in it is trusted before its hash was compared. */
  readonly body: string;
  /** Canonical JSON of `KeptBeside`. */
  readonly beside: string;
}

/** Journal, plans and leases in one SQLite file that several processes may share. Every method is synchronous. */
export class SqliteJournal implements JournalReader {
  readonly leases: Leases;
  readonly #db: Database.Database;
  readonly #anchor: Anchor;
  readonly #clock: Clock;
  /** Why nothing may be written; undefined = writable. */
  readonly #problem: string | undefined;
  #inside = false;

  constructor(db: Database.Database, options: { anchor: Anchor; clock: Clock; problem?: string | undefined }) {
    this.#db = db;
    this.#anchor = options.anchor;
    this.#clock = options.clock;
    this.#problem = options.problem;
    this.leases = new Leases(db);
  }

  /** Throws `journal_not_writable` when no write could be kept. */
  demandWritable(): void {
    if (this.#problem !== undefined) throw journalNotWritable(this.#problem);
  }

  /**
   * Runs `work` in one immediate transaction: all of it is on the disk when this returns, or none of it.
   * Throws `journal_not_writable` when that could not be; an error of `work` itself passes through and undoes it.
   */
  transaction<T>(work: () => T): T {
    this.demandWritable();
    if (this.#inside) return work();
    this.#inside = true;
    try {
      const result = this.#db.transaction(work).immediate();
      this.#writeAnchor();
      return result;
    } catch (error) {
      throw isSqliteError(error) ? journalNotWritable(messageOf(error), error) : error;
    } finally {
      this.#inside = false;
    }
  }

  append(entry: NewEntry): JournalEntry {
    return this.transaction(() => {
      const row = sealEntry(entry, this.#clock.now(), this.#head() ?? GENESIS);
      this.#db.prepare(queries.INSERT_ENTRY).run(row);
      this.#db.prepare(queries.SET_HEAD).run({ seq: row.seq, hash: row.hash });
      return toJournalEntry(row);
    });
  }

  savePlan(plan: Plan, beside: unknown): void {
    this.transaction(() =>
      this.#db
        .prepare(queries.INSERT_PLAN)
        .run({ id: plan.id, body: canonicalJson(plan), beside: canonicalJson(beside) }),
    );
  }

  plan(id: string): StoredPlan | undefined {
    // The columns are those of the query; the body stays text until its hash was compared.
    return this.#db.prepare(queries.PLAN).get(id) as StoredPlan | undefined;
  }

  /** What is read inside belongs to one moment, whatever other processes write meanwhile. */
  snapshot<T>(read: () => T): T {
    return this.#db.transaction(read).deferred();
  }

  /** Entries about one plan, oldest first; undefined when one of them is not whole or not linked to its neighbours. */
  entriesOf(planId: string): readonly EntryBody[] | undefined {
    const rows = this.#rows(queries.ENTRIES_OF_PLAN, planId);
    const bodies = rows.map((row) => this.#linkedBody(row)).filter((body) => body !== undefined);
    return bodies.length === rows.length ? bodies : undefined;
  }

  /** Found without walking the whole chain. */
  #linkedBody(row: Row): EntryBody | undefined {
    const body = readBody(row.body);
    const before = row.seq === 1 ? GENESIS.hash : this.#rows(queries.ENTRY, row.seq - 1)[0]?.hash;
    const after = this.#rows(queries.ENTRY, row.seq + 1)[0];
    const link = after === undefined ? this.#head()?.hash : readBody(after.body)?.prev;
    const isWhole = sha256(row.body) === row.hash && body?.seq === row.seq;
    return isWhole && body.prev === before && link === row.hash ? body : undefined;
  }

  /** Ids of plans with one of these events, newest first. */
  plansWith(events: readonly string[], limit: number): readonly string[] {
    const found = this.#db.prepare(queries.PLANS_WITH).all(JSON.stringify(events), limit);
    return (found as { plan: string }[]).map(({ plan }) => plan); // one text column
  }

  /** Plans whose intent was written and that no later entry has closed. */
  openPlans(): readonly string[] {
    return (this.#db.prepare(queries.OPEN_PLANS).all() as { plan: string }[]).map(({ plan }) => plan); // one text column
  }

  /** Lessons that plans of this session have shown before. */
  seenLessons(session: string): readonly string[] {
    return (this.#db.prepare(queries.SEEN_LESSONS).all(session) as { id: string }[]).map(({ id }) => id); // one text column
  }

  /** Changes that started since `since` and were not called off; with `target`, only those that name it. */
  countChanges(since: Date, target?: string): number {
    const found = this.#db.prepare(queries.COUNT_CHANGES).get({ since: since.toISOString(), target: target ?? null });
    return (found as { count: number }).count; // an aggregate always has one row
  }

  /** The newest of `frozen` and `thawed`; read anew each time, so that a freeze in another process counts at once. */
  lastFreeze(): EntryBody | undefined {
    const row = this.#rows(queries.LAST_FREEZE)[0];
    return row && parseBody(row.body);
  }

  async list({ limit, before, plan, target }: JournalQuery): Promise<readonly JournalEntry[]> {
    const params = { limit, before: before ?? Number.MAX_SAFE_INTEGER, plan: plan ?? null, target: target ?? null };
    return this.#rows(queries.LIST, params).map(toJournalEntry);
  }

  async verify(): Promise<ChainVerdict> {
    return this.verifyNow();
  }

  verifyNow(): ChainVerdict {
    const anchor = this.#anchor.read();
    const read = this.#db.transaction(() =>
      // The columns are those of the query.
      verifyChain(this.#db.prepare(queries.ALL_ENTRIES).iterate() as Iterable<Row>, this.#head(), anchor),
    );
    const verdict = read.deferred();
    // An empty stand-in for a file that cannot be read is no whole chain.
    if (!verdict.ok || verdict.entries > 0 || this.#problem === undefined) return verdict;
    return { ok: false, entries: 0, broken: { seq: 1, reason: this.#problem } };
  }

  /** Says that the holder of these leases is alive; lost beats are no reason to stop what runs. */
  beat(planId: string, owner: string): void {
    // The program is on its way out while a change runs: the next start closes what is open.
    if (!this.#db.open) return;
    try {
      this.leases.beat(planId, owner, +this.#clock.now());
    } catch (error) {
      if (!isSqliteError(error)) throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #head(): Link | undefined {
    return this.#db.prepare(queries.HEAD).get() as Link | undefined; // the columns are those of the query
  }

  #rows(sql: string, ...params: unknown[]): Row[] {
    return this.#db.prepare(sql).all(...params) as Row[]; // every query used here selects seq, body, hash
  }

  #writeAnchor(): void {
    const head = this.#head();
    if (head === undefined) return;
    try {
      this.#anchor.write(head);
    } catch (error) {
      throw journalNotWritable(`its anchor file could not be written (${messageOf(error)})`, error);
    }
  }
}

const isSqliteError = (error: unknown): boolean =>
  !isStewardError(error) && error instanceof Error && error.constructor.name === 'SqliteError';
