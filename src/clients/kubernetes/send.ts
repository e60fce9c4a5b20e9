import type { WriteVerb } from '../../core/change.ts';
import { isStewardError, messageOf, StewardError } from '../../core/errors.ts';
import type { CheckPermit, Permit } from '../../core/permit.ts';
import type { Target } from '../../core/target.ts';
import type { Connection } from './connection.ts';
import { exchange, type HttpReply, type HttpRequest } from './exchange.ts';

/** What a request that is not a read may do, and by which right. */
export interface WriteRight {
  readonly target: Target;
  readonly verbs: readonly WriteVerb[];
  readonly permit: Permit | undefined;
}

export interface Sender {
  readonly connection: Connection;
  readonly checkPermit: CheckPermit;
  readonly timeoutMs: number;
  /** Waits before the second and third try of a read, in milliseconds. */
  readonly backoffMs: readonly number[];
}

/**
 * The only way out of this folder. A GET passes; a request with `dryRun=All` passes, since it changes nothing;
 * everything else must be covered by a permit for exactly this object. Reads are tried three times, writes once.
 */
export async function send(
  sender: Sender,
  request: HttpRequest,
  signal: AbortSignal,
  right?: WriteRight,
): Promise<HttpReply> {
  if (request.method === 'GET') return sendRead(sender, request, signal);
  if (request.query?.['dryRun'] !== 'All') demandPermit(sender.checkPermit, right, request);
  return sendOnce(sender, request, signal);
}

function demandPermit(check: CheckPermit, right: WriteRight | undefined, request: HttpRequest): void {
  if (!right)
    throw new StewardError(`Unable to ${request.method} ${request.path}: no right was given for it.`, {
      kind: 'denied',
      code: 'permit_missing',
      hint: 'Changes go through plan_change and apply_plan.',
    });
  let refusal: unknown;
  for (const verb of right.verbs) {
    try {
      check(right.permit, { target: right.target, verb });
      return;
    } catch (error) {
      refusal = error;
      if (!isStewardError(error) || error.code !== 'permit_out_of_scope') throw error;
    }
  }
  // oxlint-disable-next-line typescript/only-throw-error -- it is what checkPermit threw for the last verb
  throw refusal;
}

async function sendRead(sender: Sender, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
  for (const waitMs of sender.backoffMs) {
    try {
      const reply = await sendOnce(sender, request, signal);
      if (reply.status !== 429 && reply.status < 500) return reply;
    } catch (error) {
      if (!isStewardError(error) || !error.retryable || signal.aborted) throw error;
    }
    await pause(waitMs, signal);
  }
  return sendOnce(sender, request, signal);
}

async function sendOnce(sender: Sender, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
  const timeout = AbortSignal.timeout(sender.timeoutMs);
  try {
    return await exchange(sender.connection, request, AbortSignal.any([signal, timeout]));
  } catch (error) {
    throw faultOf(error, sender, request, signal.aborted, timeout.aborted);
  }
}

function faultOf(error: unknown, sender: Sender, request: HttpRequest, cancelled: boolean, late: boolean): unknown {
  if (isStewardError(error)) return error;
  const where = sender.connection.server.host;
  const doing = `${request.method} ${request.path}`;
  if (cancelled)
    return new StewardError(`Unable to finish ${doing}: the call was cancelled.`, {
      kind: 'cancelled',
      code: 'cancelled',
      cause: error,
    });
  if (late)
    return new StewardError(`Unable to finish ${doing}: ${where} did not answer within ${sender.timeoutMs / 1000} s.`, {
      kind: 'timeout',
      code: 'kubernetes_timeout',
      hint: 'Check that the API server is healthy, then retry.',
      retryable: request.method === 'GET',
      cause: error,
    });
  return new StewardError(`Unable to reach the cluster at ${where}: ${messageOf(error)}.`, {
    kind: 'target',
    code: 'kubernetes_unreachable',
    hint: 'Check that the API server runs and that the kubeconfig names its address.',
    retryable: request.method === 'GET',
    cause: error,
  });
}

/** Waits with up to a quarter of jitter, and not at all once cancelled. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { setTimeout: wait } = await import('node:timers/promises');
  await wait(ms * (1 + Math.random() / 4), undefined, { signal }).catch(() => undefined);
}
