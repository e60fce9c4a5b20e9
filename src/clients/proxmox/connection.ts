import { Agent } from 'undici';
import { sha256 } from '../../core/canonical.ts';
import { configError } from '../../core/errors.ts';
import { pinned } from '../tls/pinned.ts';
import type { IdRange } from './contract.ts';

export interface ProxmoxConfig {
  /** Name of the connection, for people and for targets. */
  readonly name: string;
  /** `https://pve1.lan:8006`; more than one = the nodes of one cluster, tried in order. */
  readonly urls: readonly string[];
  readonly auth: ProxmoxAuth;
  /** How the server is known: its CA (PEM), or the SHA-256 fingerprint of each node's certificate. There is no "insecure". */
  readonly trust: { readonly ca: string } | { readonly fingerprints: readonly string[] } | { readonly system: true };
  /** Ids that new guests may have; absent = any that is free. */
  readonly ownIds?: IdRange;
  readonly timeoutMs?: number;
}

export type ProxmoxAuth =
  /** `user@realm!tokenid` and its secret. */
  | { readonly token: string; readonly secret: string }
  /** Needed for what refuses tokens; lives two hours and is renewed. */
  | { readonly user: string; readonly password: string };

/** At most this many requests at a time: pveproxy has three workers. */
const CONNECTIONS = 4;

/** A host of this house takes a connection at once, or is away: an answer may take longer. */
const CONNECT_MS = 5_000;

/** What the servers are known by; a plan made for one cluster never runs on another. */
export const identityOf = ({ urls, trust }: ProxmoxConfig): string => sha256(JSON.stringify([urls, trust]));

/** HTTP/1.1 only (the error text is the reason phrase, which HTTP/2 drops), no pipelining, certificates checked as configured. */
export function agentFor({ urls, trust, timeoutMs = 30_000 }: ProxmoxConfig): Agent {
  const connectMs = Math.min(CONNECT_MS, timeoutMs);
  for (const url of urls)
    if (!URL.canParse(url) || (new URL(url).protocol !== 'https:' && !isLoopback(url)))
      throw configError(
        'proxmox_url',
        `Unable to use "${url}" as the address of Proxmox: an https URL is needed.`,
        'Write it as https://host:8006.',
      );
  const connect =
    'fingerprints' in trust
      ? pinned(trust.fingerprints, connectMs)
      : { timeout: connectMs, ...('ca' in trust && { ca: trust.ca }) };
  return new Agent({
    connect,
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
}

/** Plain HTTP is for the built-in lab alone. */
const isLoopback = (url: string): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
