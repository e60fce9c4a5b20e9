import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import type { AuthInfo } from '@modelcontextprotocol/server';
import { configError } from '../../core/errors.ts';
import type { TokenStore } from '../tokens.ts';

export type Access =
  /** Nobody has a token: everybody who reaches the loopback port is the local user. */
  | { readonly kind: 'local' }
  | { readonly kind: 'principal'; readonly auth: AuthInfo }
  | { readonly kind: 'refused'; readonly reason: string };

/** As soon as one token exists, every request needs one, from the loopback too. */
export async function accessOf(request: IncomingMessage, tokens: TokenStore): Promise<Access> {
  const rows = await tokens.list();
  const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined)
    return rows.length === 0 ? { kind: 'local' } : { kind: 'refused', reason: 'a bearer token is needed' };
  const principal = await tokens.verify(token);
  if (principal === undefined) return { kind: 'refused', reason: 'the token is unknown or has expired' };
  const auth: AuthInfo = {
    token: '', // never handed on: nothing behind this line needs it
    clientId: principal.id,
    scopes: [...principal.scopes],
    extra: { principal },
  };
  return { kind: 'principal', auth };
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));

export interface ListenFacts {
  readonly host: string;
  readonly insecure: boolean;
}

/** Refuses to start open. Errors (`config`): `open_server`, `plain_http`. */
export async function assertSafeToListen({ host, insecure }: ListenFacts, tokens: TokenStore): Promise<void> {
  const rows = await tokens.list(); // an unreadable file stops the start too, on every address
  if (isLoopback(host)) return;
  if (rows.length === 0)
    throw configError(
      'open_server',
      `Unable to listen on ${host}: anybody who reaches it could use it, there is no token.`,
      'Create one with "steward token create <person>/<client>", or listen on 127.0.0.1.',
    );
  if (!insecure)
    throw configError(
      'plain_http',
      `Unable to listen on ${host}: tokens would cross the network unencrypted.`,
      'Listen on 127.0.0.1 behind a TLS proxy and name it in server.allowedHosts, or add --insecure on a network you trust.',
    );
}

/** Names that `Host` and `Origin` may carry, without ports; IPv6 in brackets. */
export function allowedHostNames(host: string, extra: readonly string[]): string[] {
  const names = ['localhost', '127.0.0.1', '[::1]', ...extra];
  const isWildcard = host === '0.0.0.0' || host === '::';
  if (!isWildcard) names.push(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
  return [...new Set(names)];
}
