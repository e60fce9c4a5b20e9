import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { sha256 } from '../core/canonical.ts';
import type { Clock } from '../core/clock.ts';
import { configError, inputError, notFound } from '../core/errors.ts';
import { type Principal, SCOPES, type Scope } from '../core/principal.ts';

const Row = z.strictObject({
  /** Principal id, e.g. `alice/claude-code`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)?$/),
  sha256: z.hex().length(64),
  scopes: z.array(z.enum(SCOPES)).min(1),
  namespaces: z.array(z.string().min(1)).min(1),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type TokenRow = z.output<typeof Row>;

const TokensFile = z.strictObject({ version: z.literal(1), tokens: z.array(Row) });

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly namespaces: readonly string[];
  readonly days: number;
}

/** Scopes that a bearer token may carry: it is what an agent uses, so it never approves and never administers. */
const TOKEN_SCOPES: readonly Scope[] = ['read', 'plan', 'operate'];
const MAX_DAYS = 366;
const PREFIX = 'steward_';

/** Bearer tokens of principals in one file (0600) that holds hashes only; read again whenever it changed. */
export class TokenStore {
  readonly #path: string;
  readonly #clock: Clock;
  #cache: { readonly version: string; readonly rows: readonly TokenRow[] } | undefined;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Errors (`config`): `invalid_tokens_file`, `open_tokens_file` when others may read or write it. */
  async list(): Promise<readonly TokenRow[]> {
    const found = await stat(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (found === undefined) return [];
    if ((found.mode & 0o077) !== 0)
      throw configError(
        'open_tokens_file',
        `Unable to use ${this.#path}: other users may open it.`,
        `Run: chmod 600 ${this.#path}`,
      );
    const version = `${found.mtimeMs}:${found.size}:${found.ino}`;
    if (this.#cache?.version !== version) this.#cache = { version, rows: await this.#read() };
    return this.#cache.rows;
  }

  /** The token itself is returned once and kept nowhere. Errors (`input`): `invalid_token_request`, `scope_refused`, `token_exists`. */
  async create({
    name,
    scopes,
    namespaces,
    days,
  }: NewToken): Promise<{ readonly token: string; readonly row: TokenRow }> {
    const refused = scopes.filter((scope) => !TOKEN_SCOPES.some((allowed) => allowed === scope));
    if (refused.length > 0)
      throw inputError(
        'scope_refused',
        `Unable to create the token: an agent's token never carries ${refused.join(', ')}.`,
        `Use some of: ${TOKEN_SCOPES.join(', ')}. A person approves with "steward approve".`,
      );
    if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS)
      throw inputError(
        'invalid_token_request',
        'Unable to create the token: it must expire.',
        `Use 1 to ${MAX_DAYS} days, e.g. --expires 90d.`,
      );
    const token = `${PREFIX}${randomBytes(32).toString('base64url')}`;
    const now = this.#clock.now();
    const expiresAt = new Date(+now + days * 86_400_000).toISOString();
    const row = Row.safeParse({
      name,
      sha256: sha256(token),
      scopes,
      namespaces,
      createdAt: now.toISOString(),
      expiresAt,
    });
    if (!row.success)
      throw inputError(
        'invalid_token_request',
        `Unable to create the token: ${row.error.issues[0]?.path.join('.')}: ${row.error.issues[0]?.message}.`,
        'A name reads <person>/<client>, e.g. alice/claude-code.',
      );
    const rows = await this.list();
    if (rows.some((old) => old.name === name))
      throw inputError(
        'token_exists',
        `Unable to create the token: ${name} has one.`,
        `Run: steward token revoke ${name}`,
      );
    await this.#write([...rows, row.data]);
    return { token, row: row.data };
  }

  /** Errors: `not_found` `unknown_token`. */
  async revoke(name: string): Promise<void> {
    const rows = await this.list();
    if (!rows.some((row) => row.name === name))
      throw notFound('unknown_token', `Unable to revoke the token: ${name} has none.`, 'Run: steward token list');
    await this.#write(rows.filter((row) => row.name !== name));
  }

  /** The principal behind a token that is known and has not expired. */
  async verify(token: string): Promise<Principal | undefined> {
    const hash = Buffer.from(sha256(token), 'hex');
    const rows = await this.list();
    // Every row is compared, each in constant time: how long it takes says nothing about which one fits.
    const fitting = rows.filter((row) => timingSafeEqual(hash, Buffer.from(row.sha256, 'hex')));
    const row = fitting.find(({ expiresAt }) => +new Date(expiresAt) > +this.#clock.now());
    if (row === undefined) return undefined;
    // A row edited by hand cannot give an agent what `create` refuses.
    const scopes = row.scopes.filter((scope) => TOKEN_SCOPES.includes(scope));
    return { id: row.name, scopes, namespaces: row.namespaces };
  }

  async #read(): Promise<readonly TokenRow[]> {
    try {
      return TokensFile.parse(JSON.parse(await readFile(this.#path, 'utf8'))).tokens;
    } catch (error) {
      throw configError(
        'invalid_tokens_file',
        `Unable to read ${this.#path}: it is not a list of tokens.`,
        'Restore it, or remove it and create the tokens again.',
        error,
      );
    }
  }

  /** Written beside and moved over, so that a crash leaves the old file or the new one. */
  async #write(tokens: readonly TokenRow[]): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const fresh = `${this.#path}.${process.pid}.new`;
    await writeFile(fresh, `${JSON.stringify({ version: 1, tokens }, null, 2)}\n`, { mode: 0o600 });
    await chmod(fresh, 0o600);
    await rename(fresh, this.#path);
  }
}

/** `90d`, `12w`, `30` -> days. Errors (`input`): `invalid_expiry`. */
export function parseDays(text: string): number {
  const [, number, unit] = /^(\d{1,4})([dw]?)$/.exec(text) ?? [];
  if (number === undefined)
    throw inputError('invalid_expiry', `Unable to read the expiry "${text}".`, 'Write days or weeks: 90d, 12w.');
  return Number(number) * (unit === 'w' ? 7 : 1);
}
