/** An answer that is an error. The reason is its text; `errors` names parameters. */
export class ApiFault extends Error {
  readonly status: number;
  readonly errors: Readonly<Record<string, string>> | undefined;

  constructor(status: number, reason: string, errors?: Readonly<Record<string, string>>) {
    super(reason);
    this.name = 'ApiFault';
    this.status = status;
    this.errors = errors;
  }
}

export const failure = (reason: string): ApiFault => new ApiFault(500, reason);
export const invalid = (errors: Readonly<Record<string, string>>): ApiFault =>
  new ApiFault(400, 'Parameter verification failed.', errors);
export const forbidden = (path: string, privileges: readonly string[]): ApiFault =>
  new ApiFault(403, `Permission check failed (${path}, ${privileges.join('|')})`);
