/** What the server writes to the log: a fixed sentence and facts. The same shape as pino's. */
export interface Log {
  debug(facts: object, sentence: string): void;
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}

const nothing = (): void => {};

/** For tests and for commands that report in their own words. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
