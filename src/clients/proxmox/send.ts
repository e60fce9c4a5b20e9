import { setTimeout as wait } from 'node:timers/promises';
import { type Agent, request } from 'undici';
import type { Touch } from '../../core/change.ts';
import { messageOf, StewardError } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import type { ProxmoxCall } from './call.ts';
import type { ProxmoxConfig } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { faultOf, type ProxmoxReply } from './fault.ts';
import { type SentRequest, sentChannel } from './sent.ts';

export interface Sender {
  readonly config: ProxmoxConfig;
  readonly agent: Agent;
  readonly credentials: Credentials;
  readonly checkPermit: CheckPermit;
  /** Paths of the tasks that permitted writes have started here: stopping one of them takes nothing from anybody. */
  readonly ownTasks: ReadonlySet<string>;
  /** The address that took the last connection: asked first, so that a node that is away costs its wait only once. */
  readonly latest: { url?: string };
}

export interface Right {
  readonly touch: Touch;
  readonly permit: Permit | undefined;
}

/** A permit that has run out must not keep a half-made copy growing. */
const stopsOwnTask = ({ ownTasks }: Sender, { method, path }: ProxmoxCall): boolean =>
  method === 'DELETE' && ownTasks.has(path);

const isLogin = ({ method, path }: ProxmoxCall): boolean => method === 'POST' && path === '/access/ticket';

/** The only way out of this folder. A GET passes; everything else must be covered by a permit. Answers `data`. */
export async function send(
  sender: Sender,
  call: ProxmoxCall,
  doing: string,
  signal: AbortSignal,
  right?: Right,
): Promise<unknown> {
  if (call.method !== 'GET' && !isLogin(call) && !stopsOwnTask(sender, call)) {
    if (!right)
      throw new StewardError(`Unable to ${doing}: no right was given for it.`, {
        kind: 'denied',
        code: 'permit_missing',
        hint: 'Changes go through plan_change and apply_plan.',
      });
    sender.checkPermit(right.permit, right.touch);
  }
  const reply =
    call.method === 'GET' ? await exchangeTwice(sender, call, signal) : await exchange(sender, call, signal);
  // A login that is refused is not repeated by another login.
  const isRefused = reply.status === 401 && !isLogin(call);
  const settled = isRefused ? await again(sender, call, signal, reply) : reply;
  if (settled.status < 200 || settled.status >= 300) throw faultOf(doing, settled);
  return dataOf(settled.text);
}

/** Reads are repeated once when the connection broke: pveproxy closes them after every error and every 100 requests. */
async function exchangeTwice(sender: Sender, call: ProxmoxCall, signal: AbortSignal): Promise<ProxmoxReply> {
  try {
    return await exchange(sender, call, signal);
  } catch (error) {
    if (!(error instanceof StewardError) || !error.retryable || signal.aborted) throw error;
    if (codeOf(error.cause) === 'UND_ERR_CONNECT_TIMEOUT') throw error; // away, and it has been waited for
    await wait(100, undefined, { signal }).catch(() => undefined);
    return exchange(sender, call, signal);
  }
}

/** A refused call changed nothing, so it may be sent once more with a fresh ticket; a token is what it is. */
async function again(
  sender: Sender,
  call: ProxmoxCall,
  signal: AbortSignal,
  reply: ProxmoxReply,
): Promise<ProxmoxReply> {
  const renewed = await sender.credentials.renew((login) => send(sender, login, 'log in', signal));
  return renewed ? exchange(sender, call, signal) : reply;
}

async function exchange(sender: Sender, call: ProxmoxCall, signal: AbortSignal): Promise<ProxmoxReply> {
  let fault: unknown;
  // Another node of the cluster is asked only when this one did not even take the connection.
  const { latest } = sender;
  for (const base of sender.config.urls.toSorted((a, b) => Number(b === latest.url) - Number(a === latest.url))) {
    try {
      const reply = await exchangeWith(base, sender, call, signal);
      latest.url = base;
      return reply;
    } catch (error) {
      fault = error;
      if (!isNotConnected(error) || signal.aborted) break;
    }
  }
  throw unreachable(sender.config, fault, signal);
}

async function exchangeWith(
  base: string,
  sender: Sender,
  call: ProxmoxCall,
  signal: AbortSignal,
): Promise<ProxmoxReply> {
  const { url, body } = wire(base, call);
  const login = (ticket: ProxmoxCall) => send(sender, ticket, 'log in', signal);
  const credentials = isLogin(call) ? {} : await sender.credentials.headers(call.method, login);
  if (sentChannel.hasSubscribers) sentChannel.publish(told(call, url, body));
  const response = await request(url, {
    method: call.method,
    dispatcher: sender.agent,
    signal: AbortSignal.any([signal, AbortSignal.timeout(sender.config.timeoutMs ?? 30_000)]),
    headers: { ...credentials, accept: 'application/json', ...(body !== undefined && FORM) },
    ...(body !== undefined && { body }),
  });
  return { status: response.statusCode, reason: response.statusText, text: await response.body.text() };
}

const told = (call: ProxmoxCall, url: string, body = ''): SentRequest => ({
  method: call.method,
  url,
  body: isLogin(call) ? 'username=x&password=x' : body,
});

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** GET and DELETE take no body: their parameters go into the query. */
function wire(base: string, { method, path, params = {} }: ProxmoxCall): { url: string; body?: string } {
  const form = formOf(params);
  const url = `${base.replace(/\/$/, '')}/api2/json${path}`;
  if (method !== 'GET' && method !== 'DELETE') return { url, body: form };
  return { url: form === '' ? url : `${url}?${form}` };
}

/** Booleans go out as 1 and 0: `true` is a 400. */
function formOf(params: NonNullable<ProxmoxCall['params']>): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    form.set(name, typeof value === 'boolean' ? (value ? '1' : '0') : String(value));
  }
  return form.toString();
}

function dataOf(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'data' in body) return body.data;
  } catch {
    // falls through
  }
  throw new StewardError('Unable to read the answer of Proxmox: it is not JSON with data.', {
    kind: 'target',
    code: 'proxmox_output',
    hint: 'Check that the address is that of a Proxmox VE API, not of a proxy in front of it.',
  });
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const NOT_CONNECTED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT']);
const isNotConnected = (error: unknown): boolean => NOT_CONNECTED.has(codeOf(error));

function unreachable(
  { name, urls, timeoutMs = 30_000 }: ProxmoxConfig,
  error: unknown,
  signal: AbortSignal,
): StewardError {
  if (error instanceof StewardError) return error;
  const code = codeOf(error);
  const facts = (kind: 'target' | 'timeout' | 'cancelled', id: string, hint: string, retryable = false) => ({
    kind,
    code: id,
    hint,
    retryable,
    cause: error,
  });
  if (signal.aborted)
    return new StewardError(
      `Unable to ask Proxmox ${name}: the call was cancelled.`,
      facts('cancelled', 'cancelled', 'Call again.'),
    );
  if (
    error instanceof Error &&
    (error.name === 'TimeoutError' || code.startsWith('UND_ERR_HEADERS') || code.startsWith('UND_ERR_BODY'))
  )
    return new StewardError(
      `Unable to get an answer of Proxmox ${name} within ${timeoutMs / 1000} s.`,
      facts('timeout', 'proxmox_timeout', 'A task may still run: look at proxmox_tasks.'),
    );
  if (code === 'PIN_MISMATCH' || /CERT|certificate/i.test(`${code} ${messageOf(error)}`))
    return new StewardError(
      `Unable to trust Proxmox ${name}: ${messageOf(error)}.`,
      facts(
        'target',
        'proxmox_certificate',
        'Find out why before you pin it: compare with the fingerprint on the node itself.',
      ),
    );
  return new StewardError(
    `Unable to reach Proxmox ${name} at ${urls.join(', ')}: ${messageOf(error)}.`,
    facts('target', 'proxmox_unreachable', 'Check that a node is up and that port 8006 is open.', true),
  );
}
