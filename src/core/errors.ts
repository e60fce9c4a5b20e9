/** What kind of "could not" an error is; the dispatcher and the CLI map it to a result and an exit code. */
export type ErrorKind =
  | 'input'
  | 'config'
  | 'target'
  | 'not_found'
  | 'denied'
  | 'timeout'
  | 'cancelled'
  | 'provider'
  | 'verify'
  | 'internal';

export interface ErrorFacts {
  readonly kind: ErrorKind;
  /** snake_case, stable: tests and clients match on it. */
  readonly code: string;
  /** What to do next, one sentence. */
  readonly hint?: string;
  readonly retryable?: boolean;
  /** HTTP status of an outside system, when it gave one. */
  readonly status?: number;
  readonly cause?: unknown;
}

/**
 * The one error of the project.
 * `message` reads `Unable to <verb> <what>: <reason>.`; `hint` says what to do next.
 */
export class StewardError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly status: number | undefined;

  constructor(message: string, facts: ErrorFacts) {
    super(message, { cause: facts.cause });
    this.name = 'StewardError';
    this.kind = facts.kind;
    this.code = facts.code;
    this.hint = facts.hint;
    this.retryable = facts.retryable ?? false;
    this.status = facts.status;
  }
}

export const inputError = (code: string, message: string, hint: string): StewardError =>
  new StewardError(message, { kind: 'input', code, hint });

export const configError = (code: string, message: string, hint: string, cause?: unknown): StewardError =>
  new StewardError(message, { kind: 'config', code, hint, cause });

export const notFound = (code: string, message: string, hint: string): StewardError =>
  new StewardError(message, { kind: 'not_found', code, hint, status: 404 });

export const denied = (code: string, message: string, hint: string): StewardError =>
  new StewardError(message, { kind: 'denied', code, hint });

export const isStewardError = (error: unknown): error is StewardError => error instanceof StewardError;

/** The message of anything that was thrown, without its stack. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
