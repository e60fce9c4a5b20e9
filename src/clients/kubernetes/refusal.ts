import type { Refusal } from '../../core/change.ts';
import type { Target } from '../../core/target.ts';
import type { HttpReply } from './exchange.ts';
import { isHeldByBudget, oneLine, type Status, statusOf } from './status.ts';

type Reason = Omit<Refusal, 'target' | 'message'>;

/** What a dry run was refused for; undefined when the reply is no verdict on the object but a fault (401, 429, 5xx). */
export function refusalOf(target: Target, reply: HttpReply): Refusal | undefined {
  const status = statusOf(reply);
  const message = oneLine(status.message);
  const reason = undeclaredField(message) ?? byStatus(reply.status, status, message);
  return reason && { target, message, ...reason };
}

/** Texts are matched here alone; each line names who emits it. */
function undeclaredField(message: string): Reason | undefined {
  // structured-merge-diff in kube-apiserver answers 500 to an apply with a field that no schema declares (seen on 1.36).
  const undeclared = /(?:^|: )\.?([^\s:]+): field not declared in schema/.exec(message)?.[1];
  // The strict decoder of kube-apiserver (fieldValidation=Strict).
  const field = undeclared ?? /unknown field "([^"]+)"/.exec(message)?.[1];
  return field === undefined ? undefined : { code: 'unknown_field', field };
}

function byStatus(code: number, status: Status, message: string): Reason | undefined {
  switch (code) {
    case 403:
      // The PodSecurity admission plugin.
      return { code: message.includes('violates PodSecurity') ? 'pod_security' : 'forbidden' };
    case 409:
      return conflict(status) ?? { code: 'other' };
    case 400:
    case 422:
      return invalid(status);
    case 404:
      return { code: 'other' };
    case 429:
      return isHeldByBudget(status) ? { code: 'other' } : undefined;
    default:
      return undefined;
  }
}

function invalid({ details }: Status): Reason {
  const field = details?.causes[0]?.field;
  return { code: 'invalid', ...(field && { field }) };
}

function conflict(status: Status): Reason | undefined {
  const cause = status.details?.causes.find(({ reason }) => reason === 'FieldManagerConflict');
  if (!cause) return undefined;
  // Causes read `conflict with "kubectl" using apps/v1`.
  const manager = /conflict with "([^"]+)"/.exec(cause.message)?.[1];
  return { code: 'conflict', field: cause.field.replace(/^\./, ''), ...(manager && { manager }) };
}
