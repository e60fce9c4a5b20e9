import { StewardError } from '../../core/errors.ts';
import type { CheckPermit } from '../../core/permit.ts';
import type { CommandRequest } from './spec.ts';

/** A writing command runs only with a permit that covers what it touches. */
export function demandRight(check: CheckPermit, { right, argv }: CommandRequest, host: string): void {
  if (!right)
    throw new StewardError(`Unable to run "${argv.join(' ')}" on ${host}: no right was given for it.`, {
      kind: 'denied',
      code: 'permit_missing',
      hint: 'Changes go through plan_change and apply_plan.',
    });
  check(right.permit, right.touch);
}

/** A command past its deadline was not stopped: on a suspended pool it runs when the pool comes back. */
export const timedOut = (argv: readonly string[], host: string, timeoutMs: number, cause?: unknown): StewardError =>
  new StewardError(`Unable to finish "${argv.join(' ')}" on ${host}: no answer within ${timeoutMs / 1000} s.`, {
    kind: 'timeout',
    code: 'command_timeout',
    hint: 'It may still run on the host: look at the state before anything else is tried.',
    cause,
  });
