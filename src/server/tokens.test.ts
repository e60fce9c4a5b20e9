import { chmodSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { parseDays, TokenStore } from './tokens.ts';

let path: string;
let clock: ManualClock;
let tokens: TokenStore;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'steward-tokens-')), 'deep', 'tokens.json');
  clock = new ManualClock('2026-01-01T00:00:00Z');
  tokens = new TokenStore(path, clock);
});

const request = { name: 'alice/claude-code', scopes: ['read', 'plan'], namespaces: ['media-*'], days: 90 };

test('a token opens for its principal, and the file holds no token', async () => {
  const { token, row } = await tokens.create(request);
  expect(await tokens.verify(token)).toEqual({ id: request.name, scopes: ['read', 'plan'], namespaces: ['media-*'] });
  expect(row.expiresAt).toBe('2026-04-01T00:00:00.000Z');
  expect(Buffer.from(token.slice('steward_'.length), 'base64url')).toHaveLength(32);
  expect(readFileSync(path, 'utf8')).not.toContain(token.slice(10, 30));
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('it ends at its expiry, when it is revoked, and for any other text', async () => {
  const { token } = await tokens.create(request);
  expect(await tokens.verify(`${token}x`)).toBeUndefined();
  expect(await tokens.verify('')).toBeUndefined();
  clock.advance(90 * 86_400_000);
  expect(await tokens.verify(token)).toBeUndefined();
  await tokens.revoke(request.name);
  expect(await tokens.list()).toEqual([]);
});

test('a second process sees a revocation at once', async () => {
  const { token } = await tokens.create(request);
  const other = new TokenStore(path, clock);
  expect(await other.verify(token)).toBeDefined();
  await tokens.revoke(request.name);
  expect(await other.verify(token)).toBeUndefined();
});

test.each([
  ['approve', 'scope_refused'],
  ['admin', 'scope_refused'],
  ['everything', 'scope_refused'],
])('the scope %s is refused for an agent', async (scope, code) => {
  await expect(tokens.create({ ...request, scopes: ['read', scope] })).rejects.toMatchObject({ code });
});

test.each([
  [{ days: 0 }, 'invalid_token_request'],
  [{ days: 3_650 }, 'invalid_token_request'],
  [{ name: '../x' }, 'invalid_token_request'],
  [{ name: 'Alice' }, 'invalid_token_request'],
  [{ scopes: [] }, 'invalid_token_request'],
  [{ namespaces: [] }, 'invalid_token_request'],
])('%j is refused', async (change, code) => {
  await expect(tokens.create({ ...request, ...change })).rejects.toMatchObject({ code });
});

test('one name has one token', async () => {
  await tokens.create(request);
  await expect(tokens.create(request)).rejects.toMatchObject({ code: 'token_exists' });
  await expect(tokens.revoke('bob')).rejects.toMatchObject({ code: 'unknown_token' });
});

test('a file that others may read is not used', async () => {
  await tokens.create(request);
  chmodSync(path, 0o644);
  await expect(new TokenStore(path, clock).list()).rejects.toMatchObject({ code: 'open_tokens_file' });
});

test('days and weeks are understood', () => {
  expect([parseDays('90d'), parseDays('12w'), parseDays('7')]).toEqual([90, 84, 7]);
  expect(() => parseDays('forever')).toThrow(expect.objectContaining({ code: 'invalid_expiry' }));
});
