import type { Principal, Session } from '../core/principal.ts';
import type { Caller } from '../core/registry.ts';

/** Helpers of tests: a time, and somebody who calls. */
export const NOW = new Date('2026-11-24T12:00:00Z');

export const ago = (seconds: number): string => new Date(+NOW - seconds * 1000).toISOString();

export const principal = (change: Partial<Principal> = {}): Principal => ({
  id: 'alice/test',
  scopes: ['read', 'plan', 'operate'],
  namespaces: ['*'],
  ...change,
});

export function caller(
  change: Partial<Principal> = {},
): Caller & { readonly said: string[]; readonly session: Session } {
  const said: string[] = [];
  return {
    said,
    session: { id: 'session-1', principal: principal(change), taint: new Set() },
    signal: AbortSignal.timeout(10_000),
    ask: async () => 'cannot_ask',
    progress: (message) => said.push(message),
  };
}
