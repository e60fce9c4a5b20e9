import type Database from 'better-sqlite3';

/** How the tables of the store are reached: prepared statements, and errors as the store tells them. */
export interface Access {
  /** Prepared once. */
  query(text: string): Database.Statement;
  read<T>(run: () => T): T;
  /** In one transaction; `what` reads `save a lesson in`. */
  write<T>(what: string, run: () => T): T;
}
