import type { Feedback, FeedbackCounts } from '../store.ts';
import type { Access } from './access.ts';
import * as sql from './queries.ts';

const PAGE = 500;

/** What people and agents said of lessons. */
export class SqliteFeedback {
  readonly #db: Access;

  constructor(db: Access) {
    this.#db = db;
  }

  give({ receipt, ...feedback }: Feedback): void {
    const row = { ...feedback, receipt: receipt ?? null };
    this.#db.write('keep feedback in', () => this.#db.query(sql.GIVE_FEEDBACK).run(row));
  }

  async *voices(): AsyncIterable<Feedback> {
    for (let after = 0; ; ) {
      // Written by `give` alone.
      const rows = this.#db.read(() => this.#db.query(sql.VOICES).all({ after, limit: PAGE })) as (Omit<
        Feedback,
        'receipt'
      > & { seq: number; receipt: string | null })[];
      for (const { seq: _seq, receipt, ...said } of rows) yield { ...said, ...(receipt !== null && { receipt }) };
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.seq;
    }
  }

  counts(ids: readonly string[]): ReadonlyMap<string, FeedbackCounts> {
    const found = new Map<string, FeedbackCounts>();
    this.#db.read(() => {
      for (const id of ids) {
        const rows = this.#db.query(sql.FEEDBACK).all(id) as { verdict: keyof FeedbackCounts; voices: number }[]; // written by `give` alone
        const counts = { helped: 0, irrelevant: 0, wrong: 0 };
        for (const { verdict, voices } of rows) counts[verdict] = voices;
        if (rows.length > 0) found.set(id, counts);
      }
    });
    return found;
  }
}
