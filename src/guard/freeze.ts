import type { SqliteJournal } from './journal/sqlite-journal.ts';

export interface Freeze {
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** The freeze that is in force; asked of the database each time, since any process may have set it. */
export function currentFreeze(journal: SqliteJournal): Freeze | undefined {
  const last = journal.lastFreeze();
  if (last?.event !== 'frozen') return undefined;
  return { by: last.principal, reason: last.summary, at: last.at };
}
