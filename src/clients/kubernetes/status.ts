import * as z from 'zod';
import { type ErrorKind, StewardError } from '../../core/errors.ts';
import type { HttpReply } from './exchange.ts';

const Status = z.looseObject({
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .looseObject({
      causes: z
        .array(
          z.looseObject({
            reason: z.string().default(''),
            message: z.string().default(''),
            field: z.string().default(''),
          }),
        )
        .default([]),
    })
    .optional(),
});
export type Status = z.output<typeof Status>;

/** The API's Status body; what is not one (a proxy's HTML page) becomes a Status with its first words as message. */
export function statusOf(reply: HttpReply): Status {
  try {
    return Status.parse(JSON.parse(reply.text));
  } catch {
    return { message: reply.text.slice(0, 200), reason: '' };
  }
}

interface Reason {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

const REASONS: Readonly<Record<number, Reason>> = {
  401: {
    kind: 'target',
    code: 'kubernetes_unauthorized',
    hint: 'The credentials of the kubeconfig are missing or expired: log in again, then retry.',
  },
  403: {
    kind: 'target',
    code: 'kubernetes_forbidden',
    hint: 'Give the account of the kubeconfig this right (RBAC), or use another context.',
  },
  404: {
    kind: 'not_found',
    code: 'object_not_found',
    hint: 'List the objects of that kind to see the names that exist.',
  },
  409: { kind: 'target', code: 'kubernetes_conflict', hint: 'The object changed meanwhile: plan again.' },
  410: { kind: 'target', code: 'kubernetes_expired', hint: 'The list has moved on: start again without a cursor.' },
  422: { kind: 'input', code: 'kubernetes_invalid', hint: 'Correct the object as the message says, then plan again.' },
  429: { kind: 'target', code: 'kubernetes_busy', hint: 'Wait a little, then retry.', retryable: true },
};
const SERVER_FAULT: Reason = {
  kind: 'target',
  code: 'kubernetes_error',
  hint: 'Look at the health of the API server, then retry.',
  retryable: true,
};
/** Emitter: the eviction subresource answers 429 with this cause while a PodDisruptionBudget holds the pod. */
const BUDGET = 'DisruptionBudget';
const EVICTION_BLOCKED: Reason = {
  kind: 'target',
  code: 'eviction_blocked',
  hint: 'A PodDisruptionBudget holds the pod: wait until another replica is ready, then retry.',
  retryable: true,
};
const BAD_REQUEST: Reason = {
  kind: 'input',
  code: 'kubernetes_invalid',
  hint: 'Correct the request as the message says.',
};

/** A reply that is not 2xx, as an error. `doing` reads `get Deployment media/web`. */
export function errorOf(doing: string, reply: HttpReply): StewardError {
  const status = statusOf(reply);
  const { message } = status;
  const reason = isHeldByBudget(status)
    ? EVICTION_BLOCKED
    : (REASONS[reply.status] ?? (reply.status >= 500 ? SERVER_FAULT : BAD_REQUEST));
  return new StewardError(`Unable to ${doing}: the cluster answered ${reply.status}: ${oneLine(message)}.`, {
    ...reason,
    status: reply.status,
  });
}

// Emitter: apimachinery's field.Invalid, which quotes the whole patched object; only what follows it says what is wrong.
const QUOTED_OBJECT = /Invalid value: "(?:[^"\\]|\\.){200,}": /g;

/** The API's words as one line without the objects it quotes, at most 600 characters. */
export const oneLine = (text: string): string =>
  text.replace(QUOTED_OBJECT, '').replace(/\s+/g, ' ').trim().slice(0, 600).replace(/\.$/, '');

export const isHeldByBudget = ({ details }: Status): boolean =>
  details?.causes.some(({ reason }) => reason === BUDGET) ?? false;
